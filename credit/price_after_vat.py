"""The one-period price after VAT: the lender keeps only a part of the rate that the client pays.

With kept share v (0.9366 of taxed interest) everything of `credit.pricing` holds for the kept rate v r: the required
rate rises to r* / v, the break-even PD falls, and VAT becomes the first step of the waterfall. v comes from
`credit.taxes` or, with the wrapper of an offer, from `credit.wrappers`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit.errors import BadInput, Problem
from credit.pricing import LenderCosts, Numbers, Quote, quote


@dataclass(frozen=True)
class TaxedQuote:
    """A rate judged before and after VAT at a default probability.

    Attributes:
        rate_annual: the rate that the client pays.
        kept_share: what the lender keeps of it.
        before: the judgement as if it kept all.
        after: the judgement of the kept rate; its rates are kept rates.
    """

    rate_annual: Numbers
    kept_share: Numbers
    before: Quote
    after: Quote

    @property
    def required_rate_annual(self) -> Numbers:
        """The rate that the client must pay so that RAROC equals the hurdle after VAT."""
        return self.after.required_rate_annual / self.kept_share

    @property
    def raroc(self) -> Numbers:
        """Return after all taxes on the capital tied up."""
        return self.after.raroc

    @property
    def break_even_pd(self) -> Numbers:
        """Default probability a year at which the margin after VAT is zero."""
        return self.after.break_even_pd

    def parts(self) -> dict[str, Numbers]:
        """Where the client's rate goes: VAT first, then the parts of the kept rate; they sum to `rate_annual`."""
        return {"vat": self.rate_annual - self.after.rate_annual, **self.after.waterfall.parts()}


def quote_after_vat(
    rate_annual: ArrayLike,
    pd_annual: ArrayLike,
    lgd: ArrayLike,
    term_days: ArrayLike,
    costs: LenderCosts,
    kept_share: ArrayLike,
) -> TaxedQuote:
    """Judge a rate before and after VAT; arguments broadcast.

    Args:
        rate_annual: what the client pays, a share a year, above 0.
        pd_annual: probability of default within a year, 0 to below 1.
        lgd: loss given default, 0 to 1.
        term_days: days to maturity, >= 1.
        costs: what money, capital and work cost.
        kept_share: what the lender keeps of the rate after VAT and surcharges, above 0, up to 1.

    Raises:
        BadInput: an argument is out of its range or not finite; the error names it.
    """
    kept = np.asarray(kept_share, dtype=float)
    is_right = (kept > 0.0) & (kept <= 1.0)
    if not is_right.all():
        told = float(kept[~is_right].flat[0])
        raise BadInput(Problem("must be above 0, up to 1", field="kept_share", value=told))
    before = quote(rate_annual, pd_annual, lgd, term_days, costs)
    share: Numbers = float(kept) if kept.ndim == 0 else kept
    after = quote(before.rate_annual * share, pd_annual, lgd, term_days, costs)
    return TaxedQuote(before.rate_annual, share, before, after)
