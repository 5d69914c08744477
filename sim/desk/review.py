"""The monthly review under a ladder: facts of all clients, where they stand, what lines they have.

Facts come as columns. A client whose columns show that nothing can move it is left where it stands; every other one
goes through `credit.ladder.step`.
"""

from typing import Any

import numpy as np
import pandas as pd

from credit.growth.coverage_by_firm import growth_coverage_of
from credit.ladder import Standing, step
from credit.ladder_decision import Judge
from credit.ladder_facts import FactColumns, facts_in
from credit.ladder_measures import Facts
from credit.ladder_offers import Offer
from credit.ladder_rules import LadderPolicy
from credit.limit_choice import LimitBand
from credit.limit_columns import LimitColumns, ObservationColumns
from credit.limit_rules import load_limit_rules
from credit.limit_state import ReviewPolicy
from credit.limits import NO_OFFER, PurchaseOffer
from sim.books.facilities import KINDS
from sim.books.observed import Observed
from sim.desk.forms import PURCHASE_FORMS
from sim.desk.lines import FEN, PPM, Lookup, gates_kept, owed_under
from sim.desk.platform import Judgement
from sim.desk.underwriting import FittedModel, Underwriter
from sim.desk.verdicts import GRANTED, Verdicts

DAYS_A_YEAR = 365
GROWTH_MONTHS = (12,)
"""Calendar month in which growth forecasts are held against what came: some seconds' work."""


class AsModel:
    """An underwriter in the place of a default model: all that facts ask of one is a yearly PD."""

    def __init__(self, underwriter: Underwriter) -> None:
        self.underwriter = underwriter

    def pd_annual(self, features: pd.DataFrame) -> list[float]:
        """Probability of default within a year, a row each."""
        return self.underwriter.judge(features)[0]


