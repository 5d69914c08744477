"""`creditlab watch`: who on the platform looks like fraud, and whose state is yellow, orange or red, on a day."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field

from credit.anomalies.findings import MEANINGS
from credit.anomalies.fraud_gate import Gate, fraud_gate
from credit.anomalies.warning_history import warning_history
from credit.anomalies.warning_states import Level
from credit.errors import BadInput, Problem
from credit.features.table import last_recorded
from credit.firm_months import check_day
from credit.limit_rules import LimitRules, load_limit_rules
from credit.tables import read_tables
from lab.answer import Answer
from lab.output import give, progress, ruled

if TYPE_CHECKING:
    from rich.console import Console

DAYS_BETWEEN_LOOKS = 7
ROWS_SHOWN = 3


class FindingTold(Answer):
    """One sign of fraud."""

    code: str = Field(description="what kind of sign, a code")
    meaning: str = Field(description="the same in words")
    outcome: str = Field(description="what the gate does about it: refers or refuses")
    firm_ids: list[str] = Field(description="the firms concerned, ascending")
    value: float = Field(description="what was measured, in the unit of its threshold")
    threshold: float = Field(description="where it starts to count, in the unit of data/parameters/anomalies.yaml")
    rows: list[str] = Field(description="the rows it rests on, as table and key")


class AccountTold(Answer):
    """An account that is not green."""

    firm_id: str = Field(description="the firm")
    level: str = Field(description="yellow, orange or red")
    signals: list[str] = Field(description="early warnings that stand today, codes; empty while a state dies away")


class WatchAnswer(Answer):
    """What stands out among the firms on the platform on a day."""

    as_of: date = Field(description="the day; nothing learnt later is used")
    firms: int = Field(description="firms on the platform, a count")
    refused: int = Field(description="firms that the fraud gate refuses, a count")
    referred: int = Field(description="firms that it refers to a person, a count")
    findings: list[FindingTold] = Field(description="signs of fraud, the grave ones first")
    accounts: int = Field(description="firms with an open facility, a count")
    levels: dict[str, int] = Field(description="accounts by state, a count each")
    watched: list[AccountTold] = Field(description="accounts that are not green, the gravest first")


def run(folder: Path, as_of: date | None, looking_back_days: int, as_json: bool = False) -> None:
    """Look at all firms through the gate, and at all accounts along the last months.

    Args:
        folder: of observable tables.
        as_of: the day; the last recorded one when absent.
        looking_back_days: how far back the states of accounts are followed.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the tables are not sound, or tell nothing of the day.
    """
    tables, rules = read_tables(folder), load_limit_rules()
    as_of = as_of or last_recorded(tables)
    if as_of is None:
        raise BadInput(Problem("tells of no day: nothing is recorded in it", file=str(folder)))
    check_day(tables, as_of)
    days = [as_of - timedelta(days=back) for back in range(0, looking_back_days + 1, DAYS_BETWEEN_LOOKS)][::-1]
    with progress("looks at the accounts", len(days)) as advance:
        gate = fraud_gate(tables, as_of)
        history = warning_history(tables, days, rules, on_day=lambda: advance(1))
    answer = _answer(gate, history, as_of)
    give(answer, as_json, _page(answer, rules))


def _answer(gate: Gate, history: pd.DataFrame, as_of: date) -> WatchAnswer:
    now = history[history["day"] == pd.Timestamp(as_of)]
    outcomes = gate.verdicts["outcome"].value_counts()
    alarmed = now[now["level"] > 0].sort_values(["level", "firm_id"], ascending=[False, True])
    return WatchAnswer(
        as_of=as_of,
        firms=len(gate.verdicts),
        refused=int(outcomes.get("refuses", 0)),
        referred=int(outcomes.get("refers", 0)),
        findings=[
            FindingTold(
                code=one.code,
                meaning=MEANINGS[one.code],
                outcome=str(one.outcome),
                firm_ids=list(one.firm_ids),
                value=one.value,
                threshold=one.threshold,
                rows=[f"{row.table} {row.key}" for row in one.evidence],
            )
            for one in sorted(gate.findings, key=lambda one: (one.outcome != "refuses", one.code, one.firm_ids))
        ],
        accounts=len(now),
        levels={level.name.lower(): int((now["level"] == level).sum()) for level in Level},
        watched=[
            AccountTold(
                firm_id=str(row["firm_id"]),
                level=Level(row["level"]).name.lower(),
                signals=[signal for signal in str(row["signals"]).split(";") if signal],
            )
            for row in alarmed.to_dict("records")
        ],
    )


def _page(answer: WatchAnswer, rules: LimitRules) -> "Callable[[Console], None]":
    def show(console: "Console") -> None:
        told = f"the fraud gate refuses {answer.refused}, refers {answer.referred}"
        console.print(f"[bold]{answer.firms} firms on {answer.as_of}: {told}.[/]")
        if answer.findings:
            table = ruled("firms", "sign", "outcome", "rests on", words=4)
            for one in answer.findings:
                table.add_row(", ".join(one.firm_ids), one.meaning, one.outcome, _evidence(one.rows))
            console.print(table)
        counts = ", ".join(f"{number} {level}" for level, number in answer.levels.items())
        console.print(f"[bold]{answer.accounts} accounts: {counts}.[/]")
        if answer.watched:
            table = ruled("firm", "state", "warnings today", words=3)
            for account in answer.watched:
                said = ", ".join(map(rules.meaning, account.signals)) or "none any more: the state dies away"
                table.add_row(account.firm_id, account.level, said)
            console.print(table)

    return show


def _evidence(rows: list[str]) -> str:
    """The first rows that a sign rests on, each table named once, and how many more there are."""
    keys: dict[str, list[str]] = {}
    for row in rows[:ROWS_SHOWN]:
        table, key = row.split(" ", 1)
        keys.setdefault(table, []).append(key)
    told = "; ".join(f"{table} {', '.join(some)}" for table, some in keys.items())
    return f"{told} and {len(rows) - ROWS_SHOWN} more" if len(rows) > ROWS_SHOWN else told
