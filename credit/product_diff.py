"""Two versions of a product on one book: what changed in the file, who flips and why, what it does to the totals.

A client is in when the product offers the form, the client meets its minimums, the term is allowed, and the price
covers the required rate at the client's PD, which is the same as a PD up to break-even. Money follows `credit.pricing`:
the typical contract of the form for the client's term, scaled to the client's amount; before VAT.

Supply and demand are kept apart. In and out, and the totals, are what the product allows; take-up is how many of those
would want it (`credit.lifetime_value`). A dearer product never gains takers, yet it may let in clients whose risk the
old price did not pay for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit.client_books import FACTS, ClientBook
from credit.contract_rates import rates_of
from credit.contracts.base import FINANCIERS, FlowKind
from credit.errors import BadInput, Problem
from credit.lifetime_value import RateBehaviour, outside_rate
from credit.parameters import parameters
from credit.pricing import DAYS_A_YEAR, LenderCosts, quote
from credit.product_forms import ProductForm
from credit.products import Product

Floats = NDArray[np.float64]

MONTHS_A_YEAR = 12
LEAST_RATE = 1e-9
"""A contract without interest and fee is judged as if it cost this much: the price needs a rate above nothing."""

PRICE_REASONS = ("never_pays", "pd_above_break_even")
"""Why the price does not cover the required rate: not even without defaults, or not at this client's PD."""

_REFERENCES = (
    "reference_goods_value",
    "reference_price",
    "reference_appraised_value",
    "reference_limit",
    "reference_loan",
    "reference_invoice",
)


@dataclass(frozen=True)
class FieldChange:
    """A field that differs between two product files.

    Attributes:
        field: its path, as `forms.open_account.day_rate.value`.
        old: its old value; None where it was not there.
        new: its new value; None where it is gone.
        unit: its unit; empty for words and days.
    """

    field: str
    old: Any
    new: Any
    unit: str


@dataclass(frozen=True)
class Terms:
    """A form for a term, for each unit of what is financed.

    Attributes:
        nominal_irr: all-in cost of the money received, a share a year.
        effective_annual_rate: the same, compounded.
        days: from the first payment to the last.
        owed_share: principal outstanding on average, of the amount asked for.
    """

    nominal_irr: float
    effective_annual_rate: float
    days: int
    owed_share: float


@dataclass(frozen=True)
class Verdict:
    """What one version of a product says to a client; money in fen over the term, 0 where the client is out.

    Attributes:
        reasons: why the client is out; empty when it is in.
        nominal_irr: what it would pay a year, all in; None where there is no contract for it.
        effective_annual_rate: the same, compounded.
        required_rate_annual: what it must pay for RAROC to equal the hurdle.
        break_even_pd: the PD up to which the price pays.
        take_up: probability that it would take the offer at this price and deposit.
        volume_fen: principal outstanding on average over the term.
        expected_loss_fen: principal lost to default.
        margin_fen: what is left after every cost and the hurdle.
        profit_fen: profit after tax, before the hurdle.
    """

    reasons: tuple[str, ...]
    nominal_irr: float | None = None
    effective_annual_rate: float | None = None
    required_rate_annual: float | None = None
    break_even_pd: float | None = None
    take_up: float | None = None
    volume_fen: int = 0
    expected_loss_fen: int = 0
    margin_fen: int = 0
    profit_fen: int = 0

    @property
    def is_in(self) -> bool:
        """Whether the client may have the product."""
        return not self.reasons


@dataclass(frozen=True)
class ClientDiff:
    """A client under both versions."""

    firm_id: str
    pd_annual: float
    amount_fen: int
    term_days: int
    old: Verdict
    new: Verdict

    @property
    def flip(self) -> str:
        """stays_in, stays_out, came_in or fell_out."""
        if self.old.is_in == self.new.is_in:
            return "stays_in" if self.new.is_in else "stays_out"
        return "came_in" if self.new.is_in else "fell_out"

    @property
    def flip_reasons(self) -> tuple[str, ...]:
        """What no longer holds a client out that came in, or now holds out one that fell out."""
        return {"came_in": self.old.reasons, "fell_out": self.new.reasons}.get(self.flip, ())


