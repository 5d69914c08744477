"""Exploration: a few of those just refused get a small limit by lot, so that the platform learns what it refuses.

A platform that learns from its own clients only never sees what would have become of the others (approved-only
outcomes). Here everybody who fails by nothing but a PD not far above the cut-off, and owes nothing, has the same known
chance of a small, controlled loan at the price of the riskiest band. The chance is the propensity by which a fit
weights what it then sees. What it costs is counted (`cost_of`).
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from credit.limits import PurchaseOffer
from sim.books.facilities import PurchaseFacility
from sim.desk.decision_table import ACCEPTED
from sim.desk.lines import FEN, gates_kept
from sim.desk.platform import Judgement
from sim.learning.settings import LearningSettings

PPM = 1_000_000
DAYS_A_YEAR = 365
EXPLORATION = "exploration"
"""The reason in `decisions.reasons` that marks an explored application."""
FORM = "goods_controlled"


@dataclass(frozen=True)
class Round:
    """One month's exploration.

    Attributes:
        month_end: the day.
        cut_off: PD beyond which clients are refused.
        eligible: clients refused by nothing but a PD just above it.
        propensity: chance of each of them; 0 where there was nobody, or no money for it.
        explored: those who were drawn.
        limit_fen: their limits together.
        budget_fen: what was to be spent on limits at most, on average.
    """

    month_end: date
    cut_off: float
    eligible: int
    propensity: float
    explored: int
    limit_fen: int
    budget_fen: int


class Exploration:
    """Draws whom to explore, month by month.

    Attributes:
        stage: the market.
        settings: how much.
        rounds: what was done.
        let_in: those who were drawn and owe something since, by firm row: the chance that they had.
    """

    def __init__(self, stage: Any, settings: LearningSettings) -> None:
        self.stage = stage
        self.settings = settings
        self.rounds: list[Round] = []
        self.let_in: dict[int, float] = {}

    def choose(self, features: pd.DataFrame, judgements: list[Judgement]) -> tuple[list[Judgement], np.ndarray]:
        """The judgements with those drawn let in, and every client's propensity (1 where the lot had no say).

        Who was let in by lot keeps that chance at later month ends for as long as the debt stands: without the lot
        nobody would see how it goes on.
        """
        stage, settings = self.stage, self.settings
        band = self._last_band()
        propensity = np.ones(len(judgements))
        self.let_in = {row: chance for row, chance in self.let_in.items() if stage.smes[row].facilities}
        for row, chance in self.let_in.items():
            propensity[row] = chance
        if band is None:
            return judgements, propensity
        cut_off = band.pd_annual_up_to.value
        rows = self._just_refused(features, judgements, cut_off)
        limits = np.minimum(self._limits_fen(features, band)[rows], round(settings.exploration_limit_yuan * FEN))
        budget = round(stage.book.performing_fen * settings.exploration_budget_share)
        wanted = int(limits.sum())
        share = min(settings.exploration_share, budget / wanted) if wanted else 0.0
        share = 0.0 if share < settings.exploration_least_share else share
        draws = np.array(stage.streams.ppm(EXPLORATION, stage.day, stage.roster))[rows]
        is_drawn = draws < round(share * PPM)
        told = list(judgements)
        for row, limit in zip(rows[is_drawn].tolist(), limits[is_drawn].tolist(), strict=True):
            rate_ppm = round(_day_rate(band) * PPM)
            offer = PurchaseOffer(limit, round(band.longest_term.value), rate_ppm, (FORM,))
            told[row] = Judgement(told[row].pd_ppm, offer, EXPLORATION, round(cut_off * PPM))
            propensity[row] = self.let_in[row] = round(share * PPM) / PPM
        self.rounds.append(
            Round(
                stage.date, cut_off, len(rows), round(share * PPM) / PPM, int(is_drawn.sum()),
                int(limits[is_drawn].sum()), budget,
            )
        )  # fmt: skip
        return told, propensity

    def _just_refused(self, features: pd.DataFrame, judgements: list[Judgement], cut_off: float) -> np.ndarray:
        """Rows of those whom nothing but a PD just above the cut-off kept out, and who owe nothing."""
        stage = self.stage
        pds = np.array([one.pd_ppm for one in judgements]) / PPM
        is_near = (pds > cut_off) & (pds <= cut_off * self.settings.exploration_reach)
        near = [row for row in np.flatnonzero(is_near).tolist() if not judgements[row].offer.forms]
        near = [row for row in near if self._is_free(stage.smes[row])]
        rows = np.array(near, dtype=np.int64)
        return rows[self._misses_nothing_else(features, rows)] if near else rows

    def _is_free(self, sme: Any) -> bool:
        is_sound = sme.is_active and sme.defaulted_on is None and not self.stage.platform.is_suspended(sme)
        return is_sound and not sme.facilities

    def _misses_nothing_else(self, features: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        platform, desk = self.stage.platform, self.stage.desk
        missed = np.array([bool(codes) for codes in platform.missed_minimums(features.iloc[rows])])
        if desk is None:
            return ~missed
        columns, policy = desk.review.columns, desk.policy
        offer = policy.offer(f"purchase_loan.{FORM}")
        gates = [gate for rung in policy.stages[1 : offer.stage + 1] for gate in rung.gates]
        others = [gate for gate in (*gates, *offer.gates) if gate.measure != "pd_annual"]
        return np.asarray(~missed & (gates_kept(others, columns) & desk.review.is_plain(columns))[rows])

    def _last_band(self) -> Any:
        """The riskiest band that may buy on credit; None where a policy does not finance purchases."""
        if self.stage.desk is None:
            return self.stage.platform.policy.bands[-1]
        offer = self.stage.desk.policy.offer(f"purchase_loan.{FORM}")
        return None if offer is None else offer.bands[-1]

    def _limits_fen(self, features: pd.DataFrame, band: Any) -> np.ndarray:
        """What the riskiest band would get."""
        monthly = np.array(self.stage.platform.monthly_purchases_fen(self.stage.observed, len(features)))
        return np.rint(monthly * band.limit_share.value).astype(np.int64)

    def frame(self) -> pd.DataFrame:
        """One row a month."""
        names = list(Round.__dataclass_fields__)
        told = pd.DataFrame([asdict(one) for one in self.rounds], columns=names)
        return told.assign(month_end=pd.to_datetime(told["month_end"]))


def _day_rate(band: Any) -> float:
    """Interest a day: a purchase policy states it, a ladder states the year's."""
    rate = getattr(band, "day_rate", None)
    return float(rate.value) if rate is not None else float(band.rate_annual.value) / DAYS_A_YEAR