class Review:
    """Standings and lines of all clients, brought up to date once a month.

    Attributes:
        policy: the ladder.
        columns: the facts of the last review.
        standings: where each client stands.
        verdicts: line or refusal of each client, by name of the offer.
        limits: the moving limits of those who use an offer, by its name.
        pd_ppm: probability of default within a year, by firm row.
        moves: reasons of those who moved at the last review, by firm row.
        cells: the values of the columns, a row a firm.
        judged_on: market day of the last review.
    """

    def __init__(self, stage: Any, policy: LadderPolicy, underwriter: Underwriter, firms: int) -> None:
        self.stage = stage
        self.policy = policy
        self.model: Any = None
        self.judge_with(underwriter)
        self.columns: FactColumns | None = None
        self.standings = [Standing()] * firms
        self.verdicts: dict[str, Verdicts] = {}
        self.limits: dict[str, LimitColumns] = {}
        self.pd_ppm: list[int] = []
        self.moves: dict[int, tuple[str, ...]] = {}
        self.cells = np.empty((0, 0))
        self.judged_on = -1
        self._coverage: pd.Series[float] | None = None
        self._year = 0
        self._lookup: Lookup | None = None
        self._rows_by_kind: dict[int, set[int]] = {}
        self._limit_rules = load_limit_rules()
        self._limit_policies: dict[str, ReviewPolicy] = {}

    def facts(self, row: int) -> Facts:
        """The facts of a client at the last review."""
        assert self.columns is not None
        return self.columns.of(row)

    def adopt(self, policy: LadderPolicy) -> None:
        """Judge by another ladder from the next review on; what was worked out for the old one is forgotten."""
        self.policy = policy
        self._year, self._lookup = 0, None
        self._limit_policies.clear()

    def judge_with(self, underwriter: Underwriter) -> None:
        """Take PDs from another model from the next review on."""
        self.model = underwriter.model if isinstance(underwriter, FittedModel) else AsModel(underwriter)

    def is_plain(self, columns: FactColumns) -> np.ndarray:
        """Whether a client's conduct cannot be in its way (`sim.desk.lines`)."""
        assert self._lookup is not None
        return self._lookup.is_plain(columns)

    def purchases(self) -> list[Judgement]:
        """What each client may buy on credit: the freest form for which it has a line."""
        clients, offered = len(self.pd_ppm), {offer.name for offer in self.policy.offers}
        offers, reasons = [NO_OFFER] * clients, ["product_not_offered"] * clients
        is_waiting = np.ones(clients, dtype=bool)
        for form in PURCHASE_FORMS:
            if (name := f"purchase_loan.{form}") not in offered:
                continue
            lines = self.verdicts[name]
            is_served = is_waiting & lines.is_line & (lines.is_guaranteed | (form != "open_account"))
            rows = np.flatnonzero(is_served)
            served = (one[rows].tolist() for one in (lines.limit_fen, lines.term_days, lines.rate_ppm // DAYS_A_YEAR))
            for row, limit, term, day_rate in zip(rows.tolist(), *served, strict=True):
                offers[row], reasons[row] = PurchaseOffer(limit, term, day_rate, (form,)), ""
            is_waiting &= ~is_served
            for row, code in zip(np.flatnonzero(is_waiting).tolist(), lines.refusal[is_waiting].tolist(), strict=True):
                reasons[row] = "guarantee" if code == GRANTED else lines.reasons[code]
        return list(map(Judgement, self.pd_ppm, offers, reasons))

    def run(self, observed: Observed) -> None:
        """Judge every client on what is visible today."""
        today = self.stage.date
        if today.year != self._year:
            self._year = today.year
            self._lookup = Lookup(Judge.on(self.policy, today))
        assert self._lookup is not None
        if self._is_growth_asked_for(today.month):
            top = len(self.policy.stages) - 1
            near = np.array([row for row, one in enumerate(self.standings) if one.stage >= top - 1])
            self._coverage = growth_coverage_of({"operations": observed.output_of(near)}, today)
        self.columns = facts_in(observed.today(), self.policy, self.model, self._coverage)
        self.cells, self.judged_on = self.columns.values.to_numpy(), self.stage.day
        pds = np.nan_to_num(self.columns.values["pd_annual"].to_numpy(), nan=1.0)
        self.pd_ppm = np.rint(pds * PPM).astype(np.int64).tolist()
        self.standings += [Standing()] * (len(pds) - len(self.standings))  # clients who have joined since
        self._step_standings()
        self._rows_by_kind = {}
        for one in self.stage.book.performing.values():
            self._rows_by_kind.setdefault(one.kind, set()).add(one.obligor.row)
        surety = np.array([not sme.factory.has_no_surety for sme in self.stage.smes[: len(pds)]])
        frozen = np.array([one.is_suspended or one.has_exited for one in self.standings])
        stages = np.array([one.stage for one in self.standings])
        misconduct = self._lookup.misconduct(self.columns, ~frozen & (stages > 0))
        for offer in self.policy.offers:
            is_open = (stages >= offer.stage) & ~frozen
            self.verdicts[offer.name] = self._lookup.verdicts(offer, self.columns, surety, is_open, misconduct)
        self._move_limits()

    def _is_growth_asked_for(self, month: int) -> bool:
        """Once a year, if somebody has come so far that it matters."""
        is_due = month in GROWTH_MONTHS and self.stage.is_month_end
        top = len(self.policy.stages) - 1
        is_gate = any(gate.measure == "growth_coverage" for gate in self.policy.stages[top].gates)
        return is_due and is_gate and any(standing.stage >= top - 1 for standing in self.standings)

    def _step_standings(self) -> None:
        """Move whoever can move; the day last seen of the others is of no consequence to any rule."""
        columns, policy = self.columns, self.policy
        assert columns is not None
        dpd = np.nan_to_num(columns.values["dpd"].to_numpy(), nan=0.0)
        is_unclean = (dpd > policy.conduct.clean_dpd.value) | columns.has_red_flag
        attainable, is_through = np.zeros(len(dpd), dtype=np.int64), np.ones(len(dpd), dtype=bool)
        for rung in policy.stages[1:]:
            is_through &= gates_kept(rung.gates, columns)
            attainable[is_through] = rung.stage
        stages, is_suspended, has_exited, unclean_on = (
            np.array([getattr(one, name) for one in self.standings])
            for name in ("stage", "is_suspended", "has_exited", "unclean_on")
        )
        clean_days = columns.day - unclean_on
        is_back = is_suspended & (clean_days >= policy.conduct.reentry_clean.value)
        is_back |= has_exited & (clean_days >= policy.conduct.readmission_clean.value)
        may_rise = (attainable > stages) & ~is_suspended & ~has_exited
        self.moves = {}
        for row in np.flatnonzero(is_unclean | is_back | may_rise).tolist():
            self.standings[row], told = step(self.standings[row], columns.of(row), policy)
            if told:
                self.moves[row] = told

    def _move_limits(self) -> None:
        """Limits that follow trade move by `credit.limit_review`: they begin low, rise slowly and are cut at once.

        A line opens with the first use of the product; until then the limit is that of a new client.
        """
        columns, desk, day = self.columns, self.stage.desk, self.stage.day
        assert columns is not None
        nothing = np.zeros(len(self.pd_ppm), dtype=np.int64)
        warnings = nothing if desk is None else desk.aftercare.warnings(len(nothing))
        days_late = _whole(columns.values["dpd"])
        for offer in self.policy.offers:
            if not offer.is_limit_by_term:
                continue
            seen = ObservationColumns(
                day=day,
                pd_ppm=np.array(self.pd_ppm, dtype=np.int64),
                monthly_purchases_fen=_whole(columns.values[offer.limit_basis] * FEN),
                used_fen=owed_under(columns, offer),
                dpd_days=days_late,
                warnings=warnings,
                has_red_flag=columns.has_red_flag,
            )
            self._move(offer, seen)

    def _move(self, offer: Offer, seen: ObservationColumns) -> None:
        """Move the limits under an offer, and hold its verdicts within them."""
        policy, told = self._limit_policy(offer), self.verdicts[offer.name]
        lines = self.limits.setdefault(offer.name, LimitColumns())
        lines.grow(len(told))
        known, is_user = np.flatnonzero(lines.is_open), self._users(offer, len(told))
        new = np.flatnonzero(is_user & ~lines.is_open)
        lines.step(known, seen.of(known), policy)
        lines.open_lines(new, seen.of(new), policy)
        entry = told.limit_fen * policy.entry_ppm // PPM
        told.limit_fen = np.where(lines.is_open, np.minimum(told.limit_fen, lines.limit_fen), entry)
        told.term_days = np.where(lines.is_open, np.minimum(told.term_days, lines.term_days), told.term_days)
        told.refuse(told.is_line & lines.is_open & ((told.limit_fen == 0) | (told.term_days == 0)), "limit")

    def _users(self, offer: Offer, clients: int) -> np.ndarray:
        """Whether each client has an open facility under an offer."""
        kinds = [
            number
            for number, kind in enumerate(KINDS)
            if kind.product == offer.product and offer.form in (None, kind.form)
        ]
        is_user = np.zeros(clients, dtype=bool)
        for number in kinds:
            is_user[list(self._rows_by_kind.get(number, ()))] = True
        return is_user

    def _limit_policy(self, offer: Offer) -> ReviewPolicy:
        """The bands of the offer under the rules by which limits move."""
        if offer.name not in self._limit_policies:
            bands = tuple(
                LimitBand(
                    round(band.pd_annual_up_to.value * PPM),
                    round(band.limit_share.value * PPM),
                    band.longest_term.value,
                )
                for band in offer.bands
            )
            self._limit_policies[offer.name] = ReviewPolicy.of(self._limit_rules, bands)
        return self._limit_policies[offer.name]


def _whole(column: "pd.Series[float]") -> np.ndarray:
    """A measure as whole numbers; nothing where it is not known."""
    return np.rint(np.nan_to_num(column.to_numpy())).astype(np.int64)
