"""What a reader may ask of the model-validation report, typed."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class ValidationParameters(BaseModel):
    """Parameters of the model-validation report.

    Attributes:
        dataset: sba, german, polish, platform, table, or made_up (drawn clients, where no data are at hand).
        source: the file or folder; empty = the public one.
        outcome: table: the column of 0 and 1.
        model: the judged scorer.
        challengers: the scorers it is held against, separated by commas.
        lender: sba: the lender's identity is a feature.
        records: sba: which code for no franchise was written down is a feature.
        folds: of the random split; 0 = as usual for the data set.
        seed: of folds and fits.
        threads: that a fit may use.
        language: the catalogue of texts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Annotated[
        Literal["sba", "german", "polish", "platform", "table", "made_up"], Field(description="What kind of data.")
    ] = "german"
    source: Annotated[str, Field(description="File or folder; empty = the public one.")] = ""
    outcome: Annotated[str, Field(description="Table: the column of 0 and 1.")] = ""
    model: Annotated[
        Literal["scorecard", "boosted", "logistic", "combined"], Field(description="The judged scorer.")
    ] = "scorecard"
    challengers: Annotated[str, Field(description="Held against it, separated by commas.")] = "boosted,logistic"
    lender: Annotated[bool, Field(description="SBA: the lender's identity is a feature.")] = True
    records: Annotated[bool, Field(description="SBA: which code for no franchise was written down.")] = False
    folds: Annotated[int, Field(ge=0, le=50, description="Folds; 0 = as usual for the data set.")] = 0
    seed: Annotated[int, Field(ge=0, description="Seed of folds and fits.")] = 0
    threads: Annotated[int, Field(ge=1, le=64, description="Threads that a fit may use.")] = 2
    language: Annotated[str, Field(min_length=2, description="The catalogue of texts: en or zh.")] = "en"
