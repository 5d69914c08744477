"""One firm as a file: what is known of it and what it asks for, to be judged under a ladder without any tables."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from credit.errors import BadInput
from credit.ladder_decision import Application
from credit.ladder_measures import MEASURES, Facts
from credit.sourced import STRICT, read_model


class AskedFor(BaseModel):
    """An application in a firm's file."""

    model_config = STRICT

    product: Annotated[str, Field(min_length=1)] = Field(
        description="Name of the product; with its form (purchase_loan.open_account) where a ladder tells forms apart."
    )
    amount_yuan: Annotated[float, Field(gt=0, le=1e9)] = Field(description="Value bought, VAT included.")
    term_days: Annotated[int, Field(ge=1, le=3660)]
    deposit_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    is_guaranteed: bool = False


class FirmFile(BaseModel):
    """A firm on a day."""

    model_config = STRICT

    firm_id: Annotated[str, Field(min_length=1)]
    as_of: date
    has_red_flag: bool = False
    facts: dict[str, float] = Field(description=f"Any of: {', '.join(MEASURES)}. What is left out is not known.")
    owed_yuan: dict[str, float] = Field({}, description="Owed now by product, as its file names it.")
    application: AskedFor

    def known(self) -> Facts:
        """The facts of the file."""
        return Facts(self.firm_id, self.as_of.toordinal(), self.facts, self.has_red_flag, self.owed_yuan)

    def asked(self) -> Application:
        """The application of the file."""
        return Application(**self.application.model_dump())


def load_firm(path: Path) -> FirmFile:
    """Read and check a firm's file.

    Raises:
        BadInput: the file breaks a rule, names an unknown measure or an impossible value.
    """
    firm = read_model(path, FirmFile, "firm file")
    try:
        firm.known()
    except BadInput as error:
        raise BadInput(error.problems, headline=f"{path} is not a valid firm file") from error
    return firm


def firm_schema() -> dict[str, Any]:
    """The JSON Schema of firm files; `data/firms/schema.json` holds it for editors."""
    return FirmFile.model_json_schema()
