"""What funders want: mandates as files, and which asset fits which mandate, criterion by criterion.

A mandate is a promise to look at assets, not to take them. Its limits are shares of its capacity, so that they do not
move with what else is bought. First loss borne by the platform itself is unlicensed credit enhancement: a mandate that
asks for protection names the permitted form (licensed guarantor, subordinated tranche, recourse to the seller).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import IntFlag
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from credit.errors import BadInput, Problem
from credit.files import DATA
from credit.parameters import Confidence
from credit.rating import MasterScale
from credit.shelf import shelf_beside, unknown_products
from credit.sourced import STRICT, read_model

MANDATES = DATA / "mandates"

Names = Literal["any"] | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
ShareOfCapacity = Annotated[float, Field(gt=0.0, le=1.0)]
Yuan = Annotated[float, Field(ge=0.0, le=1e12)]
Dimension = Literal["product", "grade", "region", "tenor"]
FirstLossForm = Literal["licensed_guarantor", "subordinated_tranche", "recourse"]


class Fit(IntFlag):
    """The criteria of a mandate; a bit is set where an asset misses it."""

    PRODUCT = 1
    GRADE = 2
    TENOR = 4
    REGION = 8
    TICKET = 16
    YIELD = 32
    MARGIN = 64
    RETENTION = 128
    FIRST_LOSS = 256
    OBLIGOR = 512


def _not_below_least[N: (int, float)](most: N, info: ValidationInfo) -> N:
    least = info.data.get("least")
    if least is not None and most < least:
        raise ValueError(f"must not be below least, {least:,g}")
    return most


class TermRange(BaseModel):
    """The terms a funder takes, days, both ends included."""

    model_config = STRICT

    least: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1, le=3660)]

    @field_validator("most")
    @classmethod
    def _in_order(cls, most: int, info: ValidationInfo) -> int:
        return _not_below_least(most, info)


class Ticket(BaseModel):
    """The size of one asset, yuan, both ends included."""

    model_config = STRICT

    least: Yuan = 0.0
    most: Annotated[float, Field(gt=0.0, le=1e12)]

    @field_validator("most")
    @classmethod
    def _in_order(cls, most: float, info: ValidationInfo) -> float:
        return _not_below_least(most, info)


class ConcentrationLimit(BaseModel):
    """The most of its capacity that a funder puts into one kind of asset."""

    model_config = STRICT

    by: Dimension
    among: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="The values that share the limit; missing: each value has a limit of its own."
    )
    share_most: ShareOfCapacity


class Mandate(BaseModel):
    """What one funder wants. Amounts in yuan, shares as fractions, limits as shares of the capacity."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Annotated[str, Field(min_length=3)]
    as_of: date
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    capacity: Annotated[float, Field(gt=0.0, le=1e12)] = Field(description="Most it will fund, yuan.")
    minimum_lot: Yuan = Field(0.0, description="Least it will fund in all, or nothing; yuan.")
    funding_cost_annual: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        description="What its money and handling cost it, with the return it asks; a share a year."
    )
    yield_minimum_annual: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        description="Least gross rate of an asset, a share a year."
    )
    products: Names
    grades: Names
    regions: Names
    term_days: TermRange
    ticket: Ticket
    retained_share_minimum: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        0.0, description="Least share the originator must keep (skin in the game)."
    )
    first_loss_share_minimum: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        0.0, description="Least first loss that somebody else must bear."
    )
    first_loss_forms: list[FirstLossForm] = Field(
        [], validate_default=True, description="The forms of it that are accepted."
    )
    obligor_share_most: ShareOfCapacity = Field(description="Most of the capacity in one obligor.")
    limits: list[ConcentrationLimit] = []

    @field_validator("minimum_lot")
    @classmethod
    def _lot_fits(cls, lot: float, info: ValidationInfo) -> float:
        capacity = info.data.get("capacity")
        if capacity is not None and lot > capacity:
            raise ValueError(f"must not exceed capacity, {capacity:,.0f}")
        return lot

    @field_validator("obligor_share_most")
    @classmethod
    def _an_obligor_may_have_an_asset(cls, share: float, info: ValidationInfo) -> float:
        capacity, ticket = info.data.get("capacity"), info.data.get("ticket")
        if capacity is not None and ticket is not None and ticket.least > share * capacity:
            told = f"leaves an obligor {share * capacity:,.0f} yuan, less than ticket.least, {ticket.least:,.0f}"
            raise ValueError(f"{told}: the mandate excludes everything")
        return share

    @field_validator("first_loss_forms")
    @classmethod
    def _a_first_loss_has_a_form(cls, forms: list[FirstLossForm], info: ValidationInfo) -> list[FirstLossForm]:
        asked = info.data.get("first_loss_share_minimum")
        if asked and not forms:
            told = f"no form is accepted of the first loss that first_loss_share_minimum, {asked:g}, asks for"
            raise ValueError(f"{told}: the mandate excludes everything")
        return forms

    @property
    def capacity_fen(self) -> int:
        """Most it will fund, fen."""
        return round(self.capacity * 100)

    @property
    def obligor_cap_fen(self) -> int:
        """Most it will fund of one obligor, fen."""
        return int(self.capacity_fen * self.obligor_share_most)

    def misses(self, assets: pd.DataFrame) -> np.ndarray:
        """The criteria that each asset misses, as bits of `Fit`; 0 where the mandate admits it."""
        amount = assets["amount_fen"].to_numpy() / 100.0
        term = assets["term_days"].to_numpy()
        rate = assets["rate_annual"].to_numpy()
        is_protected = assets["first_loss_share"].to_numpy() >= self.first_loss_share_minimum
        if self.first_loss_share_minimum > 0.0:
            is_protected &= assets["first_loss_form"].isin(self.first_loss_forms).to_numpy()
        missed = {
            Fit.PRODUCT: _is_outside(assets["product"], self.products),
            Fit.GRADE: _is_outside(assets["grade"], self.grades),
            Fit.TENOR: (term < self.term_days.least) | (term > self.term_days.most),
            Fit.REGION: _is_outside(assets["region"], self.regions),
            Fit.TICKET: (amount < self.ticket.least) | (amount > self.ticket.most),
            Fit.YIELD: rate < self.yield_minimum_annual,
            Fit.MARGIN: self.margin_annual(assets) <= 0.0,
            Fit.RETENTION: assets["retained_share"].to_numpy() < self.retained_share_minimum,
            Fit.FIRST_LOSS: ~is_protected,
            Fit.OBLIGOR: assets["amount_fen"].to_numpy() > self.obligor_cap_fen,
        }
        bits = np.zeros(len(assets), dtype=np.uint16)
        for criterion, is_missed in missed.items():
            bits |= np.where(is_missed, np.uint16(criterion), np.uint16(0))
        return bits

    def margin_annual(self, assets: pd.DataFrame) -> np.ndarray:
        """What an asset leaves this funder: rate less expected loss less funding cost, a share a year."""
        net = assets["rate_annual"].to_numpy() - assets["expected_loss_annual"].to_numpy()
        return net - self.funding_cost_annual

    def changes(self, asset: pd.Series) -> list[str]:
        """What would have to change for one asset to be admitted, in words; empty when it is admitted."""
        missed = Fit(int(self.misses(asset.to_frame().T.infer_objects())[0]))
        amount = asset["amount_fen"] / 100.0
        lacking = self.funding_cost_annual + asset["expected_loss_annual"] - asset["rate_annual"]
        told = {
            Fit.PRODUCT: f"product {asset['product']}: must be one of {_listed(self.products)}",
            Fit.GRADE: f"grade {asset['grade']}: must be one of {_listed(self.grades)}",
            Fit.TENOR: f"term {asset['term_days']} days: must lie from {self.term_days.least} to {self.term_days.most}",
            Fit.REGION: f"region {asset['region']}: must be one of {_listed(self.regions)}",
            Fit.TICKET: f"amount {amount:,.0f} yuan: must lie from {self.ticket.least:,.0f} to {self.ticket.most:,.0f}",
            Fit.YIELD: f"rate {asset['rate_annual']:.2%}: must be at least {self.yield_minimum_annual:.2%}",
            Fit.MARGIN: f"rate less expected loss falls {lacking:.2%} short of the funder's own cost",
            Fit.RETENTION: f"originator keeps {asset['retained_share']:.1%}: must be {self.retained_share_minimum:.1%}",
            Fit.FIRST_LOSS: f"first loss {asset['first_loss_share']:.1%} ({asset['first_loss_form']}): must be "
            f"{self.first_loss_share_minimum:.1%} as {_listed(self.first_loss_forms)}",
            Fit.OBLIGOR: f"amount {amount:,.0f} yuan: one obligor may have {self.obligor_cap_fen / 100:,.0f}",
        }
        return [text for criterion, text in told.items() if criterion in missed]


