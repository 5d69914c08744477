"""What an offer is before anything is said of its risk: its contract and rates, and what the law makes of it.

The same form is another offer in another legal wrapper, by another lender or on another day: VAT, caps, books and
capital follow from these three.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from credit.contract_rates import ContractRates, rates_of
from credit.contracts import CashFlow, Contract
from credit.pricing import LenderCosts
from credit.product_forms import ProductForm
from credit.ranges import Floats
from credit.wrapper_rules import wrapper_rules
from credit.wrapper_treatment import Treatment, treatment
from credit.wrappers import Offer, Review, review


@dataclass(frozen=True)
class OfferTerms:
    """A form of a product, offered in a legal wrapper by a lender on a day.

    Attributes:
        form: the form, with the product's numbers or changed ones.
        day: contract date, whose rules, taxes, costs and losses are in force.
        wrapper: the legal shape.
        lender: who lends.
        term: days or months, as the form counts; its own when None.
    """

    form: ProductForm
    day: date
    wrapper: str
    lender: str
    term: int | None = None

    # --- what the client pays, and owes

    @cached_property
    def contract(self) -> Contract:
        """The typical contract, starting on the day."""
        return self.form.reference_contract(self.day.toordinal(), self.term)

    @cached_property
    def flows(self) -> tuple[CashFlow, ...]:
        """What is promised, in the order of days."""
        return self.contract.schedule()

    @cached_property
    def rates(self) -> ContractRates:
        """What it costs the client a year: simple, nominal, effective.

        Raises:
            NoRate: the flows do not change their sign.
            SeveralRates: several rates solve them.
        """
        return rates_of(self.contract, self.flows)

    @property
    def nominal(self) -> float:
        """The all-in nominal annual cost of the money received."""
        return float(self.rates.nominal_irr)

    @cached_property
    def owed_fen(self) -> Floats:
        """Exposure on each day from the first to the last."""
        return np.array(self.contract.exposure_profile(), dtype=float)

    @cached_property
    def duration_days(self) -> int:
        """Days from the first to the last payment, which are those on which something is at stake."""
        return max(len(self.owed_fen) - 1, 1)

    @property
    def is_repeated(self) -> bool:
        """Whether the contract is taken again and again: what is counted in days turns over, months run to an end."""
        return self.form.term_unit == "days"

    # --- what the law leaves, and asks for

    @cached_property
    def treatment(self) -> Treatment:
        """Licence, cap, tax, books and capital.

        Raises:
            BadInput: the wrapper is not open to the lender, or no rule is known for the day.
        """
        return treatment(
            self.wrapper,
            self.lender,
            self.day,
            is_leaseback=self.form.is_leaseback and self.wrapper == "finance_lease",
            has_revenue_share=self.form.has_revenue_share,
        )

    @cached_property
    def review(self) -> Review:
        """What the rules of the day say to the offer at the contract's own cost.

        Raises:
            BadInput: as in `treatment`, and where the contract has no rate.
        """
        return self.review_at(max(self.nominal, 0.0), float(self.rates.effective_annual))

    def review_at(self, nominal_annual: float, effective_annual: float | None = None) -> Review:
        """The same at another all-in nominal annual cost of the money received."""
        return review(
            Offer(
                wrapper=self.wrapper,
                entity=self.lender,
                contract_date=self.day,
                nominal_annual_rate=nominal_annual,
                effective_annual_rate=effective_annual,
                contract=self.form.contract,
                is_leaseback=self.form.is_leaseback and self.wrapper == "finance_lease",
                has_revenue_share=self.form.has_revenue_share,
            )
        )

    @cached_property
    def costs(self) -> LenderCosts:
        """Money, work and capital: the common numbers, what the form says of itself, what binds the lender.

        A leverage rule binds whatever the form says. Where a risk weight counts, the form's own replaces the rule's.
        """
        common = LenderCosts.on(self.day)
        own = replace(common, **self.form.own_costs)
        prescribed, is_leverage = self.treatment.capital_share, self.treatment.capital.approach == "leverage"
        if prescribed is None or (self.form.risk_weight is not None and not is_leverage):
            return own
        return own.with_equity(prescribed)

    @property
    def kept_share(self) -> float:
        """What the lender keeps of what the client pays for the money."""
        return self.treatment.vat.kept_share


def first_lender(wrapper: str) -> str:
    """The lender that a wrapper is meant for first."""
    return next(iter(wrapper_rules(wrapper).lenders))