@dataclass(frozen=True)
class Totals:
    """The clients that are in, summed.

    Attributes:
        clients: how many.
        volume_fen: principal outstanding on average over their terms.
        expected_loss_fen: principal lost to default over their terms.
        margin_fen: what is left after every cost and the hurdle, over their terms.
        profit_fen: profit after tax, before the hurdle, over their terms.
        nominal_irr: mean all-in cost a year, weighted by volume; None without clients.
        effective_annual_rate: the same, compounded.
        takers: clients expected to take the offer.
        taken_volume_fen: the volume expected from them.
    """

    clients: int
    volume_fen: int
    expected_loss_fen: int
    margin_fen: int
    profit_fen: int
    nominal_irr: float | None
    effective_annual_rate: float | None
    takers: float
    taken_volume_fen: int


@dataclass(frozen=True)
class ProductDiff:
    """Everything that two versions of a product do to a book.

    Attributes:
        changes: fields that differ.
        clients: the book in its order.
        old: totals under the old version.
        new: totals under the new one.
        completed: clients whose amount or term the book did not name, taken from the old version's typical contract.
    """

    changes: tuple[FieldChange, ...]
    clients: tuple[ClientDiff, ...]
    old: Totals
    new: Totals
    completed: int

    @property
    def flips(self) -> dict[str, int]:
        """How many clients stay in, stay out, came in and fell out."""
        counted = Counter(client.flip for client in self.clients)
        return {flip: counted[flip] for flip in ("stays_in", "stays_out", "came_in", "fell_out")}


def product_diff(old: Product, new: Product, book: ClientBook) -> ProductDiff:
    """Put a book through two versions of a product.

    Raises:
        BadInput: the book asks for a form that neither version has, or a form has no single rate for a term.
    """
    _check_forms(old, new, book)
    whole, completed = _completed(old, new, book)
    before, after = verdicts(old, whole), verdicts(new, whole)
    asked = whole.clients
    clients = tuple(
        ClientDiff(str(firm), float(risk), int(amount), int(term), was, now)
        for firm, risk, amount, term, was, now in zip(
            asked["firm_id"], asked["pd_annual"], asked["amount_fen"], asked["term_days"], before, after, strict=True
        )
    )
    return ProductDiff(tuple(field_changes(old, new)), clients, totals(before), totals(after), completed)


def field_changes(old: Product, new: Product) -> Iterator[FieldChange]:
    """Every field that differs between two product files, in the order of the old one, additions last."""
    before, after = dict(_leaves(old.model_dump(mode="json"))), dict(_leaves(new.model_dump(mode="json")))
    for field in [*before, *(field for field in after if field not in before)]:
        was, now = before.get(field, (None, "")), after.get(field, (None, ""))
        if was != now:
            units = [unit for _, unit in (was, now) if unit]
            yield FieldChange(field, was[0], now[0], " -> ".join(dict.fromkeys(units)))


def _leaves(content: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, tuple[Any, str]]]:
    """Every value with its unit by path; what is not said is left out."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        elif value is not None:
            has_unit = name in ("value", "values", "levels", "low", "high")
            yield f"{path}{name}", (value, str(content.get("unit", "")) if has_unit else "")


def _check_forms(old: Product, new: Product, book: ClientBook) -> None:
    known = [*old.forms, *(form for form in new.forms if form not in old.forms)]
    asked = book.clients["form"]
    problems = [
        Problem(f"must be one of the forms {', '.join(known)}", book.source, "form", str(form), row)
        for row, form in enumerate(asked, start=1)
        if isinstance(form, str) and form not in known
    ]
    if problems:
        raise BadInput(problems)


def _completed(old: Product, new: Product, book: ClientBook) -> tuple[ClientBook, int]:
    """The book with typical amounts and terms where it names none, the same for both versions."""
    clients = book.clients.copy()
    is_short = (clients["amount_fen"].isna() | clients["term_days"].isna()).to_numpy(dtype=bool)
    forms = []
    for asked in clients["form"]:
        name = asked if isinstance(asked, str) else old.first_form
        forms.append((old if name in old.forms else new).any_form(name))
    if is_short.any():
        for field, typical in (("amount_fen", _reference_amount_fen), ("term_days", _own_term_days)):
            usual = pd.Series([typical(form) for form in forms], dtype="Int64", index=clients.index)
            clients[field] = clients[field].astype("Int64").fillna(usual)
    return replace(book, clients=clients), int(is_short.sum())


def _reference_amount_fen(form: ProductForm) -> int:
    """What the form's typical contract finances, before any deposit, fen."""
    amount = next(getattr(form, field).fen for field in _REFERENCES if hasattr(form, field))
    return amount * (form.reference_debtors.value if hasattr(form, "reference_debtors") else 1)


