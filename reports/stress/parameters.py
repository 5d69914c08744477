"""What a reader may ask of the stress report, typed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class StressParameters(BaseModel):
    """Parameters of the stress report. The defaults are the full case; the notebook's own cell holds a small one.

    Attributes:
        seeds: paired seeds for each scenario.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        scenarios: names, comma-separated; the baseline is always run.
        workers: processes side by side; changes the time, never the result.
        language: the catalogue of texts.
        real_data: the folder of real data; empty = `CREDITLAB_REAL_DATA`, then `../shared/data`.
        results: the folder of an ensemble that `creditlab stress --out` wrote; empty = run what is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: Annotated[int, Field(ge=2, le=1000, description="Paired seeds for each scenario.")] = 20
    firms: Annotated[int, Field(ge=1, le=100_000, description="SMEs in each market.")] = 500
    days: Annotated[int, Field(ge=1, le=3650, description="Days observed, after the burn-in.")] = 365
    scenarios: Annotated[
        str, Field(min_length=1, description="Names, comma-separated; the baseline is always run.")
    ] = "baseline,resin_crash_2008,payment_delay,funding_freeze"
    workers: Annotated[int, Field(ge=1, le=256, description="Processes side by side.")] = 4
    language: Annotated[str, Field(min_length=2, description="The catalogue of texts: en or zh.")] = "en"
    real_data: Annotated[str, Field(description="Folder of real data; empty = as CREDITLAB_REAL_DATA says.")] = ""
    results: Annotated[str, Field(description="A finished folder of `creditlab stress`; empty = run it.")] = ""
