"""The records of a run as a folder of Parquet files, and back: what an audit needs when the market is gone.

`records/` holds one file a table of `sim.books.records.Records`, `decision_inputs.parquet` where a ladder decided (what
each decision of the observable table rested on), and `about.json`: the market day of the first observed day, and the
upfront fee of each form as it was agreed.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from credit.errors import BadInput, Problem
from credit.files import json_bytes, read_text
from credit.tables import read_parquet
from credit.validation_words import problems_of
from sim.books.records import Records, records_of
from sim.desk.forms import FORM_OF

RECORDS, ABOUT, INPUTS = "records", "about.json", "decision_inputs"
TABLES = tuple(one.name for one in fields(Records) if one.name != "first_day")


class AgreedFee(BaseModel):
    """What a form of a product asks when it is drawn.

    Attributes:
        product: the product.
        form: its form.
        ppm: share of what is bought, assigned or lent, parts in a million.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: str
    form: str
    ppm: Annotated[int, Field(ge=0)]


class About(BaseModel):
    """What the tables do not say of themselves.

    Attributes:
        first_day: market day of the first observed day.
        fees: of every form that was on offer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_day: Annotated[int, Field(ge=0)]
    fees: tuple[AgreedFee, ...]

    @property
    def fee_ppm(self) -> Mapping[tuple[str, str], int]:
        """Fees by product and form, as `sim.books.records_audit.audit` asks for them."""
        return {(one.product, one.form): one.ppm for one in self.fees}


def frames_of(market: Any) -> tuple[dict[str, pd.DataFrame], About]:
    """Everything that a market has put on record, as tables by name."""
    records = records_of(market)
    frames = {name: getattr(records, name) for name in TABLES}
    if market.desk is not None:
        frames[INPUTS] = market.desk.decisions.inputs(market.date_of)
    return frames, About(first_day=records.first_day, fees=_fees(market))


def files_of(market: Any) -> dict[str, bytes]:
    """The same as the files of `records/`, by name."""
    frames, about = frames_of(market)
    files = {ABOUT: json_bytes(about.model_dump(mode="json"))}
    for name, frame in frames.items():
        content = io.BytesIO()
        frame.to_parquet(content, engine="pyarrow", compression="zstd", index=False)
        files[f"{name}.parquet"] = content.getvalue()
    return files


def read_records(folder: Path) -> tuple[Records, About]:
    """Read the records of a run back.

    Args:
        folder: `records/` of a run.

    Raises:
        BadInput: there are none, or a file of them is missing or cannot be read.
    """
    if not folder.is_dir():
        remedy = "write some by: creditlab simulate --out DIR --events"
        raise BadInput(Problem("holds no records of a run", file=str(folder), remedy=remedy))
    try:
        about = About.model_validate(json.loads(read_text(folder / ABOUT)))
    except ValidationError as error:
        raise BadInput(problems_of(error, folder / ABOUT)) from error
    except ValueError as error:
        raise BadInput(Problem("must be JSON", file=str(folder / ABOUT))) from error
    frames = {name: _plain(read_parquet(folder / f"{name}.parquet")) for name in TABLES}
    return Records(**frames, first_day=about.first_day), about


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers and names as the market had them; nothing on record is missing."""
    kinds = {"Int64": "int64", "string": "object", "Float64": "float64"}
    return frame.astype({name: kinds[str(kind)] for name, kind in frame.dtypes.items() if str(kind) in kinds})


def _fees(market: Any) -> tuple[AgreedFee, ...]:
    """The fees of purchases and, under a ladder, of the forms beside them; a bank's own loan has none."""
    product = market.platform.product
    forms = {(product.name, name): form for name, form in product.forms.items()}
    if market.desk is not None:
        forms |= {(name, FORM_OF[name]): form for name, form in market.desk.forms.items()}
    return tuple(
        AgreedFee(product=name, form=form, ppm=told.upfront_fee_share.ppm) for (name, form), told in forms.items()
    )
