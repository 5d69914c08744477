"""What a loan must cost, what it earns, and where its interest goes: the one-period price.

Rates are shares a year before VAT. With funding cost f, capital k = risk weight x capital ratio, hurdle after tax h,
tax share t, operating cost o, default probability PD and loss given default LGD:

* required rate  r* = [(1 - k) f + k h / (1 - t) + o + PD LGD] / (1 - PD)
* RAROC          (1 - t) [r (1 - PD) - (1 - k) f - o - PD LGD] / k
* break-even PD  [r - (1 - k) f - k h / (1 - t) - o] / (r + LGD): the PD at which r is the required rate
* waterfall      r = funding (1 - k) f + expected loss PD (LGD + r) + operating cost o
                     + capital charge k h / (1 - t) + margin, which is the rest

A positive margin, a rate above the required one, a RAROC above the hurdle and a PD below break-even are the same thing
said four times. Every argument is a float or an array; arrays broadcast.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.parameters import ParameterSet, parameters

DAYS_A_YEAR = 365.0
LEAST_RATE = 1e-9
"""A contract without interest and fee is judged as if it cost this much: the price needs a rate above nothing."""

Numbers = float | NDArray[np.float64]


@dataclass(frozen=True)
class LenderCosts:
    """What money, capital and work cost a lender, shares a year; `data/parameters/pricing.yaml` has them with sources.

    Attributes:
        funding_cost_annual: rate paid on borrowed money.
        hurdle_rate_annual: return after tax wanted on capital.
        tax_share: tax on profit, below 1.
        operating_cost_annual: work on the loan, of the exposure.
        risk_weight: risk-weighted over nominal exposure.
        capital_ratio: capital over risk-weighted exposure.
    """

    funding_cost_annual: Numbers
    hurdle_rate_annual: Numbers
    tax_share: Numbers
    operating_cost_annual: Numbers
    risk_weight: Numbers
    capital_ratio: Numbers

    @classmethod
    def on(cls, day: date, source: ParameterSet | None = None) -> "LenderCosts":
        """The costs in force on a day.

        Raises:
            BadInput: a parameter is missing or not known for that day.
        """
        known = parameters("pricing") if source is None else source
        return cls(
            funding_cost_annual=known.value("funding_cost_annual", day),
            hurdle_rate_annual=known.value("hurdle_rate_annual", day),
            tax_share=known.value("tax_share", day),
            operating_cost_annual=known.value("operating_cost_annual", day),
            risk_weight=known.value("risk_weight", day),
            capital_ratio=known.value("capital_ratio", day),
        )

    def with_equity(self, capital_share: float | None) -> "LenderCosts":
        """The costs of a lender whose equity a leverage rule prescribes, instead of a risk weight.

        Args:
            capital_share: equity per unit of exposure (`credit.wrapper_treatment.Treatment.capital_share`); None, where
                no rule prescribes it, leaves the costs as they are.
        """
        return self if capital_share is None else replace(self, risk_weight=1.0, capital_ratio=capital_share)

    @property
    def capital_share(self) -> Numbers:
        """Capital tied up by a unit of exposure, k."""
        return self.risk_weight * self.capital_ratio

    @property
    def funding(self) -> Numbers:
        """Cost of the borrowed part, (1 - k) f."""
        return (1.0 - self.capital_share) * self.funding_cost_annual

    @property
    def capital_charge(self) -> Numbers:
        """What capital must earn before tax, k h / (1 - t)."""
        return self.capital_share * self.hurdle_rate_annual / (1.0 - self.tax_share)


@dataclass(frozen=True)
class Waterfall:
    """Where a year's rate goes; the parts sum to the rate that is judged.

    Attributes:
        funding: cost of borrowed money.
        expected_loss: principal and interest lost to default, PD (LGD + r).
        operating_cost: work on the loan.
        capital_charge: the hurdle on capital, before tax.
        margin: what is left; negative when the rate does not pay its cost.
    """

    funding: Numbers
    expected_loss: Numbers
    operating_cost: Numbers
    capital_charge: Numbers
    margin: Numbers

    def parts(self) -> dict[str, Numbers]:
        """The parts by name, in the order of the page."""
        return asdict(self)


@dataclass(frozen=True)
class Quote:
    """A rate judged at a default probability.

    Attributes:
        rate_annual: the rate that is judged.
        required_rate_annual: the rate at which RAROC equals the hurdle.
        raroc: return after tax on the capital tied up.
        break_even_pd: default probability a year at which the margin is zero; negative when the rate would not pay its
            cost even if nobody ever defaulted.
        expected_loss_share: probability of default within the term x loss given default, a share of the exposure at
            default; the annual probability is scaled by survival, 1 - (1 - PD)^(T/365), a hand calculation that
            understates first-payment fraud in short loans.
        waterfall: where the rate goes.
    """

    rate_annual: Numbers
    required_rate_annual: Numbers
    raroc: Numbers
    break_even_pd: Numbers
    expected_loss_share: Numbers
    waterfall: Waterfall


def pd_over_term(pd_annual: ArrayLike, term_days: ArrayLike) -> Numbers:
    """Probability of default within a term under a constant hazard, 1 - (1 - PD)^(T/365)."""
    return _plain(-np.expm1(np.log1p(-np.asarray(pd_annual, dtype=float)) * np.asarray(term_days) / DAYS_A_YEAR))


def required_rate_annual(pd_annual: Numbers, lgd: Numbers, costs: LenderCosts) -> Numbers:
    """The rate at which RAROC equals the hurdle, of numbers that are in their range (`quote` looks)."""
    outlay = costs.funding + costs.operating_cost_annual
    return _plain(np.asarray((outlay + costs.capital_charge + pd_annual * lgd) / (1.0 - pd_annual)))


def quote(
    rate_annual: ArrayLike, pd_annual: ArrayLike, lgd: ArrayLike, term_days: ArrayLike, costs: LenderCosts
) -> Quote:
    """Judge a rate at a default probability.

    Args:
        rate_annual: the rate, a share a year, above 0.
        pd_annual: probability of default within a year, 0 to below 1.
        lgd: loss given default, 0 to 1, of the exposure at default.
        term_days: days to maturity, >= 1; only `expected_loss_share` looks at it.
        costs: what money, capital and work cost.

    Raises:
        BadInput: an argument is out of its range or not finite; the error names it.
    """
    r = _within("rate_annual", rate_annual, np.nextafter(0.0, 1.0), np.inf, "must be a finite number above 0")
    pd = _within("pd", pd_annual, 0.0, np.nextafter(1.0, 0.0), "must be from 0 to below 1")
    loss = _within("lgd", lgd, 0.0, 1.0)
    term = _within("term_days", term_days, 1.0, np.inf)
    check_costs(costs)
    capital = np.asarray(costs.capital_share)
    outlay = costs.funding + costs.operating_cost_annual
    profit = r * (1.0 - pd) - outlay - pd * loss
    expected_loss = pd * (loss + r)
    return Quote(
        rate_annual=_plain(r),
        required_rate_annual=required_rate_annual(pd, loss, costs),
        raroc=_plain((1.0 - costs.tax_share) * profit / capital),
        break_even_pd=_plain((r - outlay - costs.capital_charge) / (r + loss)),
        expected_loss_share=_plain(pd_over_term(pd, term) * loss),
        waterfall=Waterfall(
            funding=costs.funding,
            expected_loss=_plain(expected_loss),
            operating_cost=costs.operating_cost_annual,
            capital_charge=costs.capital_charge,
            margin=_plain(r - costs.funding - expected_loss - costs.operating_cost_annual - costs.capital_charge),
        ),
    )


def check_costs(costs: LenderCosts) -> None:
    """Raise unless costs can be costs.

    Raises:
        BadInput: naming the cost that is out of its range.
    """
    for field, value in asdict(costs).items():
        _within(field, value, 0.0, np.inf)
    _within("tax_share", costs.tax_share, 0.0, np.nextafter(1.0, 0.0), "must be from 0 to below 1")
    _within("risk_weight x capital_ratio", costs.capital_share, np.nextafter(0.0, 1.0), 1.0, "must be above 0, up to 1")


def _within(field: str, value: ArrayLike, low: float, high: float, rule: str | None = None) -> NDArray[np.float64]:
    numbers = np.asarray(value, dtype=float)
    is_right = np.isfinite(numbers) & (numbers >= low) & (numbers <= high)
    if not is_right.all():
        told = f"must be a finite number >= {low:g}" if np.isinf(high) else f"must be from {low:g} to {high:g}"
        raise BadInput(Problem(rule or told, field=field, value=float(numbers[~is_right].flat[0])))
    return numbers


def _plain(numbers: NDArray[np.float64]) -> Numbers:
    return float(numbers) if np.ndim(numbers) == 0 else numbers
