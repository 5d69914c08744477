"""What became of a firm, and why, in one paragraph."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import pandas as pd

from credit.reason_words import in_words
from lab.firm_story import CHANNEL_WORDS, LOST, Happened, own_rows, rows, yuan
from sim.books.kept_events import KeptRun

Fate = Literal["lost", "endangered", "saved", "throttled", "refused", "served", "never_asked"]
FATES: dict[Fate, str] = {
    "lost": "lost: a loan went into default or was written off, or the firm itself fell",
    "endangered": "endangered: thirty days past due and not caught up by the last day",
    "saved": "saved: thirty days past due or restructured, and then nothing was past due any more",
    "throttled": "throttled: suspended, its limit cut by a third or more, or used up, without serious arrears",
    "refused": "refused: it asked and never got anything",
    "served": "served: it borrowed without trouble",
    "never_asked": "never asked for finance",
}
OWN = "own_shock"
FATAL = ("defaulted", "written_off", "late 90", "fell")
THROTTLES = ("limit cut", "late 7")
HELD_BACK = ("limit_used_up", "suspended", "not_clean_long_enough")


def fate_of(run: KeptRun, firm: str, told: Sequence[Happened]) -> Fate:
    """The class of a firm's fate, by what happened to it."""
    own = own_rows(run.tables, firm)
    kinds = {one.kind for one in told}
    decisions = own["decisions"]
    if kinds & set(FATAL):
        return "lost"
    if kinds & {"late 30", "restructured"}:
        late = [one.kind for one in told if one.kind in ("late 30", "caught up", "restructured")]
        return "endangered" if late[-1] == "late 30" else "saved"
    refused = _codes(decisions[decisions["outcome"] == "refused"])
    if kinds & set(THROTTLES) or any(code in refused for code in HELD_BACK):
        return "throttled" if len(own["facilities"]) else "refused"
    if len(own["facilities"]):
        return "served"
    return "refused" if len(decisions) else "never_asked"


def paragraph(run: KeptRun, firm: str, fate: Fate, told: Sequence[Happened], last: date) -> str:
    """The answer in one paragraph: what became of it, what it was refused for, what came before."""
    own = own_rows(run.tables, firm)
    parts = [f"{firm} was {_headline(fate)}." if fate != "never_asked" else f"{firm} never asked for finance."]
    parts += _borrowed(own)
    if fate in ("refused", "throttled"):
        parts += _refusals(own)
    if fate in ("lost", "endangered", "saved", "throttled"):
        parts += _course(told)
    parts += _hidden(run, firm)
    return " ".join(parts)


def _headline(fate: Fate) -> str:
    return "served without trouble" if fate == "served" else fate


def _borrowed(own: Mapping[str, pd.DataFrame]) -> list[str]:
    facilities, decisions = own["facilities"], own["decisions"]
    asked, refused = len(decisions), int((decisions["outcome"] == "refused").sum())
    if not asked:
        return []
    if facilities.empty:
        return [f"It asked {asked} times and was refused {refused} times."]
    drawn = yuan(float(facilities["principal_fen"].sum()))
    bad = facilities[facilities["status"].isin(LOST)]
    lost = f"; {len(bad)} of them ended in default" if len(bad) else ""
    took = f"drew {len(facilities)} loans of {drawn} in all{lost}"
    return [f"It asked {asked} times, was refused {refused} times, and {took}."]


def _refusals(own: Mapping[str, pd.DataFrame]) -> list[str]:
    refused = own["decisions"][own["decisions"]["outcome"] == "refused"]
    codes = _codes(refused).most_common(2)
    if not codes:
        return []
    words = " and ".join(f"{in_words(code)} ({count} times)" for code, count in codes)
    return [f"What stood against it most: {words}."]


def _codes(decisions: pd.DataFrame) -> Counter[str]:
    return Counter(code for reasons in decisions["reasons"].dropna() for code in str(reasons).split(";"))


def _course(told: Sequence[Happened]) -> list[str]:
    """The turning points in order, and what the platform could have seen before the first of them."""
    turns = [one for one in told if one.weight == 2 and not one.is_hidden]
    if not turns:
        return []
    first = turns[0].day
    warned = [one for one in told if one.kind in ("warning", "visit") and one.weight and one.day <= first]
    unpaid = [one for one in told if one.kind == "unpaid invoice" and one.day <= first]
    parts = []
    if warned:
        parts.append(f"Before its first turning point, on {first}, there was: {warned[-1].words} ({warned[-1].day}).")
    if unpaid:
        missing = sum(one.amount_fen or 0 for one in unpaid)
        parts.append(f"Customers owed it {yuan(missing)} that never came.")
    shown = turns[:3] + ([turns[-1]] if len(turns) > 3 else [])
    parts.append("Its turning points: " + "; ".join(f"{one.day} {one.words}" for one in shown) + ".")
    return parts


def _hidden(run: KeptRun, firm: str) -> list[str]:
    """What the platform could not see: why it fell, and where the loss came from."""
    if not run.hidden:
        return []
    parts, cascades, losses = [], run.hidden["cascades"], run.hidden["losses"]
    fell = cascades[(cascades["kind"] == "firm") & (cascades["name"] == firm)]
    for row in rows(fell):
        whose = "by its own shock" if row.round == 1 else f"pulled down by {row.by_kind} {row.by_row}"
        channel = "" if row.channel == OWN else f" ({CHANNEL_WORDS.get(str(row.channel), row.channel)})"
        parts.append(f"Not visible to the platform: it fell {whose}{channel}, in round {row.round}.")
    own = losses[losses["firm_id"] == firm]
    total = int(own["loss_fen"].sum())
    if total > 0:
        shares = own.groupby("channel")["loss_fen"].sum().sort_values(ascending=False)
        words = ", ".join(
            f"{str(channel).replace('_', ' ')} {amount / total:.0%}" for channel, amount in shares.items() if amount > 0
        )
        parts.append(f"Creditors lost {yuan(total)} on it: {words}.")
    return parts
