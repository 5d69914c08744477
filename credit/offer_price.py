"""From a form to an honest price: contract, law, loss, life. The one chain that every door uses.

    form -> contract -> rates, balances             what the client pays, what it owes when
         -> wrapper, lender, day -> VAT, capital    what the law leaves and asks for
         -> loss profile                            what a default costs, from the form's own terms
         -> life -> required rate, RAROC, waterfall before and after VAT

No form is asked for by name: a form supplies its promise and its loss, and this module composes them. What runs in days
is taken again and again, cycle by cycle; what runs in months is followed month by month to its end. The one-period
formula of DESIGN 5 stands beside (`OfferPrice.one_period`).
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from credit.contract_periods import calendar_months, equal_months, mean_owed, owed_at
from credit.cycle_pricing import DAYS_A_MONTH, cycle_defaults, fraud_still_there
from credit.life_price import Life, LifeRisk, TwoSidedQuote, break_even_pd, life_quote, life_risk
from credit.loss_market import LossMarket
from credit.loss_profile import DefaultTimes, LossProfile
from credit.offer_terms import OfferTerms, first_lender
from credit.origination_allowance import Basis, OriginationAllowance, allowance_at_origination, basis_of
from credit.parameters import parameters
from credit.price_after_vat import TaxedQuote, quote_after_vat
from credit.pricing import LEAST_RATE, Numbers
from credit.products import Product
from credit.ranges import Floats
from credit.wrapper_rules import entity_of

_LOSS_FREE = (
    "contract",
    "flows",
    "rates",
    "owed_fen",
    "duration_days",
    "treatment",
    "review",
    "costs",
    "_period_ends",
    "_default_times",
)
"""What `OfferPrice` holds once computed that does not depend on the loss given default."""


@dataclass(frozen=True)
class OfferPrice(OfferTerms):
    """An offer with its loss, its life and its price; everything follows from its attributes.

    Attributes:
        lgd: loss given default that overrides the form's, at every time; None leaves the form's.
    """

    lgd: float | None = None

    def with_lgd(self, lgd: float) -> "OfferPrice":
        """The same contract with another loss given default: what does not depend on it is kept."""
        moved = replace(self, lgd=lgd)
        vars(moved).update({name: value for name, value in vars(self).items() if name in _LOSS_FREE})
        return moved

    # --- what a default costs

    @cached_property
    def loss(self) -> LossProfile:
        """Loss given default by time of default, from the form's own terms; the override where there is one."""
        found = self.form.loss_profile(self._default_times, LossMarket.on(self.day))
        return found if self.lgd is None else found.held_at(self.lgd)

    @cached_property
    def bad_loss(self) -> LossProfile:
        """The same in a bad market; never less."""
        found = self.form.loss_profile(self._default_times, LossMarket.bad_on(self.day), is_bad=True)
        return found if self.lgd is None else found.held_at(max(self.lgd, min(found.mean_lgd, 1.0)))

    @property
    def mean_lgd(self) -> float:
        """Loss given default over the life of the contract, weighed by what is owed."""
        return self.loss.mean_lgd

    def fraud_share(self, months_known: ArrayLike | None = None) -> Numbers:
        """Clients that never meant to pay and pass the fraud gate.

        Args:
            months_known: for which a client has been on the platform, one number or one a client; what the form asks
                for when absent.
        """
        asked = self.form.eligibility.months_on_platform_minimum.value
        return fraud_still_there(self.day, asked if months_known is None else months_known)

    @property
    def fraud_lgd(self) -> float:
        """Loss given that."""
        return parameters("lifetime").value("fraud_lgd", self.day)

    # --- the life of the contract

    @cached_property
    def life(self) -> Life:
        """The contract in periods: cycles of a short one, months of a long one."""
        return self._life_with(self.loss)

    def risk(self, pd_annual: ArrayLike, months_known: ArrayLike | None = None) -> LifeRisk:
        """What default takes of a money-year at a constant PD a year, or at many.

        Args:
            pd_annual: probability of default within a year; a scalar or shape (clients,).
            months_known: as in `fraud_share`.

        Raises:
            BadInput: a probability is out of its range.
        """
        life = self.life if months_known is None else replace(self.life, fraud_share=self.fraud_share(months_known))
        return life_risk(life, life.defaults_at(pd_annual), self.costs)

    def risk_of_curve(self, cumulative_hazard: ArrayLike) -> LifeRisk:
        """What default takes of a money-year under a PD curve.

        Args:
            cumulative_hazard: H at the ends of months 1, 2, ... of any survival model, shape (..., months); of a
                repeated contract the last cycle that it covers repeats.

        Raises:
            BadInput: the curve falls, or ends before the contract does.
        """
        life = self.life
        months = np.asarray(cumulative_hazard, dtype=float).shape[-1]
        covered = int(np.floor(months * DAYS_A_MONTH / life.period_days + 1e-9))
        periods = max(covered, 1) if life.is_repeated else len(life.balance)
        cycles = cycle_defaults(cumulative_hazard, life.period_days, periods)
        if life.is_repeated:
            first = np.zeros(periods, dtype=int)
            life = replace(life, balance=life.balance[first], exposure=life.exposure[first], lgd=life.lgd[first])
        return life_risk(life, cycles, self.costs)

    # --- the price

    def quoted(self, risk: LifeRisk, rate_annual: float | None = None) -> TwoSidedQuote:
        """A rate, the contract's own nominal cost unless given, judged before and after VAT."""
        rate = max(self.nominal if rate_annual is None else rate_annual, LEAST_RATE)
        return TwoSidedQuote(life_quote(rate, risk, self.costs), life_quote(rate, risk, self.costs, self.kept_share))

    def priced(self, pd_annual: ArrayLike, rate_annual: float | None = None) -> TwoSidedQuote:
        """The same at a constant PD a year, or at many."""
        return self.quoted(self.risk(pd_annual), rate_annual)

    def priced_in_a_bad_market(self, pd_annual: ArrayLike) -> TwoSidedQuote:
        """The contract's own cost judged where a default costs what it does in a bad market."""
        life = self._life_with(self.bad_loss)
        return self.quoted(life_risk(life, life.defaults_at(pd_annual), self.costs))

    def break_even_pd(self, rate_annual: float | None = None, *, is_after_vat: bool = True) -> float | None:
        """The constant PD at which a rate just earns the hurdle; None where it does not even without defaults."""
        rate = self.nominal if rate_annual is None else rate_annual
        found = float(break_even_pd(rate, self.life, self.costs, self.kept_share if is_after_vat else 1.0))
        return None if np.isnan(found) else found

    def break_even_pds(self, months_known: ArrayLike) -> Floats:
        """The same after VAT for clients that have been on the platform for some months; nan where none is."""
        life = replace(self.life, fraud_share=np.atleast_1d(self.fraud_share(months_known)))
        return np.asarray(break_even_pd(self.nominal, life, self.costs, self.kept_share))

    def one_period(self, pd_annual: ArrayLike, rate_annual: float | None = None) -> TaxedQuote:
        """The reference formula of DESIGN 5: one PD a year, one LGD, no fraud, no life."""
        rate = max(self.nominal if rate_annual is None else rate_annual, LEAST_RATE)
        return quote_after_vat(rate, pd_annual, self.mean_lgd, float(self.duration_days), self.costs, self.kept_share)

    # --- the accounts

    @property
    def allowance_basis(self) -> Basis:
        """On what the accounts hold the losses of the contract, or why they hold none."""
        return basis_of(self.treatment.accounting, self.form.is_stock_until_redeemed)

    def allowance(self, pd_annual: float) -> OriginationAllowance:
        """What the accounts book on the first day."""
        ages = calendar_months(self.duration_days)
        times = DefaultTimes(ages, owed_at(self.owed_fen, ages), self.flows)
        profile = self.form.loss_profile(times, LossMarket.on(self.day))
        if self.lgd is not None:
            profile = profile.held_at(self.lgd)
        return allowance_at_origination(
            self.allowance_basis,
            profile,
            np.diff(ages, prepend=0.0) / DAYS_A_MONTH,
            pd_annual,
            float(self.rates.effective_annual),
            self.day,
            fraud_share=float(self.fraud_share()),
            fraud_lgd=self.fraud_lgd,
        )

    @cached_property
    def _period_ends(self) -> Floats:
        return np.array([float(self.duration_days)]) if self.is_repeated else equal_months(self.duration_days)

    @cached_property
    def _default_times(self) -> DefaultTimes:
        return DefaultTimes(self._period_ends, owed_at(self.owed_fen, self._period_ends), self.flows)

    def _life_with(self, loss: LossProfile) -> Life:
        ends = self._period_ends
        balance = mean_owed(self.owed_fen, ends)
        # interest that accrues is income until default: what is owed counts as it stands on average, not at its height
        owed = self._default_times.owed_fen
        exposure = balance * np.divide(loss.exposure_fen, owed, out=np.ones_like(owed), where=owed > 0.0)
        exposure = np.where(owed > 0.0, exposure, loss.exposure_fen)
        order = np.zeros(2, dtype=int) if self.is_repeated else np.arange(len(ends))
        return Life(
            period_days=self.duration_days / len(ends),
            balance=balance[order],
            exposure=exposure[order],
            lgd=loss.lgd[order],
            exit_annual=parameters("lifetime").value("exit_at_parity_annual", self.day),
            fraud_share=float(self.fraud_share()),
            fraud_lgd=self.fraud_lgd,
            is_repeated=self.is_repeated,
        )


def offer_price(
    product: Product,
    form: str,
    *,
    term: int | None = None,
    lgd: float | None = None,
    lender: str | None = None,
    day: date | None = None,
) -> OfferPrice:
    """A form of a product as its own wrapper offers it.

    Args:
        product: the product.
        form: its form, by name.
        term: days or months, as the form counts; its own when absent.
        lgd: loss given default instead of the form's.
        lender: who lends; the first that the wrapper is open to when absent.
        day: contract date; the day on which the product is priced when absent.

    Raises:
        BadInput: no such form, term or lender.
    """
    chosen = product.any_form(form)
    who = first_lender(chosen.wrapper) if lender is None else entity_of(lender).value
    return OfferPrice(chosen, day or product.priced_on, chosen.wrapper, who, term, lgd)
