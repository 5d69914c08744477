"""The monthly review under a ladder: facts of all clients, where they stand, what lines they have.

Facts come as columns. A client whose columns show that nothing can move it is left where it stands; every other one
goes through `credit.ladder.step`.
"""

from collections.abc import Mapping, Sequence
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
from credit.limit_review import open_line, rests
from credit.limit_review import step as moved
from credit.limit_rules import load_limit_rules
from credit.limit_state import LimitState, Observation, ReviewPolicy
from sim.books.facilities import KINDS
from sim.books.observed import Observed
from sim.desk.lines import FEN, PPM, Line, Lookup, Refused, Verdict, gates_kept, owed_fen, products_under
from sim.desk.underwriting import FittedModel, Underwriter

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
        verdicts: line or refusal, by name of the offer and firm row.
        states: the moving limits of those who use an offer, by offer and firm row.
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
        self.verdicts: dict[str, list[Verdict]] = {}
        self.states: dict[str, dict[int, LimitState]] = {}
        self.pd_ppm: list[int] = []
        self.moves: dict[int, tuple[str, ...]] = {}
        self.cells = np.empty((0, 0))
        self.judged_on = -1
        self._coverage: pd.Series[float] | None = None
        self._year = 0
        self._lookup: Lookup | None = None
        self._owed: list[Mapping[str, float]] = []
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
        names = self.columns.values.index
        self._owed = [self.columns.owed_yuan.get(str(name), {}) for name in names]
        self._rows_by_kind = {}
        for one in self.stage.book.performing.values():
            self._rows_by_kind.setdefault(one.kind, set()).add(one.obligor.row)
        surety = np.array([not sme.factory.has_no_surety for sme in self.stage.smes[: len(pds)]])
        frozen = np.array([one.is_suspended or one.has_exited for one in self.standings])
        stages = np.array([one.stage for one in self.standings])
        for offer in self.policy.offers:
            is_open = (stages >= offer.stage) & ~frozen
            verdicts = self._lookup.verdicts(offer, self.columns, surety, is_open)
            self.verdicts[offer.name] = self._moved(offer, verdicts) if offer.is_limit_by_term else verdicts

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
        stages = np.array([one.stage for one in self.standings])
        is_held = np.array([one.is_suspended or one.has_exited for one in self.standings])
        self.moves = {}
        for row in np.flatnonzero(is_unclean | is_held | (attainable > stages)).tolist():
            self.standings[row], told = step(self.standings[row], columns.of(row), policy)
            if told:
                self.moves[row] = told

    def _moved(self, offer: Offer, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Limits that follow trade move by `credit.limit_review`: they begin low, rise slowly and are cut at once.

        A line opens with the first use of the product; until then the limit is that of a new client.
        """
        policy, columns = self._limit_policy(offer), self.columns
        assert columns is not None
        states = self.states.setdefault(offer.name, {})
        told: list[Verdict] = list(verdicts)
        users = self._users(offer)
        basis = np.nan_to_num(columns.values[offer.limit_basis].to_numpy()).tolist()
        days_late = np.nan_to_num(columns.values["dpd"].to_numpy()).tolist()
        has_flag = columns.has_red_flag.tolist()
        waiting = {row for row, verdict in enumerate(verdicts) if isinstance(verdict, Line)}
        care, products = self.stage.desk.aftercare if self.stage.desk is not None else None, products_under(offer)
        day = self.stage.day
        for row in sorted(waiting | users | states.keys()):
            verdict, state = verdicts[row], states.get(row)
            if state is None and row not in users:
                if isinstance(verdict, Line):
                    told[row] = verdict._replace(limit_fen=verdict.limit_fen * policy.entry_ppm // PPM)
                continue
            used, warnings = owed_fen(self._owed[row], products), 0 if care is None else care.warnings(row)
            is_quiet = not warnings and not days_late[row] and not has_flag[row]
            if state is None or not (is_quiet and rests(state, day, used, policy)):
                seen = Observation(
                    day=day,
                    pd_ppm=self.pd_ppm[row],
                    monthly_purchases_fen=round(basis[row] * FEN),
                    used_fen=used,
                    dpd_days=round(days_late[row]),
                    warnings=warnings,
                    has_red_flag=has_flag[row],
                )
                state = open_line(seen, policy)[0] if state is None else moved(state, seen, policy)[0]
            states[row] = state
            if isinstance(verdict, Line):
                limit, term = min(verdict.limit_fen, state.limit_fen), min(verdict.term_days, state.term_days)
                told[row] = verdict._replace(limit_fen=limit, term_days=term) if limit and term else Refused("limit")
        return told

    def _users(self, offer: Offer) -> set[int]:
        """Rows of firms with an open facility under an offer."""
        kinds = [
            number
            for number, kind in enumerate(KINDS)
            if kind.product == offer.product and offer.form in (None, kind.form)
        ]
        return set().union(*(self._rows_by_kind.get(number, set()) for number in kinds))

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
