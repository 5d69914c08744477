"""One firm's days, from the tables of a run: what happened, in words, and what of it the platform could not see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from credit.early_warnings import signals_of, warnings_of
from credit.limit_rules import load_limit_rules
from credit.reason_words import all_in_words
from sim.books.kept_events import KeptRun

SERIOUS_LATE_DAYS = (7, 30, 90)
"""Days past due that have consequences: suspension, the register, default."""
LATE_WORDS = {7: "seven days past due: suspended", 30: "thirty days past due: noted in the register",
              90: "ninety days past due: in default"}  # fmt: skip
BUREAU_WORDS = {
    "lawsuit": "a lawsuit against the firm",
    "enforcement": "a court orders enforcement against the firm",
    "delinquency": "the register notes a delinquency",
    "guarantee": "the controller stands surety for somebody",
    "legal_rep_change": "the legal representative changes",
    "equity_change": "the owners change",
    "phone_change": "the telephone number changes",
}
CHANNEL_WORDS = {
    "customer_default": "a customer failed, or its orders found nobody",
    "supplier_stop": "resin did not come, or only for cash",
    "credit_withdrawal": "no lender paid out what had been granted",
    "guarantee_called": "its controller had to pay as surety for another firm",
}
STATUS_WORDS = {"repaid": "repaid in full", "defaulted": "in default", "restructured": "restructured",
                "written_off": "written off"}  # fmt: skip
LOST = ("defaulted", "written_off")
"""Ends of a loan that are a default."""
GIVEN_UP_DAYS = 120
"""A customer's invoice that is so long past due counts as unpaid."""


@dataclass(frozen=True)
class Happened:
    """Something that happened to a firm.

    Attributes:
        day: when.
        kind: a short name, by which lines are told apart and marked in the picture.
        words: what happened.
        is_hidden: the platform could not see it.
        weight: 0 for the daily course, 1 for what matters, 2 for turning points.
        until: last day of equal events in a row.
        times: how many they were.
        amount_fen: their sum, where there is one.
    """

    day: date
    kind: str
    words: str
    is_hidden: bool = False
    weight: int = 0
    until: date | None = None
    times: int = 1
    amount_fen: int | None = None


def happenings(run: KeptRun, firm: str, last: date) -> list[Happened]:
    """All that happened to a firm up to a day, in order; equal events in a row stand as one."""
    own = own_rows(run.tables, firm)
    told = [
        *_joined(own), *_decisions(own), *_facilities(own), *_arrears(own, last), *_customers(own, last),
        *_visits(own), *_registers(own), *_warnings(own, last), *_outside(run), *_strains(run, firm), *_fall(run, firm),
    ]  # fmt: skip
    told = [one for one in told if one.day <= last]
    return list(_joined_up(sorted(told, key=lambda one: (one.day, one.kind, one.words))))


def own_rows(tables: Mapping[str, pd.DataFrame], firm: str) -> dict[str, pd.DataFrame]:
    """A firm's own rows of every table; prices are everybody's."""
    own = {
        name: frame[frame["firm_id"] == firm] if "firm_id" in frame else frame
        for name, frame in tables.items()
        if name != "payments"
    }
    own["payments"] = tables["payments"][tables["payments"]["facility_id"].isin(own["facilities"]["facility_id"])]
    controllers = set(own["controllers"]["controller_id"])
    bureau = tables["bureau"]
    own["bureau"] = bureau[(bureau["firm_id"] == firm) | bureau["controller_id"].isin(controllers)]
    return own


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """A frame's rows, their cells as attributes."""
    yield from frame.itertuples()


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()


def yuan(fen: float) -> str:
    """An amount for a line: `RMB 288,000`."""
    return f"RMB {fen / 100:,.0f}"


def _product(name: object) -> str:
    return str(name).replace("_", " ")


def _joined(own: Mapping[str, pd.DataFrame]) -> Iterator[Happened]:
    for row in rows(own["firms"]):
        yield Happened(_day(row.platform_since), "joined", "joined the platform", weight=1)


