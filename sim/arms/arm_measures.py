"""What an arm is judged by: who is served, at what cost, who defaults, who bears it, and what the lenders earn."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.metrics.order import Difference, auc_difference
from sim.arms.worlds import PPM, World
from sim.runs.firm_record import NEVER
from sim.runs.run import FinishedRun

FEN = 100
DAYS_A_YEAR = 365
MOST_YEARS = 100
BANK = "bank"
PROFIT = "joint_profit_yuan"
"""The measure by which one arm beats another."""
KEYS = ["arm", "draw", "seed"]


@dataclass(frozen=True)
class ArmMeasure:
    """One number about an arm in one market.

    Attributes:
        name: key in tables and answers.
        unit: the unit in words.
        meaning: what it measures.
        of: the number of one run; NaN where the run leaves it undefined.
        lowest, highest: between which it lies by its nature, and its intervals with it.
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[FinishedRun], float]
    lowest: float = -math.inf
    highest: float = math.inf


def _firms(run: FinishedRun) -> pd.DataFrame:
    """The firms that traded and had not defaulted on the first observed day."""
    assert run.firms is not None
    return run.firms[run.firms["is_sound"]]


def _access(run: FinishedRun) -> float:
    return float(_firms(run)["is_served"].mean())


def _all_in(run: FinishedRun) -> float:
    firms = _firms(run)
    return _ratio(firms["cost_fen"].sum(), firms["fen_years"].sum())


def _raroc(run: FinishedRun) -> float:
    after_tax = 1.0 - run.summary["tax_share"]
    return _ratio(after_tax * run.summary["joint_profit_fen"], run.summary["capital_fen_years"])


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def _yuan(*columns: str) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[list(columns)].to_numpy().sum()) / FEN


ARM_MEASURES = (
    ArmMeasure(
        "access_share", "share of firms", "firms that owed a lender something on an observed day", _access, 0, 1
    ),
    ArmMeasure(
        "all_in_cost_annual",
        "share a year",
        "interest and fees agreed on what firms drew, over what they owed of it and for how long, simple and nominal",
        _all_in,
        0,
    ),
    ArmMeasure("disbursed_yuan", "yuan", "credit paid out", _yuan("disbursed_fen"), 0),
    ArmMeasure(
        "default_rate_annual",
        "share a year",
        "obligors passing 90 days past due, of obligors with credit",
        lambda run: float(run.summary["default_rate_annual"]) if run.summary["obligor_years"] else float("nan"),
        0,
    ),
    ArmMeasure("lender_loss_yuan", "yuan", "net loss on credit borne by lenders", _yuan("lender_loss_fen")),
    ArmMeasure("platform_loss_yuan", "yuan", "net loss on credit borne by the platform", _yuan("platform_loss_fen")),
    ArmMeasure(
        "surety_loss_yuan",
        "yuan",
        "paid by owners who stood surety for their firms",
        _yuan("recovered_guarantee_fen"),
        0,
    ),
    ArmMeasure(
        "supplier_loss_yuan",
        "yuan",
        "trade credit that suppliers lost on firms, less what came later of losses told before",
        _yuan("supplier_loss_fen"),
    ),
    ArmMeasure(
        "firm_loss_yuan", "yuan", "trade credit that firms lost on their buyers", _yuan("sme_receivable_loss_fen"), 0
    ),
    ArmMeasure(
        PROFIT,
        "yuan",
        "what the equity of all lenders and the platform gained, all costs and losses borne, lending from their own"
        " money charged as if borrowed, live data paid for; before tax",
        lambda run: run.summary["joint_profit_fen"] / FEN,
    ),
    ArmMeasure(
        "raroc_annual", "share a year", "that profit after tax, a year, over the capital that the loans bind", _raroc
    ),
    ArmMeasure(
        "decision_cost_yuan",
        "yuan",
        "what deciding cost by the arm's policy, in joint profit already",
        lambda run: run.summary["decision_cost_fen"] / FEN,
        0,
    ),
    ArmMeasure(
        "decision_days",
        "days",
        "from application to decision by the arm's policy",
        lambda run: float(run.summary["decision_days"]),
    ),
)
"""All measures of a run by itself."""

REFUSED = ("access_of_refused_share", "share of firms", "of firms that the bank serves at no time, those served")
_REPORTED = [
    *((one.name, one.unit, one.meaning, (one.lowest, one.highest)) for one in ARM_MEASURES[:1]),
    (*REFUSED, (0.0, 1.0)),
    *((one.name, one.unit, one.meaning, (one.lowest, one.highest)) for one in ARM_MEASURES[1:]),
]
BOUNDS = {name: bounds for name, _, _, bounds in _REPORTED}
UNITS = {name: unit for name, unit, _, _ in _REPORTED}
"""The unit of every measure, in the order in which they are reported: whom the bank refuses beside whom it serves."""
MEANINGS = {name: meaning for name, _, meaning, _ in _REPORTED}


def measured_arms(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Every measure of every run of one scenario and world: rows (arm, draw, seed), float64.

    `access_of_refused_share` compares with the bank on the same seed and draw, and is NaN where the bank was not run.
    """
    served = {(run.policy, run.assumptions, run.seed): _served(run) for run in runs}
    rows = []
    for run in runs:
        bank = served.get((BANK, run.assumptions, run.seed))
        own = served[run.policy, run.assumptions, run.seed]
        refused = [] if bank is None else [firm for firm, is_served in bank.items() if not is_served and firm in own]
        share = float(np.mean([own[firm] for firm in refused])) if refused else float("nan")
        rows.append({REFUSED[0]: share} | {measure.name: measure.of(run) for measure in ARM_MEASURES})
    index = pd.MultiIndex.from_tuples(list(served), names=KEYS)
    return pd.DataFrame(rows, index=index, columns=list(UNITS), dtype=float)


def _served(run: FinishedRun) -> dict[int, bool]:
    firms = _firms(run)
    return dict(zip(firms["firm"].tolist(), firms["is_served"].tolist(), strict=True))


def auc_added(runs: Sequence[FinishedRun], world: World) -> Difference | None:
    """What live data add, in a world, to the order in which firms come to grief: AUC with them less AUC without.

    Every sound firm counts in every observed year that it enters sound, borrower or not: what both models said of it on
    the year's first day beside whether it came to grief within the year. A firm's years, in all runs of a seed, are one
    cluster. Nothing where both say the same; None where no firm came to grief, or all did.
    """
    share = world.informative_ppm / PPM
    told = []
    for run in runs:
        firms = _firms(run)
        for year in range(MOST_YEARS):
            if f"pd_full_{year}" not in firms:
                break
            begin = year * DAYS_A_YEAR
            there = firms[(firms["grief_day"] == NEVER) | (firms["grief_day"] >= begin)]
            within = there["grief_day"].between(begin, begin + DAYS_A_YEAR - 1).to_numpy(dtype=float)
            full, blind = there[f"pd_full_{year}"].to_numpy(), there[f"pd_blind_{year}"].to_numpy()
            told.append(
                np.column_stack([within, share * full + (1 - share) * blind, blind, run.seed * 1e6 + there["firm"]])
            )
    grief, live, blind, cluster = np.concatenate(told).T
    if np.array_equal(live, blind):
        return Difference(0.0, 0.0, 0.0)  # one order, whoever came to grief
    if not 0 < grief.sum() < len(grief):
        return None
    return auc_difference(grief, live, blind, clusters=cluster)
