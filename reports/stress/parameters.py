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
        arm_seeds, arm_firms, arm_days, arm_draws: of the markets in which arms are compared.
        replay_seeds, replay_firms: of the markets in which shocks are graded and levers moved.
        workers: processes side by side; changes the time, never the result.
        language: the catalogue of texts.
        real_data: the folder of real data; empty = `CREDITLAB_REAL_DATA`, then `../shared/data`.
        results: the folder of an ensemble that `creditlab stress --out` wrote; empty = run what is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: Annotated[int, Field(ge=2, le=1000, description="Paired seeds for each scenario.")] = 12
    firms: Annotated[int, Field(ge=1, le=100_000, description="SMEs in each market.")] = 300
    days: Annotated[int, Field(ge=1, le=3650, description="Days observed, after the burn-in.")] = 365
    scenarios: Annotated[
        str, Field(min_length=1, description="Names, comma-separated; the baseline is always run.")
    ] = "baseline,resin_crash_2008,payment_delay,funding_freeze"
    arm_seeds: Annotated[int, Field(ge=2, le=1000, description="Paired seeds for each arm and world.")] = 6
    arm_firms: Annotated[int, Field(ge=1, le=100_000, description="SMEs in each market of the arms.")] = 80
    arm_days: Annotated[int, Field(ge=1, le=3650, description="Days observed in each market of the arms.")] = 730
    arm_draws: Annotated[int, Field(ge=0, le=1000, description="Draws of the assumptions for the arms.")] = 5
    replay_seeds: Annotated[int, Field(ge=2, le=1000, description="Paired seeds of graded shocks and levers.")] = 6
    replay_firms: Annotated[int, Field(ge=1, le=100_000, description="SMEs in each of their markets.")] = 200
    workers: Annotated[int, Field(ge=1, le=256, description="Processes side by side.")] = 4
    language: Annotated[str, Field(min_length=2, description="The catalogue of texts: en or zh.")] = "en"
    real_data: Annotated[str, Field(description="Folder of real data; empty = as CREDITLAB_REAL_DATA says.")] = ""
    results: Annotated[str, Field(description="A finished folder of `creditlab stress`; empty = run it.")] = ""