def _decisions(own: Mapping[str, pd.DataFrame]) -> Iterator[Happened]:
    """Answers to applications; a limit that falls by a third or more is a turn."""
    limits: dict[str, int] = {}
    for row in rows(own["decisions"].sort_values("decided_on", kind="stable")):
        day, product = _day(row.decided_on), _product(row.product)
        reasons = all_in_words(None if pd.isna(row.reasons) else str(row.reasons))
        why = f": {reasons}" if reasons else ""
        if row.outcome == "refused":
            yield Happened(day, "refused", f"{product} refused{why}", weight=1)
            continue
        limit, before = int(row.limit_fen), limits.get(product)
        if before is not None and limit * 3 <= before * 2:
            yield Happened(
                day, "limit cut", f"limit for {product} cut from {yuan(before)} to {yuan(limit)}{why}", weight=2
            )
        elif before is not None and limit * 2 >= before * 3:
            yield Happened(day, "limit raised", f"limit for {product} raised from {yuan(before)} to {yuan(limit)}")
        limits[product] = limit
        if bool(row.is_override):
            yield Happened(day, "exception", f"exception for {product}: {row.override_reason}", weight=1)
        elif row.outcome == "declined":
            yield Happened(day, "declined", f"declined an offer for {product} at {row.rate_annual:.1%} a year")


def _facilities(own: Mapping[str, pd.DataFrame]) -> Iterator[Happened]:
    for row in rows(own["facilities"]):
        name = _product(row.product)
        amount = int(row.principal_fen)
        yield Happened(_day(row.opened_on), "drawn", f"{name} drawn at {row.rate_annual:.1%} a year", amount_fen=amount)
        if pd.notna(row.closed_on) and row.status != "open":
            is_bad = row.status != "repaid"
            words = f"{name} of {yuan(amount)} {STATUS_WORDS[str(row.status)]}" if is_bad else f"{name} repaid in full"
            kind = str(row.status) if is_bad else "repaid"
            yield Happened(_day(row.closed_on), kind, words, weight=2 if is_bad else 0, amount_fen=amount)


def _arrears(own: Mapping[str, pd.DataFrame], last: date) -> Iterator[Happened]:
    """The days on which the oldest unpaid instalment passed a mark, and when nothing was late any more.

    A loan that was written off before its ninetieth day, as after a forced sale, is in default: no day says so again.
    """
    days_late = days_past_due(own, last)
    facilities = own["facilities"]
    lost_on = facilities.loc[facilities["status"].isin(LOST), "closed_on"].min()
    before = 0
    for day, late in days_late.items():
        is_lost = pd.notna(lost_on) and pd.Timestamp(str(day)) > lost_on
        for mark in SERIOUS_LATE_DAYS:
            if before < mark <= late and not (mark == SERIOUS_LATE_DAYS[-1] and is_lost):
                yield Happened(_day(day), f"late {mark}", LATE_WORDS[mark], weight=2 if mark >= 30 else 1)
        if late == 0 and before >= SERIOUS_LATE_DAYS[0]:
            yield Happened(_day(day), "caught up", f"nothing past due any more, after {before} days", weight=2)
        before = int(late)


def days_past_due(own: Mapping[str, pd.DataFrame], last: date) -> pd.Series:
    """Days past due of the oldest unpaid instalment, day by day, from the first due day on."""
    payments = own["payments"].merge(own["facilities"][["facility_id", "status", "closed_on"]], on="facility_id")
    if payments.empty:
        return pd.Series(dtype=int)
    end = pd.Timestamp(last)
    is_paid = payments["paid_fen"] >= payments["due_fen"]
    settled = payments["paid_on"].where(is_paid)
    gone = payments["closed_on"].where(payments["status"].isin(["repaid", "restructured"]))
    settled = settled.fillna(gone)
    days = pd.date_range(payments["due_on"].min(), end, freq="D")
    worst = pd.Series(0, index=days)
    for due, until in zip(payments["due_on"], settled, strict=True):
        stop = end if pd.isna(until) else until - pd.Timedelta(1, unit="D")
        if stop > due:
            run = pd.date_range(due, min(stop, end), freq="D")
            late = pd.Series((run - due).days, index=run)
            worst = worst.combine(late.reindex(days, fill_value=0), max)
    return worst


