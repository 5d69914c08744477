"""Why not, and what would turn it: the failed gates of a refusal and the cheapest changes that the policy would accept.

The changes are searched, not written: term, deposit, amount, surety, more trade or more records on the platform,
arrears paid, months waited, alone and together, each tried against the policy itself. A change is told if the policy
then says yes, and if no smaller part of it does so as cheaply. The assumptions are kind but honest: who waits keeps
its record clean and goes on buying, and no change makes the client itself less risky than today's PD.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from credit.ladder_decision import DAYS_A_MONTH, Application, Check, Decision, Judge, Price, owed_here_yuan
from credit.ladder_measures import Facts
from credit.ladder_offers import Offer
from credit.pricing import DAYS_A_YEAR

LEVERS_AT_ONCE = 3
WORTH_MORE = 0.99
"""A further change must save at least a hundredth of the cost to be told beside its parts."""
HALF_YEAR_MONTHS, YEAR_MONTHS = 6, 12
MONTHS_OF_TRADE_MOVED = 3
LEVERS = ("settle", "term", "deposit", "amount", "guarantee", "trade", "data", "wait")
"""What may change, in the order in which it is told."""


@dataclass(frozen=True)
class Try:
    """Facts and application after some changes."""

    facts: Facts
    asked: Application
    moved_yuan: float = 0.0
    months_waited: int = 0
    has_new_data: bool = False


@dataclass(frozen=True)
class Change:
    """A set of changes under which the policy says yes.

    Attributes:
        values: lever -> its new value (days, shares, yuan, months; 1 for surety, records and arrears paid).
        facts: the firm's facts then.
        asked: the application then.
        price: what it then costs and earns.
        client_cost_yuan: what meeting the original need costs the client this way, all in: interest and fee, its own
            money in the deposit, surety, what it must borrow elsewhere, moving trade and records.
    """

    values: dict[str, float]
    facts: Facts
    asked: Application
    price: Price
    client_cost_yuan: float


@dataclass(frozen=True)
class Explanation:
    """A decision, and for a refusal the way out.

    Attributes:
        decision: the judged application.
        changes: cheapest first; empty for an approval, and where nothing within reach would do.
        tried: combinations that were put to the policy.
    """

    decision: Decision
    changes: tuple[Change, ...]
    tried: int

    @property
    def reasons(self) -> tuple[Check, ...]:
        """The gates that failed."""
        return self.decision.failed


def explain(judge: Judge, facts: Facts, asked: Application, most: int = 5) -> Explanation:
    """Judge an application and search the changes that would turn a refusal.

    Args:
        judge: ladder, costs and caps.
        facts: of the firm.
        asked: the application.
        most: how many changes to tell.
    """
    decision = judge.decide(facts, asked)
    offer = judge.policy.offer(asked.product)
    if decision.is_approved or offer is None or asked.amount_yuan <= 0:
        return Explanation(decision, (), 0)
    seen = facts.seen_through(judge.policy.sees)
    values = _values(judge, offer, seen, asked)
    best: dict[frozenset[str], Change] = {}
    tried = 0
    for size in range(1, LEVERS_AT_ONCE + 1):
        for levers in combinations([lever for lever in LEVERS if values[lever]], size):
            for chosen in product(*(values[lever] for lever in levers)):
                tried += 1
                setting = dict(zip(levers, chosen, strict=True))
                then = _apply(seen, asked, judge, setting)
                if not judge.is_approved(then.facts, then.asked):
                    continue
                change = _change(judge, offer, setting, then, asked)
                parts = [best[part] for part in best if part < frozenset(levers)]
                before = best.get(frozenset(levers))
                is_worth_more = all(change.client_cost_yuan < WORTH_MORE * part.client_cost_yuan for part in parts)
                if is_worth_more and (before is None or change.client_cost_yuan < before.client_cost_yuan):
                    best[frozenset(levers)] = change
    told = sorted(best.values(), key=lambda change: (change.client_cost_yuan, len(change.values)))
    return Explanation(decision, tuple(told[:most]), tried)


def _values(judge: Judge, offer: Offer, facts: Facts, asked: Application) -> dict[str, list[float]]:
    """The values that each lever may take, from the policy's own grids."""
    reach = judge.policy.reach
    steps = [asked.amount_yuan * tenth / 10 for tenth in range(9, 0, -1) if tenth / 10 >= reach.smallest_amount.value]
    for days in {asked.term_days, *(one.value for one in offer.terms)}:
        room = _room(judge, offer, facts, replace(asked, term_days=days))
        if room is not None and reach.smallest_amount.value * asked.amount_yuan <= room < asked.amount_yuan:
            steps.append(room)
    has_trade = "T" in judge.policy.sees
    return {
        "settle": [1.0] if (facts.get("dpd") or 0) > 0 else [],
        "term": [float(one.value) for one in offer.terms if one.value != asked.term_days],
        "deposit": [one.value for one in offer.deposits if one.value > asked.deposit_share],
        "amount": sorted({float(math.floor(step / 100) * 100) for step in steps if step >= 100}, reverse=True),
        "guarantee": [1.0] if offer.is_guarantee_possible and not asked.is_guaranteed else [],
        "trade": [one.value for one in reach.more_purchases] if has_trade else [],
        "data": [1.0] if (facts.get("completeness") or 0.0) < reach.completeness_with_data.value else [],
        "wait": [float(month) for month in range(1, reach.months.value + 1)],
    }


