"""The finished runs of a stress test, as a report needs them: paths, measures, differences, the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports.appetite import Judgement, Rule, judge, load_appetite
from sim.runs.comparison import differences, means
from sim.runs.ensemble import RUNS
from sim.runs.measures import UNITS, measured
from sim.runs.run import FinishedRun, read

BASELINE = "baseline"

RECOVERIES = ("recovered_deposit_fen", "recovered_goods_fen", "recovered_guarantee_fen", "recovered_cash_fen")
LOSSES = ("platform_loss_fen", "lender_loss_fen")
EXPOSURE = "exposure_at_default_fen"

SMOOTHED_DAYS = 30
"""Daily flows are drawn as trailing means over this many days."""


@dataclass(frozen=True)
class Waterfall:
    """What became of the exposure at default, mean over seeds, fen.

    Attributes:
        exposure: claims at the moment of default.
        parts: recoveries by what paid them, then losses by who bears them, by column name.
        still_open: exposure neither recovered nor written off by the last day.
    """

    exposure: float
    parts: dict[str, float]

    @property
    def still_open(self) -> float:
        return self.exposure - sum(self.parts.values())


@dataclass(frozen=True)
class Difference:
    """A measure's difference to the baseline on paired seeds, with its 95 % interval; NaN where it is unknown."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval misses zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class StressResults:
    """One ensemble: every scenario on the same seeds.

    Attributes:
        plan: what `plan.json` says.
        runs: the finished runs, in the plan's order.
    """

    plan: Mapping[str, Any]
    runs: list[FinishedRun]

    @classmethod
    def read(cls, folder: Path | str, plan: Mapping[str, Any]) -> "StressResults":
        """Read the runs of a plan (the content of `plan.json`) from an ensemble's folder."""
        return cls(plan, [read(Path(folder) / RUNS / name) for name in plan["runs"]])

    @property
    def scenarios(self) -> list[str]:
        """Every scenario, the baseline first."""
        return [scenario["name"] for scenario in self.plan["scenarios"]]

    @property
    def stresses(self) -> list[str]:
        """Every scenario but the baseline."""
        return [name for name in self.scenarios if name != BASELINE]

    @property
    def seeds(self) -> list[int]:
        """The seeds that every scenario was run on."""
        return list(self.plan["seeds"])

    @property
    def firms(self) -> int:
        """SMEs in each market."""
        return int(self.plan["firms"])

    @property
    def days(self) -> int:
        """Days observed."""
        return int(self.plan["days"])

    @cached_property
    def first_day(self) -> date:
        """The first observed day in the market's calendar."""
        return pd.Timestamp(self.runs[0].daily["date"].iloc[0]).date()

    @property
    def is_balanced(self) -> bool:
        """Whether the ledger of every run balanced on every day."""
        return all(bool(run.summary["ledger_balanced"]) for run in self.runs)

    def of(self, scenario: str) -> list[FinishedRun]:
        """The runs of one scenario, seed by seed."""
        return [run for run in self.runs if run.scenario == scenario]

    def paths(self, scenario: str, *columns: str) -> np.ndarray:
        """The sum of some daily columns, one row a seed, one column a day."""
        return np.stack([run.daily[list(columns)].to_numpy(float).sum(axis=1) for run in self.of(scenario)])

    def cumulated(self, scenario: str, *columns: str) -> np.ndarray:
        """The same, added up over the days so far."""
        return self.paths(scenario, *columns).cumsum(axis=1)

    def mean_path(self, scenario: str, column: str, is_flow: bool) -> np.ndarray:
        """The mean over seeds, day by day; flows as trailing means, which start once their window is full."""
        by_seed = self.paths(scenario, column)
        known = np.isfinite(by_seed)
        path = np.where(known, by_seed, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
        if not is_flow:
            return path
        window = min(SMOOTHED_DAYS, max(len(path) // 4, 1))
        return pd.Series(path).rolling(window, min_periods=max(window // 2, 1)).mean().to_numpy()

    def weekly(self, scenario: str, *columns: str) -> np.ndarray:
        """The same as `paths`, as trailing means over the seven days of the market's working rhythm."""
        by_seed = self.paths(scenario, *columns)
        return pd.DataFrame(by_seed.T).rolling(7, min_periods=1).mean().to_numpy().T

    def waterfall(self, scenario: str) -> Waterfall:
        """Exposure at default, and what became of it."""
        mean = {name: float(self.paths(scenario, name).sum(axis=1).mean()) for name in (EXPOSURE, *RECOVERIES, *LOSSES)}
        return Waterfall(mean.pop(EXPOSURE), mean)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every run, rows (scenario, seed): those of `sim.runs.measures` and those of the appetite."""
        table = measured(self.runs)
        table["equity_consumed_share"] = [_equity_consumed_share(run) for run in self.runs]
        table["liquidity_floor_share"] = [_liquidity_floor_share(run) for run in self.runs]
        table["has_lender_failure"] = [float(run.daily["failed_lenders"].sum() > 0) for run in self.runs]
        return table

    def measured_values(self, scenario: str, measure: str) -> np.ndarray:
        """A measure of every run of a scenario, seed by seed."""
        is_here = self.measures.index.get_level_values("scenario") == scenario
        return self.measures.loc[is_here, measure].to_numpy(float)

    @cached_property
    def _means(self) -> dict[tuple[str, str], float]:
        table = means(measured(self.runs), UNITS)
        return dict(zip(zip(table["scenario"], table["metric"], strict=True), table["mean"].astype(float), strict=True))

    @cached_property
    def _differences(self) -> pd.DataFrame:
        return differences(measured(self.runs), UNITS, BASELINE)

    def mean(self, scenario: str, metric: str) -> float:
        """Mean of a measure over the seeds of a scenario."""
        return self._means[scenario, metric]

    def difference(self, scenario: str, metric: str) -> Difference:
        """A scenario against the baseline."""
        table = self._differences
        row = table[(table["scenario"] == scenario) & (table["metric"] == metric)]
        return Difference(*(float(row[column].iloc[0]) for column in ("difference", "ci_low", "ci_high")))

    @property
    def pairing_factor(self) -> float:
        """By how much pairing divides the variance of a difference: the median over measures and scenarios."""
        factors = self._differences["pairing_variance_factor"].dropna()
        return float(factors.median()) if len(factors) else float("nan")

    def judgements(self, day: date, rules: Mapping[str, Rule] | None = None) -> list[Judgement]:
        """Every rule of the appetite held against the runs."""
        told = []
        for name, rule in (rules or load_appetite()).items():
            values: dict[str | None, np.ndarray]
            if rule.scope == "evidence":
                values = {None: np.array([float(len(self.seeds))])}
            else:
                where = [BASELINE] if rule.scope == "baseline" else self.stresses
                values = {scenario: self.measured_values(scenario, rule.measure) for scenario in where}
            told.append(judge(name, rule, day, values))
        return told


def _equity_consumed_share(run: FinishedRun) -> float:
    opening = float(run.daily["lender_equity_fen"].iloc[0])
    return float(run.daily["lender_loss_fen"].sum()) / opening if opening > 0 else float("nan")


def _liquidity_floor_share(run: FinishedRun) -> float:
    """Liquid funds over credit outstanding on the tightest day; days without credit are never tight."""
    outstanding = run.daily["outstanding_fen"]
    return float((run.daily["lender_liquidity_fen"] / outstanding.where(outstanding > 0)).min())
