"""One form of a product as an offer: its contract, what it costs the client, what it earns, what the law says to it.

Whatever the contract, an offer is read through the same few doors: the form's reference contract, the three rates of
its cash flows, the wrapper's treatment, the price over its life before and after VAT (`credit.offer_price`). What only
some contracts have is absent here.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from credit.break_even import break_even_surface
from credit.collateral import goods_lgd
from credit.contract_rates import ContractRates
from credit.contracts import Contract
from credit.life_price import TwoSidedQuote
from credit.loss_market import LossMarket
from credit.offer_price import OfferPrice
from credit.operating_cost import WorkCosts
from credit.pricing import LEAST_RATE, LenderCosts
from credit.product_forms import ProductForm
from credit.products import Product
from credit.purchase_forms import GoodsControlledForm
from credit.sourced import Sourced
from credit.wrapper_rules import entity_of, wrapper_rules
from credit.wrappers import Review, Treatment
from reports.product_memo.assumptions import Assumptions

PPM_DECIMALS = 6

RATE_FIELDS = ("day_rate", "rate_annual", "cap")
DEPOSIT_FIELDS = ("deposit_share", "down_payment_share", "advance_share")


@dataclass(frozen=True)
class Setting:
    """What surrounds an offer.

    Attributes:
        day: contract date, whose rules, taxes and costs are in force.
        wrapper: the legal shape.
        lender: who lends.
        pd_annual: the client's probability of default within a year.
        assumed: what the memo assumes beside the product.
    """

    day: date
    wrapper: str
    lender: str
    pd_annual: float
    assumed: Assumptions


@dataclass(frozen=True)
class Offer:
    """A form under its setting; everything else follows, by the chain of `credit.offer_price`.

    Attributes:
        form: the form, with the product's numbers or changed ones.
        setting: client, lender, law and day.
        term: days or months, as the form counts; its own when None.
        lgd_given: loss given default instead of the form's; None leaves the form's.
    """

    form: ProductForm
    setting: Setting
    term: int | None = None
    lgd_given: float | None = None

    @cached_property
    def chain(self) -> OfferPrice:
        """The offer as every door prices it."""
        setting = self.setting
        return OfferPrice(self.form, setting.day, setting.wrapper, setting.lender, self.term, self.lgd_given)

    @property
    def contract(self) -> Contract:
        """The typical contract, starting on the setting's day."""
        return self.chain.contract

    @property
    def rates(self) -> ContractRates:
        """What it costs the client a year: simple, nominal, effective."""
        return self.chain.rates

    @property
    def nominal(self) -> float:
        """The all-in nominal annual cost of the money received."""
        return self.chain.nominal

    @property
    def exposure(self) -> np.ndarray:
        """Exposure in fen on each day from the first to the last."""
        return self.chain.owed_fen

    @property
    def largest_exposure_fen(self) -> float:
        """The most that the client owes on one contract."""
        return float(self.exposure.max())

    @property
    def duration_days(self) -> int:
        """Days from the first to the last payment."""
        return self.chain.duration_days

    @property
    def treatment(self) -> Treatment:
        """Licence, cap, tax, books and capital."""
        return self.chain.treatment

    @property
    def review(self) -> Review:
        """What the rules of the day say to the offer."""
        return self.chain.review

    @property
    def cap_room(self) -> float:
        """Cap less nominal cost, a share a year."""
        return self.treatment.rate_cap.rate_annual - self.nominal

    @property
    def costs(self) -> LenderCosts:
        """Money, work and capital: the common numbers, what the form says of itself, what binds the lender."""
        return self.chain.costs

    @property
    def lgd(self) -> float:
        """Loss given default over the life of the contract, from its terms."""
        return self.chain.mean_lgd

    @property
    def lgd_high(self) -> float:
        """The same in a bad market."""
        return self.chain.bad_loss.mean_lgd

    @cached_property
    def price(self) -> TwoSidedQuote:
        """The nominal cost judged before and after VAT at the reference PD."""
        return self.chain.priced(self.setting.pd_annual)

    @property
    def required_rate(self) -> float:
        """What the client must pay so that the hurdle is earned after VAT."""
        return float(self.price.after.required_rate_annual)

    @property
    def raroc(self) -> float:
        """Return after VAT and tax on the capital tied up."""
        return float(self.price.after.raroc)

    @cached_property
    def break_even_pd(self) -> float:
        """The PD at which the hurdle is just earned after VAT; 0 where it is not even without defaults."""
        return self.chain.break_even_pd() or 0.0

    @cached_property
    def bad_year_raroc(self) -> float:
        """The return with the PD of a bad year and what a default then costs."""
        pd = min(self.setting.pd_annual * self.setting.assumed.bad_year_pd_multiple, 0.999)
        return float(self.chain.priced_in_a_bad_market(pd).after.raroc)

    @property
    def size_multiple(self) -> float:
        """The typical exposure over the least that pays for its work, counted by order and client; 0: none pays."""
        assumed = self.setting.assumed
        found = break_even_surface(
            self.duration_days,
            self.largest_exposure_fen,
            max(self.nominal, LEAST_RATE),
            self.setting.pd_annual,
            self.lgd,
            self.costs,
            WorkCosts.on(self.setting.day),
            kept_share=self.chain.kept_share,
            fraud_loss_share=self.fraud_loss_share,
            relationship_years=assumed.relationship_years,
        )
        return self.largest_exposure_fen / float(found.break_even_exposure_fen[0])

    @property
    def fraud_loss_share(self) -> float:
        """What clients that never meant to pay take, a share of the first exposure."""
        return float(self.chain.fraud_share()) * self.chain.fraud_lgd

    def crash_loss(self) -> float | None:
        """Loss given default of goods in custody after the reference crash; None where no goods are held."""
        if not isinstance(self.form, GoodsControlledForm):
            return None
        return float(self.goods_loss(self.form.deposit_share.value, self.setting.assumed.crash_price_drop))

    def goods_loss(self, deposit_share: Any, price_drop_share: Any) -> np.ndarray:
        """Loss given default of goods in custody held to maturity; arrays broadcast."""
        form = self.form
        if not isinstance(form, GoodsControlledForm):
            raise TypeError("only goods-controlled purchase holds goods")
        return goods_lgd(
            price_drop_share=price_drop_share,
            deposit_share=deposit_share,
            day_rate=form.day_rate.value,
            held_days=self.term or form.term.default.value,
            liquidation_cost_share=form.sale_cost_share(LossMarket.on(self.setting.day)),
        )

    def assumption_share(self) -> float:
        """Share of the form's sourced numbers that are assumptions."""
        found = list(sourced_numbers(self.form))
        return sum(number.confidence == "assumption" for _, number in found) / max(len(found), 1)

    def with_field(self, name: str, value: float) -> "Offer":
        """The offer with one number of its form changed, to the part per million."""
        stated = getattr(self.form, name)
        changed = stated.model_copy(update={"value": round(value, PPM_DECIMALS), "low": None, "high": None})
        return replace(self, form=self.form.model_copy(update={name: changed}))

    def with_choice(self, name: str, value: Any) -> "Offer":
        """The offer with one of its form's choices another, such as its guarantee."""
        return replace(self, form=self.form.model_copy(update={name: value}))

    def with_term(self, term: int) -> "Offer":
        """The offer for another term, in the unit in which its form counts."""
        return replace(self, term=term)

    def with_setting(self, **changes: Any) -> "Offer":
        """The offer in another setting."""
        return replace(self, setting=replace(self.setting, **changes))

    def with_pd(self, pd_annual: float) -> "Offer":
        """The offer to another client: contract, law and loss are kept as they were found."""
        moved = self.with_setting(pd_annual=pd_annual)
        vars(moved)["chain"] = self.chain
        return moved

    def with_lgd(self, lgd: float) -> "Offer":
        """The offer with another loss given default, whatever its terms say."""
        moved = replace(self, lgd_given=lgd)
        vars(moved)["chain"] = self.chain.with_lgd(lgd)
        return moved

    def field_of(self, names: tuple[str, ...]) -> str | None:
        """The first of some names that the form has, such as its rate; None where it has none of them."""
        return next((name for name in names if isinstance(getattr(self.form, name, None), Sourced)), None)

    def day_of(self, ordinal: int) -> date:
        """A contract's day number as a date."""
        return self.setting.day + timedelta(days=ordinal - self.setting.day.toordinal())


def offer_of(product: Product, form: str, lender: str, pd_annual: float, day: date | None = None) -> Offer:
    """A product's form as an offer on the day the product is priced.

    Args:
        product: the product.
        form: its form; empty = the first.
        lender: who lends; empty = the first that the wrapper is open to.
        pd_annual: the reference client's PD; 0 = that of the assumptions.
        day: another contract date.

    Raises:
        BadInput: no such form or lender.
    """
    chosen = product.any_form(form or product.first_form)
    on = day or product.priced_on
    assumed = Assumptions.on(on)
    who = entity_of(lender).value if lender else next(iter(wrapper_rules(chosen.wrapper).lenders))
    return Offer(chosen, Setting(on, chosen.wrapper, who, pd_annual or assumed.reference_pd_annual, assumed))


def sourced_numbers(model: Any, prefix: str = "") -> Any:
    """Every number of a form that carries a source, by dotted name."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Sourced):
            yield f"{prefix}{name}", value
        elif hasattr(type(value), "model_fields"):
            yield from sourced_numbers(value, f"{prefix}{name}.")