def _room(judge: Judge, offer: Offer, facts: Facts, asked: Application) -> float | None:
    """The value that the limit and the cap over all products leave room for at the term asked."""
    price = judge.price(facts, offer, asked)
    if price is None or asked.deposit_share >= 1:
        return None
    left = judge.policy.total_cap.value - (facts.get("exposure_yuan") or 0.0)
    return min(price.limit_yuan - owed_here_yuan(facts, offer), left) / (1.0 - asked.deposit_share)


def _apply(facts: Facts, asked: Application, judge: Judge, setting: dict[str, float]) -> Try:
    now = Try(facts, asked)
    for lever in LEVERS:
        if lever in setting:
            now = _EFFECTS[lever](now, setting[lever], judge)
    return now


def _settle(now: Try, value: float, judge: Judge) -> Try:
    return replace(now, facts=now.facts.changed({"dpd": 0.0, "days_clean": 0.0}))


def _trade(now: Try, value: float, judge: Judge) -> Try:
    """More of the firm's orders and invoices come over the platform, a quarter later."""
    known = {name: now.facts.get(name) or 0.0 for name in ("monthly_purchases_yuan", "monthly_invoices_yuan")}
    orders = now.facts.get("orders_90d") or 0.0
    more = {name: amount * (1.0 + value) for name, amount in known.items()}
    facts = now.facts.changed({**more, "orders_90d": float(math.ceil(orders * (1.0 + value)))})
    facts = _later(facts, MONTHS_OF_TRADE_MOVED, judge)
    return replace(now, facts=facts, moved_yuan=known["monthly_purchases_yuan"] * value * MONTHS_OF_TRADE_MOVED)


def _data(now: Try, value: float, judge: Judge) -> Try:
    full = judge.policy.reach.completeness_with_data.value
    return replace(now, facts=now.facts.changed({"completeness": full}), has_new_data=True)


def _wait(now: Try, value: float, judge: Judge) -> Try:
    return replace(now, facts=_later(now.facts, int(value), judge), months_waited=int(value))


def _later(facts: Facts, months: int, judge: Judge) -> Facts:
    """Some months on: nothing new goes wrong, a running relation goes on repaying a cycle a month."""
    new: dict[str, float] = {}
    for name, pace in (("months_known", 1.0), ("firm_age_years", 1.0 / 12), ("days_clean", float(DAYS_A_MONTH))):
        if (value := facts.get(name)) is not None:
            new[name] = value + pace * months
    is_clean = (facts.get("dpd") or 0.0) <= judge.policy.conduct.clean_dpd.value
    if not is_clean:
        new.pop("days_clean", None)
    cycles = facts.get("repaid_cycles")
    if cycles and is_clean:
        new["repaid_cycles"] = cycles + months
    if months >= HALF_YEAR_MONTHS and is_clean and facts.get("worst_dpd_180d") is not None:
        new["worst_dpd_180d"] = 0.0
    if months >= YEAR_MONTHS and facts.get("adverse_events_365d") is not None:
        new["adverse_events_365d"] = 0.0
    return facts.changed(new, facts.day + DAYS_A_MONTH * months)


_EFFECTS: dict[str, Callable[[Try, float, Judge], Try]] = {
    "settle": _settle,
    "term": lambda now, value, judge: replace(now, asked=replace(now.asked, term_days=int(value))),
    "deposit": lambda now, value, judge: replace(now, asked=replace(now.asked, deposit_share=value)),
    "amount": lambda now, value, judge: replace(now, asked=replace(now.asked, amount_yuan=value)),
    "guarantee": lambda now, value, judge: replace(now, asked=replace(now.asked, is_guaranteed=True)),
    "trade": _trade,
    "data": _data,
    "wait": _wait,
}


def _change(judge: Judge, offer: Offer, setting: dict[str, float], then: Try, asked: Application) -> Change:
    price = judge.price(then.facts.seen_through(judge.policy.sees), offer, then.asked)
    assert price is not None  # an approved application has one
    cost = math.fsum(_costs(judge, then, asked, price))
    return Change(setting, then.facts, then.asked, price, cost)


def _costs(judge: Judge, then: Try, asked: Application, price: Price) -> Iterator[float]:
    """The parts of what meeting the original need costs the client."""
    costs, new = judge.policy.client_costs, then.asked
    years, wanted_years = new.term_days / DAYS_A_YEAR, asked.term_days / DAYS_A_YEAR
    yield price.finance_cost_yuan
    yield new.amount_yuan * new.deposit_share * costs.own_money_annual.value * years
    if new.is_guaranteed and not asked.is_guaranteed:
        yield price.financed_yuan * costs.guarantee_annual.value * years
    # What the platform does not finance, or not for so long, is bought with outside money and the same own part.
    own = asked.deposit_share
    elsewhere = (1.0 - own) * costs.outside_rate_annual.value + own * costs.own_money_annual.value
    yield max(asked.amount_yuan - new.amount_yuan, 0.0) * elsewhere * wanted_years
    yield new.amount_yuan * elsewhere * max(wanted_years - years, 0.0)
    months = then.months_waited + (MONTHS_OF_TRADE_MOVED if then.moved_yuan else 0)
    yield asked.amount_yuan * elsewhere * months * DAYS_A_MONTH / DAYS_A_YEAR
    yield then.moved_yuan * costs.moving_cost_share.value
    yield costs.data_cost.value if then.has_new_data else 0.0