def _own_term_days(form: ProductForm) -> int:
    own = form.own_term.default.value
    return own if form.term_unit == "days" else round(own * DAYS_A_YEAR / MONTHS_A_YEAR)


def term_of(form: ProductForm, term_days: int) -> int:
    """A number of days in the unit in which the form counts, the nearest whole one."""
    return term_days if form.term_unit == "days" else max(round(term_days * MONTHS_A_YEAR / DAYS_A_YEAR), 1)


def verdicts(product: Product, book: ClientBook) -> list[Verdict]:
    """What a product says to every client of a book that names every amount and term.

    Raises:
        BadInput: a form has no single rate for a term.
    """
    asked = book.clients
    names = np.array([form if isinstance(form, str) else product.first_form for form in asked["form"]])
    told: list[Verdict] = [Verdict(("form_not_offered",))] * len(asked)
    for name in dict.fromkeys(names.tolist()):
        if name in product.forms:
            rows = np.flatnonzero(names == name)
            for row, verdict in zip(rows, _of_form(product, name, book, rows), strict=True):
                told[row] = verdict
    return told


def _of_form(product: Product, name: str, book: ClientBook, rows: NDArray[np.int64]) -> list[Verdict]:
    form, asked = product.forms[name], book.clients.iloc[rows]
    missed = [_missed(form, *facts) for facts in zip(*(asked[fact] for fact in FACTS), strict=True)]
    terms = [term_of(form, int(days)) for days in asked["term_days"]]
    shortest, longest = form.own_term.shortest.value, form.own_term.longest.value
    by_term = {term: _terms(product, name, term) for term in dict.fromkeys(terms) if shortest <= term <= longest}
    told = [Verdict((*codes, "term_not_allowed")) for codes in missed]
    rows_with_terms = [row for row, term in enumerate(terms) if term in by_term]
    if not rows_with_terms:
        return told
    chosen = [by_term[terms[row]] for row in rows_with_terms]
    nominal = np.array([terms.nominal_irr for terms in chosen])
    days = np.array([terms.days for terms in chosen], dtype=float)
    risk = asked["pd_annual"].to_numpy(dtype=float)[rows_with_terms]
    amounts = asked["amount_fen"].to_numpy(dtype=float)[rows_with_terms]
    costs = replace(LenderCosts.on(product.priced_on), **form.own_costs)
    judged = quote(np.maximum(nominal, LEAST_RATE), risk, form.loss_given_default.value, days, costs)
    owed = amounts * np.array([terms.owed_share for terms in chosen])
    money_years = owed * days / DAYS_A_YEAR
    margin = np.asarray(judged.waterfall.margin)
    money = {
        "volume_fen": owed,
        "expected_loss_fen": owed * judged.expected_loss_share,
        "margin_fen": money_years * margin,
        "profit_fen": money_years * judged.raroc * np.asarray(costs.capital_share),
    }
    figures = {
        "nominal_irr": nominal,
        "effective_annual_rate": np.array([terms.effective_annual_rate for terms in chosen]),
        "required_rate_annual": np.asarray(judged.required_rate_annual),
        "break_even_pd": np.asarray(judged.break_even_pd),
        "take_up": _take_up(product, form, nominal, risk),
    }
    covers = nominal >= figures["required_rate_annual"]
    for place, row in enumerate(rows_with_terms):
        reasons = missed[row]
        if not covers[place]:
            reasons = (*reasons, PRICE_REASONS[0 if figures["break_even_pd"][place] < 0.0 else 1])
        known: dict[str, Any] = {field: float(values[place]) for field, values in figures.items()}
        if not reasons:
            known |= {field: round(float(values[place])) for field, values in money.items()}
        told[row] = Verdict(reasons, **known)
    return told