def explored_facilities(stage: Any) -> list[Any]:
    """The contracts that came of exploration: those drawn by a client on the day of a decision that says so."""
    log = stage.log
    if EXPLORATION not in log.reason_sets:
        return []
    told = log.decisions.columns()
    is_ours = (told["reasons"] == log.reason_sets[EXPLORATION]) & (told["outcome"] == ACCEPTED)
    drawn = set(zip(told["firm"][is_ours].tolist(), told["decided_on"][is_ours].tolist(), strict=True))
    opened = log.facilities.columns()
    both = zip(opened["firm"].tolist(), opened["opened_on"].tolist(), strict=True)
    return [
        stage.book.facilities[number]
        for number, key in enumerate(both)
        if key in drawn and isinstance(stage.book.facilities[number], PurchaseFacility)
    ]


@dataclass(frozen=True)
class Cost:
    """What exploration cost up to a day.

    Attributes:
        loans: explored contracts.
        principal_fen: drawn under them.
        defaults: of them, in default or written off.
        earned_fen: fees, and interest of those repaid.
        lost_fen: losses recognised on the others, whoever bore them.
    """

    loans: int
    principal_fen: int
    defaults: int
    earned_fen: int
    lost_fen: int

    @property
    def net_fen(self) -> int:
        """Cost less income; negative where exploration paid for itself."""
        return self.lost_fen - self.earned_fen


def cost_of(stage: Any) -> Cost:
    """Count what exploration cost so far, funding and work aside."""
    facilities = explored_facilities(stage)
    paid = stage.log.payments.columns()["paid"]
    is_bad = [one.status not in ("open", "repaid") for one in facilities]
    earned = sum(one.contract.fee_fen for one in facilities)
    earned += sum(
        int(np.maximum(paid[one.payment_rows], 0).sum()) - one.principal_fen
        for one in facilities
        if one.status == "repaid"
    )
    return Cost(
        loans=len(facilities),
        principal_fen=sum(one.principal_fen for one in facilities),
        defaults=sum(is_bad),
        earned_fen=earned,
        lost_fen=sum(one.written_down_fen for one in facilities),
    )
