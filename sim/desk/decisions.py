"""The table of decisions, and what each decision rested on: the facts of its review, the standing, the version."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sim.books.recorders import Events
from sim.desk.decision_table import NOTHING, OFFERED, REFUSED, write_decision
from sim.desk.needs import Asked
from sim.desk.platform import Judgement
from sim.desk.verdicts import Line

DAYS_A_YEAR = 365


class Decisions:
    """Writes decisions down, and answers for them.

    Attributes:
        desk: who decides.
        rests_on: a row a decision: its row in the table of decisions, the market day of the review that it rests on,
            and where the client stood.
        facts: measures and their values, a row a firm, by market day of the review.
    """

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.rests_on = Events("decision firm judged_on stage suspended")
        self.facts: dict[int, tuple[tuple[str, ...], np.ndarray]] = {}

    def keep_facts(self) -> None:
        """Keep what the review of today has seen; decisions until the next one rest on it."""
        review = self.desk.review
        self.facts[review.judged_on] = tuple(map(str, review.columns.values.columns)), review.cells

    def note(self, asked: Asked, line: Line | None, outcome: int, reasons: str) -> None:
        """The answer to an application."""
        desk, stage, firm, offer = self.desk, self.desk.stage, asked.sme.row, NOTHING
        if line is not None and outcome != REFUSED:
            offer = line.limit_fen, line.term_days, line.rate_ppm
        desk.costs.pay(firm, asked.product, is_refusal=line is None)
        pd_ppm = stage.platform.judgements[firm].pd_ppm
        self.note_inputs(
            write_decision(stage.log, firm, stage.day, asked.product, outcome, offer, pd_ppm, reasons, desk.version),
            firm,
        )

    def note_exception(self, firm: int, judgement: Judgement) -> None:
        """A limit that sales defended and risk let pass, with its reason."""
        stage, offer = self.desk.stage, judgement.offer
        terms = offer.limit_fen, offer.term_days, offer.day_rate_ppm * DAYS_A_YEAR
        self.note_inputs(
            write_decision(
                stage.log, firm, stage.day, "purchase_loan", OFFERED, terms, judgement.pd_ppm, "limit",
                self.desk.version, is_exception=1,
            ),
            firm,
        )  # fmt: skip

    def note_inputs(self, row: int, firm: int) -> None:
        """What the decision in a row of the table, about a firm, rests on."""
        review = self.desk.review
        standing = review.standings[firm]
        self.rests_on.add(row, firm, review.judged_on, standing.stage, int(standing.is_suspended))

    def inputs_of(self, number: int) -> dict[str, float]:
        """The inputs of the decision that was noted at a place of `rests_on`: where the client stood, and every fact.

        Facts that were not known are left out.
        """
        _, firm, judged_on, stage, suspended = (self.rests_on.cell(name, number) for name in self.rests_on.names)
        names, cells = self.facts[judged_on]
        facts = dict(zip(names, cells[firm].tolist(), strict=True)) if firm < len(cells) else {}
        known = {name: value for name, value in facts.items() if value == value}
        return {"judged_on": judged_on, "stage": stage, "is_suspended": suspended} | known

    def inputs(self, date_of: Callable[[int], date]) -> pd.DataFrame:
        """What every decision rested on.

        Args:
            date_of: the date of a market day.

        Returns:
            A row a decision of the observable table, in its order: `decision_id`, `judged_on` (day of the review),
            `stage`, `is_suspended`, and every fact of that review, NaN where it was not known.
        """
        rests = self.rests_on.columns()
        parts = []
        for day in np.unique(rests["judged_on"]).tolist():
            rows, (names, cells) = np.flatnonzero(rests["judged_on"] == day), self.facts[day]
            firm = rests["firm"][rows]
            is_known = firm < len(cells)
            facts = np.full((len(rows), len(names)), np.nan)
            facts[is_known] = cells[firm[is_known]]
            told = pd.DataFrame(facts, columns=list(names))
            told.insert(0, "is_suspended", rests["suspended"][rows] > 0)
            told.insert(0, "stage", rests["stage"][rows])
            told.insert(0, "judged_on", pd.Timestamp(date_of(day)))
            told.insert(0, "decision_id", [f"D{row:08d}" for row in rests["decision"][rows].tolist()])
            parts.append(told)
        if not parts:
            return pd.DataFrame({"decision_id": pd.Series(dtype=object)})
        return pd.concat(parts, ignore_index=True).sort_values("decision_id", ignore_index=True)

    def hash_of(self, number: int) -> str:
        """SHA-256 over the inputs of a decision and the version that took it."""
        version = self.desk.stage.log.decisions.cell("version", self.rests_on.cell("decision", number))
        told = sorted(self.inputs_of(number).items())
        return hashlib.sha256(f"{version} {told}".encode()).hexdigest()