def _customers(own: Mapping[str, pd.DataFrame], last: date) -> Iterator[Happened]:
    """Customers that did not pay, or paid a part only."""
    invoices = own["invoices"]
    lost = invoices[invoices["paid_on"].isna() & (invoices["due_on"] < pd.Timestamp(last))]
    given_up = lost["due_on"] + pd.Timedelta(GIVEN_UP_DAYS, unit="D")
    for row, day in zip(rows(lost), given_up, strict=True):
        words = f"customer {row.buyer_id} has left invoices unpaid for {GIVEN_UP_DAYS} days"
        yield Happened(_day(day), "unpaid invoice", words, weight=1, amount_fen=int(row.amount_fen))
    short = invoices[
        (invoices["paid_fen"] + invoices["dilution_fen"] < invoices["amount_fen"]) & (invoices["paid_fen"] > 0)
    ]
    for row in rows(short):
        words = f"customer {row.buyer_id} paid {row.paid_fen / row.amount_fen:.0%} of an invoice and no more"
        missing = int(row.amount_fen - row.paid_fen - row.dilution_fen)
        yield Happened(_day(row.paid_on), "unpaid invoice", words, weight=1, amount_fen=missing)


def _visits(own: Mapping[str, pd.DataFrame]) -> Iterator[Happened]:
    for row in rows(own["visits"]):
        words = f"visit: {row.finding}; {int(row.machines_running or 0)} machines running"
        yield Happened(_day(row.visited_on), "visit", words, weight=int(row.finding == "alarm"))


def _registers(own: Mapping[str, pd.DataFrame]) -> Iterator[Happened]:
    for row in rows(own["bureau"]):
        if row.kind in BUREAU_WORDS:
            amount = None if pd.isna(row.amount_fen) else int(row.amount_fen)
            yield Happened(_day(row.known_on), "register", BUREAU_WORDS[str(row.kind)], weight=1, amount_fen=amount)


def _warnings(own: Mapping[str, pd.DataFrame], last: date) -> Iterator[Happened]:
    """Early warnings at month ends, told when they change."""
    if own["decisions"].empty:
        return
    rules, before = load_limit_rules(), tuple[str, ...]()
    first = max(_day(own["decisions"]["decided_on"].min()), last - pd.Timedelta(1100, unit="D"))
    for day in pd.date_range(first, last, freq="ME"):
        raised = warnings_of(signals_of(own, day.date()), rules)
        for warning in raised.values():
            if warning.signals and warning.signals != before:
                words = ", ".join(map(rules.meaning, warning.signals))
                yield Happened(day.date(), "warning", f"early warnings: {words}", weight=1)
            before = warning.signals


def _outside(run: KeptRun) -> Iterator[Happened]:
    for move in run.story.moves if run.story else ():
        words = f"outside: {move.channel.replace('_', ' ')} moves ({run.story.title if run.story else ''})"
        yield Happened(move.begins_on, "outside", words, weight=1)


def _strains(run: KeptRun, firm: str) -> Iterator[Happened]:
    strains = run.hidden.get("strains")
    if strains is None:
        return
    unseen = (strains["firm_id"] == firm) & (strains["by"] != "platform")  # its own refusals the platform knows
    for row in rows(strains[unseen]):
        words = f"{CHANNEL_WORDS[str(row.channel)]} ({row.by})"
        yield Happened(_day(row.date), str(row.channel), words, True, 1, amount_fen=int(row.amount_fen))


def _fall(run: KeptRun, firm: str) -> Iterator[Happened]:
    cascades = run.hidden.get("cascades")
    if cascades is None or run.story is None:
        return
    for row in rows(cascades[(cascades["kind"] == "firm") & (cascades["name"] == firm)]):
        day = run.story.first_observed_day + pd.Timedelta(int(row.day), unit="D")
        reason = str(row.reason).replace("_", " ")
        share = f"{row.pulled_share:.0%} of its strain came from others"
        yield Happened(_day(day), "fell", f"the firm fell ({reason}); {share}", is_hidden=True, weight=2)


def _joined_up(told: list[Happened]) -> Iterator[Happened]:
    """Equal events with nothing else between them become one, with their number and sum."""
    held: Happened | None = None
    for one in told:
        if held is not None and (held.kind, held.words, held.is_hidden) == (one.kind, one.words, one.is_hidden):
            amount = None if held.amount_fen is None else held.amount_fen + (one.amount_fen or 0)
            held = replace(held, until=one.day, times=held.times + 1, amount_fen=amount)
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held
