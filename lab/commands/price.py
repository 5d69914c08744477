"""`creditlab price`: what the client pays, what it must cost, what is left, before and after VAT."""

from datetime import date
from pathlib import Path

import numpy as np

from credit.errors import BadInput, Problem
from credit.life_price import LifeQuote
from credit.offer_price import OfferPrice, offer_price
from credit.offer_value import offer_value
from credit.product_forms import ProductForm
from credit.products import Product, load_product
from credit.ranges import within
from lab.law_answer import answered
from lab.output import give
from lab.price_answer import (
    AllowanceAnswer,
    LawAnswer,
    LifePriceAnswer,
    LifetimeAnswer,
    LifeWaterfallAnswer,
    LossAnswer,
    PriceAnswer,
    PriceWaterfall,
)
from lab.price_page import page

__all__ = ["PriceAnswer", "chosen_term", "price", "run"]


def run(
    file: Path,
    pd: float,
    form: str | None,
    lgd: float | None,
    term_days: int | None,
    rate_annual: float | None,
    *,
    term_months: int | None = None,
    lender: str | None = None,
    contract_date: date | None = None,
    is_one_period: bool = False,
    as_json: bool,
) -> None:
    """Price a product file at a probability of default and print the answer.

    Args:
        file: the product.
        pd: probability of default within a year, a share.
        form: the product's form; its first when absent.
        lgd: loss given default, a share; what the form's terms lose when absent.
        term_days: days to maturity; the form's own when absent.
        rate_annual: the rate to judge; the contract's nominal IRR when absent.
        term_months: months to maturity, for forms paid by the month; the form's own when absent.
        lender: who lends; the first that the form's wrapper is open to when absent.
        contract_date: whose parameters, taxes and rules are used; the day on which the product is priced when absent.
        is_one_period: show the page of the one-period formula alone; the answer holds both in any case.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the file is not a sound product, or an argument is out of its range.
    """
    product = load_product(file)
    name = form or product.first_form
    term = chosen_term(product.any_form(name), term_days, term_months)
    answer = price(product, name, pd, lgd, term, rate_annual, lender=lender, contract_date=contract_date)
    give(answer, as_json, page(product, answer, is_one_period=is_one_period))


def chosen_term(form: ProductForm, term_days: int | None, term_months: int | None) -> int | None:
    """The term asked for, in the unit that the form counts in; None where nothing was asked.

    Raises:
        BadInput: it was asked for in the other unit.
    """
    asked = {"days": term_days, "months": term_months}
    for unit, value in asked.items():
        if value is not None and unit != form.term_unit:
            raise BadInput(Problem(f"this form runs in {form.term_unit}", field=f"term_{unit}", value=value))
    return asked[form.term_unit]


def price(
    product: Product,
    form: str,
    pd: float,
    lgd: float | None,
    term: int | None,
    rate_annual: float | None,
    *,
    lender: str | None = None,
    contract_date: date | None = None,
) -> PriceAnswer:
    """The answer of the command; the term in the form's own unit, arguments and errors as in `run`."""
    within("pd", pd, 0.0, np.nextafter(1.0, 0.0))
    if lgd is not None:
        within("lgd", lgd, 0.0, 1.0)
    offer = offer_price(product, form, term=term, lgd=lgd, lender=lender, day=contract_date)
    rate = offer.nominal if rate_annual is None else rate_annual
    within("rate_annual", rate, low=np.nextafter(0.0, 1.0) if rate_annual is not None else -np.inf)
    lived, one_period, rates = offer.priced(pd, rate), offer.one_period(pd, rate), offer.rates
    hand = one_period.before
    return PriceAnswer(
        product=product.name,
        product_hash=product.hash,
        form=form,
        priced_on=offer.day.isoformat(),
        wrapper=offer.wrapper,
        lender=offer.lender,
        pd=pd,
        obligor=offer.form.obligor,
        lgd=offer.mean_lgd,
        term_days=offer.duration_days,
        simple_annual_rate=float(rates.simple_annual),
        nominal_irr=float(rates.nominal_irr),
        effective_annual_rate=float(rates.effective_annual),
        rate_annual=rate,
        kept_share=offer.kept_share,
        capital_share=float(offer.costs.capital_share),
        capital_rule=offer.treatment.capital.approach,
        law=_law(offer, rate if rate_annual is not None else None),
        before_vat=_lived(lived.before, offer.break_even_pd(rate, is_after_vat=False)),
        after_vat=_lived(lived.after, offer.break_even_pd(rate)),
        loss=_loss(offer),
        lifetime=_lifetime(offer, pd, rate),
        allowance=_allowance(offer, pd),
        expected_loss_share=float(hand.expected_loss_share),
        required_rate_annual=float(hand.required_rate_annual),
        raroc=float(hand.raroc),
        break_even_pd=float(hand.break_even_pd),
        waterfall=PriceWaterfall(**{name: float(part) for name, part in hand.waterfall.parts().items()}),
    )


def _law(offer: OfferPrice, rate: float | None) -> LawAnswer:
    """The rules of the day at the contract's own cost, or at another rate."""
    judged = offer.review if rate is None else offer.review_at(rate)
    return LawAnswer(
        is_allowed=judged.is_allowed,
        cap_annual=offer.treatment.rate_cap.rate_annual,
        findings=answered(judged.findings),
    )


def _lived(told: LifeQuote, break_even: float | None) -> LifePriceAnswer:
    return LifePriceAnswer(
        required_rate_annual=float(told.required_rate_annual),
        raroc=float(told.raroc),
        break_even_pd=break_even,
        waterfall=LifeWaterfallAnswer(**{name: float(part) for name, part in told.waterfall.parts().items()}),
    )


def _loss(offer: OfferPrice) -> LossAnswer:
    found = offer.loss
    return LossAnswer(
        lgd=found.mean_lgd,
        from_terms=found.mean_of(found.mechanism),
        stated=found.stated,
        stated_weight=found.stated_weight,
        causes={name: found.mean_of(part) for name, part in found.causes.items()},
        in_a_bad_market=offer.bad_loss.mean_lgd,
        first_payment_fraud_share=float(offer.fraud_share()),
        first_payment_fraud_lgd=offer.fraud_lgd,
    )


def _lifetime(offer: OfferPrice, pd: float, rate: float) -> LifetimeAnswer:
    found = offer_value(offer, [pd], [max(rate, 0.0)])
    return LifetimeAnswer(
        take_up=float(found.take_up[0, 0]),
        value_if_taken=float(found.value_if_taken[0, 0]),
        default_if_taken=float(found.default_if_taken[0, 0]),
    )


def _allowance(offer: OfferPrice, pd: float) -> AllowanceAnswer:
    found = offer.allowance(pd)
    return AllowanceAnswer(
        basis=found.basis, amount_fen=found.amount_fen, share=found.share, lifetime_fen=found.lifetime_fen
    )
