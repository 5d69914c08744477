"""The monthly review under a ladder: facts of all clients, where they stand, what lines they have."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from credit.growth.coverage_by_firm import growth_coverage_of
from credit.ladder import Standing, step
from credit.ladder_decision import Judge
from credit.ladder_facts import facts_of
from credit.ladder_measures import Facts
from credit.ladder_offers import Offer
from credit.ladder_rules import LadderPolicy
from credit.limit_choice import LimitBand
from credit.limit_review import open_line
from credit.limit_review import step as moved
from credit.limit_rules import load_limit_rules
from credit.limit_state import LimitState, Observation, ReviewPolicy
from sim.desk.lines import FEN, PPM, Line, Lookup, Refused, Verdict, owed_under
from sim.observed import Observed
from sim.underwriting import FittedModel, Underwriter

GROWTH_MONTHS = (6, 12)
"""Calendar months in which growth forecasts are held against what came: some seconds' work."""


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
        facts: of the last review, by firm row.
        standings: where each client stands.
        moves: why it moved at the last review.
        verdicts: line or refusal, by name of the offer and firm row.
        states: the moving limit of purchase finance, by offer and firm row.
    """

    def __init__(self, stage: Any, policy: LadderPolicy, underwriter: Underwriter, firms: int) -> None:
        self.stage = stage
        self.policy = policy
        self.model: Any = underwriter.model if isinstance(underwriter, FittedModel) else AsModel(underwriter)
        self.facts: list[Facts] = []
        self.standings = [Standing()] * firms
        self.moves: list[tuple[str, ...]] = [()] * firms
        self.verdicts: dict[str, list[Verdict]] = {}
        self.states: dict[str, list[LimitState | None]] = {}
        self.asks_for_growth = any(gate.measure == "growth_coverage" for gate in policy.gates())
        self._coverage: pd.Series[float] | None = None
        self._year = 0
        self._lookup: Lookup | None = None
        self._limit_rules = load_limit_rules()
        self._limit_policies: dict[str, ReviewPolicy] = {}

    def run(self, observed: Observed) -> None:
        """Judge every client on what is visible today."""
        tables, today = observed.for_review(), self.stage.date
        if today.year != self._year:
            self._year = today.year
            self._lookup = Lookup(Judge.on(self.policy, today))
        if self.asks_for_growth and today.month in GROWTH_MONTHS and self.stage.is_month_end:
            self._coverage = growth_coverage_of(tables, today)
        self.facts = list(facts_of(tables, today, self.policy, self.model, self._coverage).values())
        for row, facts in enumerate(self.facts):
            self.standings[row], self.moves[row] = step(self.standings[row], facts, self.policy)
        surety = [not sme.factory.has_no_surety for sme in self.stage.smes]
        assert self._lookup is not None
        for offer in self.policy.offers:
            is_open = [
                offer.stage <= standing.stage and not standing.is_suspended and not standing.has_exited
                for standing in self.standings
            ]
            verdicts = self._lookup.verdicts(offer, self.facts, surety, is_open)
            if offer.is_limit_by_term:
                verdicts = self._moved(offer, verdicts)
            self.verdicts[offer.name] = verdicts

    def _moved(self, offer: Offer, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Limits that follow trade move by `credit.limit_review`: they begin low, rise slowly and are cut at once."""
        policy = self._limit_policy(offer)
        states = self.states.setdefault(offer.name, [None] * len(verdicts))
        told: list[Verdict] = list(verdicts)
        for row, verdict in enumerate(verdicts):
            state = states[row]
            if isinstance(verdict, Refused) and state is None:
                continue
            facts = self.facts[row]
            seen = Observation(
                day=self.stage.day,
                pd_ppm=round(facts.values.get("pd_annual", 1.0) * PPM),
                monthly_purchases_fen=round((facts.get(offer.limit_basis) or 0.0) * FEN),
                used_fen=owed_under(facts, offer),
                dpd_days=round(facts.get("dpd") or 0.0),
                has_red_flag=facts.has_red_flag,
            )
            state = open_line(seen, policy)[0] if state is None else moved(state, seen, policy)[0]
            states[row] = state
            if isinstance(verdict, Line):
                limit, term = min(verdict.limit_fen, state.limit_fen), min(verdict.term_days, state.term_days)
                told[row] = verdict._replace(limit_fen=limit, term_days=term) if limit and term else Refused("limit")
        return told

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