def _missed(form: ProductForm, months: Any, orders: Any, match: Any, past_due: Any) -> tuple[str, ...]:
    """The minimums that a client misses; what is not known misses nothing."""
    rules = form.eligibility
    return rules.refusals(
        _or(months, rules.months_on_platform_minimum.value),
        _or(orders, rules.orders_minimum.value),
        float(_or(match, 1.0)),
        _or(past_due, 0),
    )


def _or(value: Any, otherwise: Any) -> Any:
    """A value, or another where it is missing."""
    return otherwise if pd.isna(value) else value


def _terms(product: Product, name: str, term: int) -> Terms:
    """The typical contract of a form for a term, for each fen of the amount."""
    contract = product.reference_contract(name, term)
    try:
        rates = rates_of(contract)
    except BadInput as error:
        told = [replace(problem, file=product.name, field=f"forms.{name}, term {term}") for problem in error.problems]
        headline = f"the form {name} has no single rate for {term} {product.forms[name].term_unit}"
        raise BadInput(told, headline=headline) from error
    flows = contract.schedule()
    first, last = flows[0].day, flows[-1].day
    days = max(last - first, 1)
    repaid = sum(
        flow.amount_fen * (flow.day - first)
        for flow in flows
        if flow.kind is FlowKind.PRINCIPAL and flow.payee in FINANCIERS and flow.payer not in FINANCIERS
    )
    lent = sum(flow.amount_fen * (flow.day - first) for flow in flows if flow.kind is FlowKind.DRAW)
    return Terms(
        nominal_irr=float(rates.nominal_irr),
        effective_annual_rate=float(rates.effective_annual),
        days=days,
        owed_share=(repaid - lent) / days / _reference_amount_fen(product.forms[name]),
    )


def _take_up(product: Product, form: ProductForm, nominal: Floats, pd_annual: Floats) -> Floats:
    """Who would take the offer, given what each would pay elsewhere."""
    known, day = parameters("lifetime"), product.priced_on
    elsewhere = outside_rate(
        pd_annual,
        known.value("outside_rate_safest", day),
        known.value("outside_rate_riskiest", day),
        known.value("outside_rate_half_way_pd", day),
    )
    own_part = next((getattr(form, f).value for f in ("down_payment_share", "deposit_share") if hasattr(form, f)), 0.0)
    return RateBehaviour.on(day).take_up(nominal, elsewhere, own_part)


def totals(told: list[Verdict]) -> Totals:
    """The clients that are in, summed to the fen."""
    held = [verdict for verdict in told if verdict.is_in]
    volume = sum(verdict.volume_fen for verdict in held)

    def mean(field: str) -> float | None:
        weighted = sum(getattr(verdict, field) * verdict.volume_fen for verdict in held)
        return weighted / volume if volume else None

    return Totals(
        clients=len(held),
        volume_fen=volume,
        expected_loss_fen=sum(verdict.expected_loss_fen for verdict in held),
        margin_fen=sum(verdict.margin_fen for verdict in held),
        profit_fen=sum(verdict.profit_fen for verdict in held),
        nominal_irr=mean("nominal_irr"),
        effective_annual_rate=mean("effective_annual_rate"),
        takers=sum(verdict.take_up or 0.0 for verdict in held),
        taken_volume_fen=round(sum((verdict.take_up or 0.0) * verdict.volume_fen for verdict in held)),
    )
