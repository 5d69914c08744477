"""What a product says to the clients of a book: in or out and why, at which price, and what it earns on each.

A client is in when the product offers the form, the client meets its minimums, the term is allowed, and the price
covers the required rate at the client's PD, which is the same as a PD up to break-even. Money follows
`credit.offer_price`: the typical contract of the form for the client's term by the first lender of its wrapper, over
its life and after VAT, scaled to the client's amount. Take-up, how likely the client would want the offer, stands
beside it and decides nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit.client_books import FACTS, ClientBook
from credit.contracts.base import FINANCIERS, FlowKind
from credit.errors import BadInput
from credit.offer_price import OfferPrice, offer_price
from credit.offer_value import take_up
from credit.pricing import DAYS_A_YEAR
from credit.product_forms import ProductForm
from credit.products import Product

Floats = NDArray[np.float64]

MONTHS_A_YEAR = 12
NEVER_PAYS = -1.0
"""The break-even PD of a rate that does not pay its cost even without defaults: below every PD."""

FIGURES = ("nominal_irr", "effective_annual_rate", "required_rate_annual", "break_even_pd", "take_up")
MONEY = ("volume_fen", "expected_loss_fen", "margin_fen", "profit_fen")

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
    by_term = {term: _priced(product, name, term) for term in dict.fromkeys(terms) if shortest <= term <= longest}
    told = [Verdict((*codes, "term_not_allowed")) for codes in missed]
    rows_with_terms = [row for row, term in enumerate(terms) if term in by_term]
    if not rows_with_terms:
        return told
    risk = asked["pd_annual"].to_numpy(dtype=float)[rows_with_terms]
    amounts = asked["amount_fen"].to_numpy(dtype=float)[rows_with_terms]
    months = asked["months_on_platform"].fillna(form.eligibility.months_on_platform_minimum.value)
    known_for = months.to_numpy(dtype=float)[rows_with_terms]
    figures: dict[str, Floats] = {field: np.zeros(len(rows_with_terms)) for field in FIGURES}
    money: dict[str, Floats] = {field: np.zeros(len(rows_with_terms)) for field in MONEY}
    for term, priced in by_term.items():
        places = np.flatnonzero([terms[row] == term for row in rows_with_terms])
        for field, values in _judged(priced, risk[places], known_for[places]).items():
            figures[field][places] = values
        for field, values in _earned(priced, risk[places], known_for[places], amounts[places]).items():
            money[field][places] = values
    nominal = figures["nominal_irr"]
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


def _priced(product: Product, name: str, term: int) -> OfferPrice:
    """A form for a term, with its rates."""
    offer = offer_price(product, name, term=term)
    try:
        offer.nominal  # noqa: B018  # a plan with no rate is told with its form and term
    except BadInput as error:
        told = [replace(problem, file=product.name, field=f"forms.{name}, term {term}") for problem in error.problems]
        headline = f"the form {name} has no single rate for {term} {product.forms[name].term_unit}"
        raise BadInput(told, headline=headline) from error
    return offer


def _judged(offer: OfferPrice, pd_annual: Floats, months_known: Floats) -> dict[str, Any]:
    """What clients would pay and must pay, and who would take it, by the names of `FIGURES`."""
    after = offer.quoted(offer.risk(pd_annual, months_known)).after
    break_even = offer.break_even_pds(months_known)
    return {
        "nominal_irr": offer.nominal,
        "effective_annual_rate": float(offer.rates.effective_annual),
        "required_rate_annual": after.required_rate_annual,
        "break_even_pd": np.where(np.isnan(break_even), NEVER_PAYS, break_even),
        "take_up": take_up(offer, pd_annual, offer.nominal),
    }


def _earned(offer: OfferPrice, pd_annual: Floats, months_known: Floats, amount_fen: Floats) -> dict[str, Any]:
    """What is earned over the term on amounts asked for, by the names of `MONEY`."""
    risk = offer.risk(pd_annual, months_known)
    after = offer.quoted(risk).after
    owed = amount_fen * _owed_share(offer)
    money_years = owed * offer.duration_days / DAYS_A_YEAR
    return {
        "volume_fen": owed,
        "expected_loss_fen": money_years * np.asarray(risk.loss),
        "margin_fen": money_years * np.asarray(after.waterfall.margin),
        "profit_fen": money_years * np.asarray(after.raroc) * np.asarray(offer.costs.capital_share),
    }


def _owed_share(offer: OfferPrice) -> float:
    """Principal outstanding on average, of the amount asked for."""
    flows = offer.contract.schedule()
    first = flows[0].day
    repaid = sum(
        flow.amount_fen * (flow.day - first)
        for flow in flows
        if flow.kind is FlowKind.PRINCIPAL and flow.payee in FINANCIERS and flow.payer not in FINANCIERS
    )
    lent = sum(flow.amount_fen * (flow.day - first) for flow in flows if flow.kind is FlowKind.DRAW)
    return (repaid - lent) / offer.duration_days / reference_amount_fen(offer.form)


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
