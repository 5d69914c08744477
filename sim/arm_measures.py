"""What an arm is judged by: who is served, at what cost, who defaults, who bears it, and what the lenders earn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput
from credit.metrics.order import Difference, auc_difference
from sim.runs import FinishedRun
from sim.worlds import PPM, World

FEN = 100
DAYS_A_YEAR = 365
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
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[FinishedRun], float]


def _firms(run: FinishedRun) -> pd.DataFrame:
    """The firms that traded and had not defaulted on the first observed day."""
    assert run.firms is not None
    return run.firms[run.firms["is_sound"]]


def _access(run: FinishedRun) -> float:
    return float((_firms(run)["principal_fen"] > 0).mean())


def _all_in(run: FinishedRun) -> float:
    firms = _firms(run)
    return _ratio(firms["cost_fen"].sum(), firms["fen_years"].sum())


def _raroc(run: FinishedRun) -> float:
    capital = float(run.daily["outstanding_fen"].mean()) * run.summary["capital_share"]
    return _ratio(run.summary["joint_profit_fen"] * DAYS_A_YEAR / len(run.daily), capital)


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def _yuan(*columns: str) -> Callable[[FinishedRun], float]:
    return lambda run: float(run.daily[list(columns)].to_numpy().sum()) / FEN


ARM_MEASURES = (
    ArmMeasure("access_share", "share of firms", "firms that drew credit on an observed day", _access),
    ArmMeasure(
        "all_in_cost_annual",
        "share a year",
        "interest and fees on what firms drew, over principal and the time it ran, simple and nominal",
        _all_in,
    ),
    ArmMeasure("disbursed_yuan", "yuan", "credit paid out", _yuan("disbursed_fen")),
    ArmMeasure(
        "default_rate_annual",
        "share a year",
        "obligors passing 90 days past due, of obligors with credit",
        lambda run: float(run.summary["default_rate_annual"]) if run.summary["obligor_years"] else float("nan"),
    ),
    ArmMeasure("lender_loss_yuan", "yuan", "net loss on credit borne by lenders", _yuan("lender_loss_fen")),
    ArmMeasure("platform_loss_yuan", "yuan", "net loss on credit borne by the platform", _yuan("platform_loss_fen")),
    ArmMeasure("supplier_loss_yuan", "yuan", "trade credit that suppliers lost on firms", _yuan("supplier_loss_fen")),
    ArmMeasure(
        "firm_loss_yuan", "yuan", "trade credit that firms lost on their buyers", _yuan("sme_receivable_loss_fen")
    ),
    ArmMeasure(
        PROFIT,
        "yuan",
        "what the equity of all lenders and the platform gained over the observed days, all costs and losses borne",
        lambda run: run.summary["joint_profit_fen"] / FEN,
    ),
    ArmMeasure(
        "raroc_annual", "share a year", "that profit over the capital that mean outstanding credit binds", _raroc
    ),
    ArmMeasure(
        "decision_cost_yuan",
        "yuan",
        "what deciding costs by the arm's policy: its cost of a decision times decisions taken",
        lambda run: run.summary["decision_cost_fen"] / FEN,
    ),
    ArmMeasure(
        "decision_days",
        "days",
        "from application to decision by the arm's policy",
        lambda run: float(run.summary["decision_days"]),
    ),
)
"""All measures of a run by itself, in the order in which they are reported."""

REFUSED = ("access_of_refused_share", "share of firms", "of firms that the bank serves at no time, those served")
UNITS = {one.name: one.unit for one in ARM_MEASURES} | {REFUSED[0]: REFUSED[1]}
MEANINGS = {one.name: one.meaning for one in ARM_MEASURES} | {REFUSED[0]: REFUSED[2]}


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
        rows.append([*(measure.of(run) for measure in ARM_MEASURES), share])
    index = pd.MultiIndex.from_tuples(list(served), names=KEYS)
    return pd.DataFrame(rows, index=index, columns=list(UNITS), dtype=float)


def _served(run: FinishedRun) -> dict[int, bool]:
    firms = _firms(run)
    return dict(zip(firms["firm"].tolist(), (firms["principal_fen"] > 0).tolist(), strict=True))


def auc_added(runs: Sequence[FinishedRun], world: World) -> Difference | None:
    """What live data add, in a world, to the order in which firms come to grief: AUC with them less AUC without.

    Every sound firm of every run counts, borrower or not; its risk is what both models said of it on the first observed
    day. None where no firm came to grief, or all did.
    """
    firms = pd.concat([_firms(run) for run in runs], ignore_index=True)
    share = world.informative_ppm / PPM
    live = share * firms["pd_full"] + (1 - share) * firms["pd_blind"]
    try:
        return auc_difference(
            firms["comes_to_grief"].to_numpy(dtype=float), live.to_numpy(), firms["pd_blind"].to_numpy()
        )
    except BadInput:
        return None
