"""What a product says to the clients of a book: in or out and why, at which price, and what it earns on each.

A client is in when the product offers the form, the client meets its minimums, the term is allowed, and the price
covers the required rate at the client's PD, which is the same as a PD up to break-even. Money follows `credit.pricing`:
the typical contract of the form for the client's term, scaled to the client's amount; before VAT. Take-up, how likely
the client would want the offer, stands beside it and decides nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit.client_books import FACTS, ClientBook
from credit.contract_rates import rates_of
from credit.contracts.base import FINANCIERS, FlowKind
from credit.errors import BadInput
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
        owed_share=(repaid - lent) / days / reference_amount_fen(product.forms[name]),
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


def reference_amount_fen(form: ProductForm) -> int:
    """What the form's typical contract finances, before any deposit, fen."""
    amount = next(getattr(form, field).fen for field in _REFERENCES if hasattr(form, field))
    return amount * (form.reference_debtors.value if hasattr(form, "reference_debtors") else 1)


def own_term_days(form: ProductForm) -> int:
    own = form.own_term.default.value
    return own if form.term_unit == "days" else round(own * DAYS_A_YEAR / MONTHS_A_YEAR)


def term_of(form: ProductForm, term_days: int) -> int:
    """A number of days in the unit in which the form counts, the nearest whole one."""
    return term_days if form.term_unit == "days" else max(round(term_days * MONTHS_A_YEAR / DAYS_A_YEAR), 1)
