"""What is answered about a platform that learns: versions and why each came or went, drift, what exploration cost."""

from typing import Any

import pandas as pd
from pydantic import Field
from rich.console import Console
from rich.table import Table

from lab.answer import Answer
from lab.output import ruled
from sim.books.recorders import Outcome
from sim.learning.exploration import EXPLORATION
from sim.learning.versions import NOT_FITTED

SHOWN_ALARMS = 8
FEN_A_THOUSAND = 100_000
JUDGED = ("version", "fitted", "defaults", "judged", "verdict", "AUC old > new")
DRIFTED = ("quarter", "what moved", "by", "firm-months", "what the number is")
LEVEL = "observed_over_expected"
IN_FORCE = ("version", "from", "to", "decisions", "accepted", "refused", "by lot")


class VersionAnswer(Answer):
    """One version of the platform's model: what it learnt from, how it was judged, what was decided with it."""

    version: str = Field(description="Hash of the model's content, as in decisions.model_version; empty where no fit.")
    status: str = Field(description="champion, waiting, rejected, superseded or not_fitted.")
    fitted_on: str | None = Field(description="Day of the fit, ISO date; null for the one the market began with.")
    rows: int | None = Field(description="Firm-months it learnt from, count.")
    defaults: int | None = Field(description="Obligors that had defaulted among them, count.")
    explored: int | None = Field(description="Firm-months of clients let in by lot, count.")
    data_hash: str | None = Field(description="SHA-256 over the rows it learnt from and their weights.")
    judged_on: str | None = Field(description="Day on which it was held against the champion, ISO date.")
    judged_against: str | None = Field(description="That champion.")
    judged_defaults: int | None = Field(description="Obligors that defaulted among those judged on, count.")
    verdict: str | None = Field(description="better, or the rule that it broke.")
    champion_auc: float | None = Field(description="Order of the champion on those rows, AUC, share.")
    challenger_auc: float | None = Field(description="Order of this version, AUC, share.")
    auc_gain_low: float | None = Field(description="Lower end of the 95 % interval of the gain in AUC, share.")
    auc_gain_high: float | None = Field(description="Upper end of it, share.")
    gain: float | None = Field(description="Mean log-loss of the champion less this version's, nats a firm-month.")
    gain_low: float | None = Field(description="One-sided lower bound of the gain at the promotion level, nats.")
    champion_level: float | None = Field(description="Defaults observed over forecast by the champion, ratio.")
    challenger_level: float | None = Field(description="Defaults observed over forecast by this version, ratio.")
    in_force_from: str | None = Field(description="Day from which it judged clients, ISO date.")
    in_force_to: str | None = Field(description="Day on which it was replaced, ISO date.")
    replaced: str | None = Field(description="The version that it replaced.")
    replaced_by: str | None = Field(description="The version that replaced it.")
    reason: str | None = Field(description="Why no fit came about, or why it never was judged.")
    decisions: int = Field(description="Decisions taken with it, count.")
    accepted: int = Field(description="Of them, offers that clients took, count.")
    refused: int = Field(description="Of them, refusals, count.")
    let_in_by_lot: int = Field(description="Of them, applications of explored clients, count.")


class DriftAnswer(Answer):
    """Something that has moved beyond its bounds at a quarter's end."""

    day: str = Field(description="The quarter's end, ISO date.")
    version: str = Field(description="The champion of that day.")
    measure: str = Field(description="score, observed_over_expected, or a feature's name.")
    value: float = Field(description="Stability index; for the level, defaults observed over forecast; number.")
    rows: int = Field(description="Firm-months looked at, count.")


class LearningAnswer(Answer):
    """What a platform that learns has done: versions, drift, exploration."""

    versions: list[VersionAnswer] = Field(description="All versions in the order in which they were fitted.")
    fitted: int = Field(description="Models fitted in the market, count.")
    judged: int = Field(description="Of them, held against a champion, count.")
    promoted: int = Field(description="Of them, promoted to champion, count.")
    alarms: list[DriftAnswer] = Field(description="What moved beyond its bounds, quarter by quarter.")
    explored_eligible: int = Field(description="Clients refused by a PD just above the cut-off, firm-months.")
    explored_clients: int = Field(description="Of them, let in by lot, firm-months.")
    explored_loans: int = Field(description="Loans that they drew, count.")
    explored_principal_fen: int = Field(description="Drawn under them, fen.")
    explored_defaults: int = Field(description="Of these loans, defaulted, count.")
    exploration_cost_fen: int = Field(description="Losses on them less fees and interest earned, fen; below 0: a gain.")


