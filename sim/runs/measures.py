"""What a run is judged by: each measure is one number from a run's daily record and its summary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from sim.runs.run import FinishedRun

FEN_PER_YUAN = 100
GRAMS_PER_TONNE = 1_000_000


@dataclass(frozen=True)
class Measure:
    """One number by which runs are compared.

    Attributes:
        name: key in tables and answers; units stand in it as a suffix.
        unit: the unit in words.
        meaning: what it measures, in one sentence.
        of: the number of one run; NaN where the run leaves it undefined.
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[FinishedRun], float]


def measured(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Every measure of every run: rows (scenario, seed), columns measures, float64."""
    rows = [[measure.of(run) for measure in MEASURES] for run in runs]
    index = pd.MultiIndex.from_tuples([(run.scenario, run.seed) for run in runs], names=["scenario", "seed"])
    return pd.DataFrame(rows, index=index, columns=[measure.name for measure in MEASURES], dtype=float)


def _summarised(key: str) -> Callable[[FinishedRun], float]:
    def of(run: FinishedRun) -> float:
        value = run.summary[key]
        return float("nan") if value is None else float(value)

    return of


def _total(*columns: str, per: int = 1) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[list(columns)].to_numpy().sum()) / per


def _lowest(column: str, per: int = 1) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[column].min()) / per


def _last(column: str, per: int = 1) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[column].iloc[-1]) / per


def _mean(column: str) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[column].mean())


def _share(part: str, whole: str) -> Callable[[FinishedRun], float]:
    def of(run: FinishedRun) -> float:
        total = float(run.daily[whole].sum())
        return float(run.daily[part].sum()) / total if total else float("nan")

    return of


def _highest_share(part: str, whole: str) -> Callable[[FinishedRun], float]:
    return lambda run: float((run.daily[part] / run.daily[whole].where(run.daily[whole] > 0)).max())


MEASURES = (
    Measure(
        "default_rate_annual",
        "share a year",
        "obligors passing 90 days past due, of obligors with credit",
        _summarised("default_rate_annual"),
    ),
    Measure("defaults", "obligors", "obligors passing 90 days past due", _total("new_defaults")),
    Measure("loss_share", "share of disbursed", "net loss over amount disbursed", _summarised("loss_share")),
    Measure(
        "credit_loss_yuan",
        "yuan",
        "net loss on financed purchases, whoever of lenders and platform bears it",
        _total("lender_loss_fen", "platform_loss_fen", per=FEN_PER_YUAN),
    ),
    Measure("lender_loss_yuan", "yuan", "net loss borne by lenders", _total("lender_loss_fen", per=FEN_PER_YUAN)),
    Measure(
        "platform_loss_yuan", "yuan", "net loss borne by the platform", _total("platform_loss_fen", per=FEN_PER_YUAN)
    ),
    Measure(
        "supplier_loss_yuan",
        "yuan",
        "trade credit that suppliers lost on SMEs",
        _total("supplier_loss_fen", per=FEN_PER_YUAN),
    ),
    Measure(
        "sme_receivable_loss_yuan",
        "yuan",
        "trade credit that SMEs lost on buyers",
        _total("sme_receivable_loss_fen", per=FEN_PER_YUAN),
    ),
    Measure(
        "exposure_at_default_yuan",
        "yuan",
        "claims on obligors at the moment of default",
        _total("exposure_at_default_fen", per=FEN_PER_YUAN),
    ),
    Measure("disbursed_yuan", "yuan", "financing paid out", _total("disbursed_fen", per=FEN_PER_YUAN)),
    Measure(
        "approval_share", "share of applications", "approvals over applications", _share("approvals", "applications")
    ),
    Measure("lender_refusals", "applications", "applications that no lender would fund", _total("refusals_lender")),
    Measure(
        "overdue_share_peak",
        "share of outstanding",
        "the worst day's overdue principal over outstanding principal",
        _highest_share("overdue_fen", "outstanding_fen"),
    ),
    Measure(
        "lender_liquidity_min_yuan",
        "yuan",
        "lenders' liquid funds on their tightest day",
        _lowest("lender_liquidity_fen", per=FEN_PER_YUAN),
    ),
    Measure(
        "lender_equity_end_yuan",
        "yuan",
        "lenders' equity on the last day",
        _last("lender_equity_fen", per=FEN_PER_YUAN),
    ),
    Measure("margin_calls", "calls", "demands for more deposit after a price fall", _total("margin_calls")),
    Measure("failed_firms", "firms", "SMEs that failed", _total("failed_firms")),
    Measure("failed_suppliers", "firms", "suppliers that failed", _total("failed_suppliers")),
    Measure("failed_buyers", "firms", "buyers that failed", _total("failed_buyers")),
    Measure("failed_lenders", "firms", "lenders that failed", _total("failed_lenders")),
    Measure("sales_yuan", "yuan", "SMEs' sales, VAT included", _total("sales_fen", per=FEN_PER_YUAN)),
    Measure("output_tonnes", "tonnes", "SMEs' output", _total("output_g", per=GRAMS_PER_TONNE)),
    Measure(
        "payment_delay_days",
        "days",
        "buyers' delay past the due date, the mean over days with payments",
        _mean("mean_payment_delay_days"),
    ),
    Measure(
        "resin_price_min_yuan_per_tonne",
        "yuan a tonne",
        "the lowest price of the reference resin, VAT included",
        _lowest("resin_price_fen_per_tonne", per=FEN_PER_YUAN),
    ),
)
"""All measures, in the order in which they are reported."""

UNITS = {measure.name: measure.unit for measure in MEASURES}