def load_mandate(path: Path, scale: MasterScale | None = None) -> Mandate:
    """Read a mandate; its products must stand on the shelf and, with a scale, its grades on that.

    Raises:
        BadInput: the file breaks a rule; every problem names file, field, value and rule.
    """
    mandate = read_model(path, Mandate, "mandate")
    problems = unknown_products(_products_named(mandate), shelf_beside(path), path)
    if scale is not None:
        rule = f"must be one of {', '.join(scale.names[:-1])}"
        unknown = [name for name in _grades_named(mandate) if name not in scale.names[:-1]]
        problems += [Problem(rule, file=str(path), field="grades", value=name) for name in unknown]
    if problems:
        raise BadInput(problems, headline=f"{path} is not a valid mandate")
    return mandate


def load_mandates(folder: Path = MANDATES, scale: MasterScale | None = None) -> list[Mandate]:
    """Read every mandate of a folder, by file name.

    Raises:
        BadInput: a file breaks a rule, there is none, or two mandates bear one name.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise BadInput(Problem("must hold at least one mandate (*.yaml)", file=str(folder)))
    mandates = [load_mandate(path, scale) for path in paths]
    check_names(mandates)
    return mandates


def mandate_schema() -> dict[str, Any]:
    """The JSON Schema of mandates; `data/mandates/schema.json` holds it for editors."""
    return Mandate.model_json_schema()


def check_names(mandates: Sequence[Mandate]) -> None:
    """Refuse an empty list of mandates and two of one name.

    Raises:
        BadInput: there is none, or a name stands twice.
    """
    names = [mandate.name for mandate in mandates]
    if not names:
        raise BadInput(Problem("at least one mandate is needed", field="mandates"))
    for name in names:
        if names.count(name) > 1:
            raise BadInput(Problem("the name of a mandate must stand once", field="name", value=name))


def _products_named(mandate: Mandate) -> Iterator[tuple[str, str]]:
    """Field and name of every product that a mandate speaks of."""
    if mandate.products != "any":
        yield from ((f"products.{number}", name) for number, name in enumerate(mandate.products))
    for number, limit in enumerate(mandate.limits):
        if limit.by == "product":
            yield from ((f"limits.{number}.among.{place}", name) for place, name in enumerate(limit.among or []))


def _grades_named(mandate: Mandate) -> Iterator[str]:
    if mandate.grades != "any":
        yield from mandate.grades
    for limit in mandate.limits:
        if limit.by == "grade":
            yield from limit.among or []


def _is_outside(values: pd.Series, wanted: Names) -> np.ndarray:
    return np.zeros(len(values), dtype=bool) if wanted == "any" else ~values.isin(wanted).to_numpy()


def _listed(names: Names | list[FirstLossForm]) -> str:
    return ", ".join(names) if isinstance(names, list) else names