def learning_answer(outcome: Outcome) -> LearningAnswer | None:
    """What an outcome tells of learning; None where nobody learnt."""
    if "models" not in outcome.further:
        return None
    models, drift, rounds = (outcome.further[name] for name in ("models", "drift", "exploration"))
    decisions = outcome.tables["decisions"]
    alarms = drift[drift["is_alarm"]]
    return LearningAnswer(
        versions=[_version(row, decisions) for row in models.to_dict("records")],
        fitted=int(outcome.summary["models_fitted"]),
        judged=int(outcome.summary["models_judged"]),
        promoted=int(outcome.summary["models_promoted"]),
        alarms=[
            DriftAnswer(
                day=f"{row['day']:%Y-%m-%d}", version=row["version"], measure=row["measure"], value=row["value"],
                rows=row["rows"],
            )
            for row in alarms.to_dict("records")
        ],
        explored_eligible=int(rounds["eligible"].sum()),
        explored_clients=int(rounds["explored"].sum()),
        **{name: int(outcome.summary[name]) for name in (
            "explored_loans", "explored_principal_fen", "explored_defaults", "exploration_cost_fen",
        )},
    )  # fmt: skip


def _version(row: dict[Any, Any], decisions: pd.DataFrame) -> VersionAnswer:
    told = {name: _plain(row[name]) for name in VersionAnswer.model_fields if name in row}
    told["version"] = told["version"] or ""
    own = decisions[decisions["model_version"].str.endswith(told["version"])] if told["version"] else decisions.head(0)
    outcomes = own["outcome"].value_counts()
    return VersionAnswer(
        **told,
        decisions=len(own),
        accepted=int(outcomes.get("accepted", 0)),
        refused=int(outcomes.get("refused", 0)),
        let_in_by_lot=int((own["reasons"] == EXPLORATION).sum()),
    )


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def show_learning(console: Console, answer: LearningAnswer) -> None:
    """The same as a page."""
    console.print(
        f"[bold]Learning[/]: {answer.fitted} models fitted, {answer.judged} judged on what neither they nor the "
        f"champion had seen, {answer.promoted} promoted.\n"
    )
    console.print(_table("Champion against challenger", JUDGED, [
        _judged(one) for one in answer.versions if one.status != NOT_FITTED
    ], words=2))  # fmt: skip
    console.print(_table("Decisions by the version in force, burn-in included", IN_FORCE, [
        _in_force(one) for one in answer.versions if one.in_force_from is not None
    ], words=3))  # fmt: skip
    missing = [one for one in answer.versions if one.status == NOT_FITTED]
    if missing:
        console.print(f"{len(missing)} quarters gave no model; the first: {missing[0].reason}.")
    console.print()
    console.print(_drift(answer))
    console.print(
        f"\nExploration: of {answer.explored_eligible} firm-months just above the cut-off {answer.explored_clients} "
        f"let in by lot: {answer.explored_loans} loans, {answer.explored_defaults} defaults, "
        f"net cost {answer.exploration_cost_fen / FEN_A_THOUSAND:,.1f} thousand yuan.\n"
    )


def _drift(answer: LearningAnswer) -> Table | str:
    """The latest alarms, each with what its number is: a shift of the clients, or of how many of them default."""
    if not answer.alarms:
        return "No drift: clients and defaults stayed within their bounds in every quarter."
    rows = [
        [
            alarm.day, alarm.measure.replace("_", " "), f"{alarm.value:.2f}", f"{alarm.rows:,}",
            "defaults over forecast, 1 is right" if alarm.measure == LEVEL else "PSI, 0 is no shift",
        ]
        for alarm in answer.alarms[-SHOWN_ALARMS:]
    ]  # fmt: skip
    return _table(f"Drift, the latest of {len(answer.alarms)} alarms", DRIFTED, rows, words=2)


def _table(title: str, columns: tuple[str, ...], rows: list[list[str]], words: int) -> Table:
    table = ruled(*columns, title=title, words=words)
    for row in rows:
        table.add_row(*row)
    return table


def _judged(one: VersionAnswer) -> list[str]:
    order = "" if one.champion_auc is None else f"{one.champion_auc:.3f} > {one.challenger_auc:.3f}"
    verdict = (one.verdict or one.reason or one.status).replace("_", " ")
    return [one.version[-12:], one.fitted_on or "before", f"{one.defaults or ''}", one.judged_on or "", verdict, order]


def _in_force(one: VersionAnswer) -> list[str]:
    return [
        one.version[-12:], one.in_force_from or "", one.in_force_to or "now", f"{one.decisions:,}", f"{one.accepted:,}",
        f"{one.refused:,}", f"{one.let_in_by_lot:,}",
    ]  # fmt: skip
