"""The one-period price lived through: balances, defaults, first-payment fraud and leaving over a contract's life.

A contract is followed in equal periods p of tau years. S_p D_p is the share of clients that are still there, times a
discount factor, as a mean over the period; b_p what they owe on average, e_p what they owe at default, q_p the
probability that the period ends in default and l_p the loss given it. With W = sum S D b tau, the money-years,

    loss a year  L = sum S D q l e / W        interest lost  A = sum S D q b tau / W
    required     r* = (funding + work + capital + L) / (1 - A) / v

which is the one-period formula of `credit.pricing` with L for PD LGD and A for PD. A single period of 365 days gives it
exactly. In the first period a share phi of clients never meant to pay: their loss falls on the first day. Clients leave
early at a rate that does not look at the price: a riskier client, who has nowhere else to go, must not become cheaper
for being captive (`credit.lifetime_value` is where leaving and take-up answer to the rate).

A contract that is taken again and again is one whose last period repeats for ever; leaving and discounting end it.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from credit.errors import BadInput, Problem
from credit.pricing import DAYS_A_YEAR, LEAST_RATE, LenderCosts, Numbers, check_costs, pd_over_term
from credit.ranges import Floats, share, within


@dataclass(frozen=True)
class Life:
    """A contract in periods; money in any one unit.

    Attributes:
        period_days: days of a period.
        balance: owed on average, shape (periods,).
        exposure: owed at default, same shape.
        lgd: loss given default, same shape.
        exit_annual: share of clients that would leave within a year, 0 to below 1.
        fraud_share: clients that never pay, 0 to below 1; one number or one a client.
        fraud_lgd: loss given that.
        is_repeated: whether the last period repeats for ever.
    """

    period_days: float
    balance: Floats
    exposure: Floats
    lgd: Floats
    exit_annual: float = 0.0
    fraud_share: Numbers = 0.0
    fraud_lgd: float = 1.0
    is_repeated: bool = False

    def __post_init__(self) -> None:
        within("period_days", self.period_days, low=1.0)
        if not within("balance", self.balance, low=0.0).any():
            raise BadInput(Problem("something must be owed", field="balance", value=0.0))
        within("exposure", self.exposure, low=0.0)
        for name in ("lgd", "fraud_lgd"):
            share(name, getattr(self, name))
        for name in ("exit_annual", "fraud_share"):
            within(name, getattr(self, name), 0.0, np.nextafter(1.0, 0.0))

    @property
    def years(self) -> float:
        """A period in years."""
        return self.period_days / DAYS_A_YEAR

    def defaults_at(self, pd_annual: ArrayLike) -> Floats:
        """Probability that each period ends in default at a constant PD, shape (..., periods)."""
        pd = within("pd", pd_annual, 0.0, np.nextafter(1.0, 0.0))
        each = np.asarray(pd_over_term(pd, self.period_days))
        return np.broadcast_to(each[..., None], (*pd.shape, len(self.balance)))


@dataclass(frozen=True)
class LifeRisk:
    """What default takes of a money-year over a life; floats or arrays, shares a year.

    Attributes:
        default_loss: exposure lost to defaults of honest clients (L without fraud).
        fraud_loss: exposure lost to clients that never meant to pay.
        default_unpaid: part of a year's interest that defaults leave unpaid (A without fraud).
        fraud_unpaid: the same, of fraud.
        money_years: W, in the unit of the balance times years.
    """

    default_loss: Numbers
    fraud_loss: Numbers
    default_unpaid: Numbers
    fraud_unpaid: Numbers
    money_years: Numbers

    @property
    def loss(self) -> Numbers:
        """L."""
        return self.default_loss + self.fraud_loss

    @property
    def unpaid(self) -> Numbers:
        """A."""
        return self.default_unpaid + self.fraud_unpaid


def life_risk(life: Life, defaults: ArrayLike, costs: LenderCosts) -> LifeRisk:
    """What default takes over a life.

    Args:
        life: the contract in periods.
        defaults: probability that each period ends in default among honest clients that start it, shape
            (..., periods), each in [0, 1): `Life.defaults_at`, or `credit.cycle_pricing.cycle_defaults` of any curve.
        costs: the funding cost discounts; scalars.

    Raises:
        BadInput: a probability is out of its range; or nobody ever leaves, defaults or discounts a repeated contract.
    """
    hazard = np.atleast_1d(within("defaults", defaults, 0.0, np.nextafter(1.0, 0.0)))
    if hazard.shape[-1] != len(life.balance):
        told = f"must have {len(life.balance)} periods, here {hazard.shape[-1]}"
        raise BadInput(Problem(told, field="defaults"))
    check_costs(costs)
    stays = (1.0 - life.exit_annual) ** life.years
    kept = (1.0 - hazard) * stays / (1.0 + np.asarray(costs.funding_cost_annual)) ** life.years
    started = np.concatenate((np.ones_like(kept[..., :1]), np.cumprod(kept, axis=-1)[..., :-1]), axis=-1)
    is_first = np.arange(hazard.shape[-1]) == 0
    fraud = np.where(is_first, np.asarray(life.fraud_share)[..., None], 0.0)
    started = started * np.where(is_first, 1.0, 1.0 - np.asarray(life.fraud_share)[..., None])
    if life.is_repeated:
        ends = 1.0 - kept[..., -1]
        if (ends <= 0.0).any():
            rule = "somebody must leave, default or discount a contract that is repeated for ever"
            raise BadInput(Problem(rule, field="exit_annual", value=life.exit_annual))
        started[..., -1] /= ends
    log_kept = np.log(kept)
    # the mean over a period of what falls evenly (in logs) from its start to its end
    over = np.divide(kept - 1.0, log_kept, out=np.ones_like(kept), where=log_kept != 0.0)
    alive = started * over
    honest = (1.0 - fraud) * hazard
    # who never meant to pay takes the money on the first day: nobody has left yet, nothing is discounted
    income = alive * life.balance * life.years
    money_years = income.sum(axis=-1)
    return LifeRisk(
        default_loss=_plain((alive * honest * life.lgd * life.exposure).sum(axis=-1) / money_years),
        fraud_loss=_plain((fraud * life.fraud_lgd * life.exposure).sum(axis=-1) / money_years),
        default_unpaid=_plain((income * honest).sum(axis=-1) / money_years),
        fraud_unpaid=_plain((income * fraud).sum(axis=-1) / money_years),
        money_years=_plain(money_years),
    )


@dataclass(frozen=True)
class LifeWaterfall:
    """Where a year's rate goes; the parts sum to the rate that is judged.

    Attributes:
        vat: VAT and surcharges; zero before them.
        funding: cost of borrowed money.
        expected_loss: principal and interest lost to default.
        first_payment_fraud: principal and interest lost to clients that never meant to pay.
        operating_cost: work on the loan.
        capital_charge: the hurdle on capital, before tax.
        margin: what is left; negative when the rate does not pay its cost.
    """

    vat: Numbers
    funding: Numbers
    expected_loss: Numbers
    first_payment_fraud: Numbers
    operating_cost: Numbers
    capital_charge: Numbers
    margin: Numbers

    def parts(self) -> dict[str, Numbers]:
        """The parts by name, in the order of the page."""
        return asdict(self)


@dataclass(frozen=True)
class LifeQuote:
    """A rate judged over a contract's life.

    Attributes:
        rate_annual: the rate that the client pays.
        kept_share: what the lender keeps of it after VAT.
        required_rate_annual: the rate that the client must pay so that the hurdle is earned.
        raroc: return after tax on the capital tied up, a year.
        waterfall: where the rate goes.
    """

    rate_annual: Numbers
    kept_share: float
    required_rate_annual: Numbers
    raroc: Numbers
    waterfall: LifeWaterfall


@dataclass(frozen=True)
class TwoSidedQuote:
    """A rate judged before and after VAT over the contract's life."""

    before: LifeQuote
    after: LifeQuote


def life_quote(rate_annual: ArrayLike, risk: LifeRisk, costs: LenderCosts, kept_share: float = 1.0) -> LifeQuote:
    """Judge a rate against what default takes over a life.

    Args:
        rate_annual: what the client pays, a share a year, above 0.
        risk: of the contract at a PD or at many.
        costs: what money, capital and work cost; scalars.
        kept_share: share of the rate that VAT leaves, above 0, up to 1.

    Raises:
        BadInput: an argument is out of its range.
    """
    rate = within("rate_annual", rate_annual, low=np.nextafter(0.0, 1.0))
    within("kept_share", kept_share, np.nextafter(0.0, 1.0), 1.0)
    check_costs(costs)
    outlay = costs.funding + costs.operating_cost_annual
    kept = rate * kept_share
    profit = kept * (1.0 - risk.unpaid) - outlay - risk.loss
    parts = {
        "vat": rate - kept,
        "funding": costs.funding,
        "expected_loss": risk.default_loss + kept * risk.default_unpaid,
        "first_payment_fraud": risk.fraud_loss + kept * risk.fraud_unpaid,
        "operating_cost": costs.operating_cost_annual,
        "capital_charge": costs.capital_charge,
    }
    return LifeQuote(
        rate_annual=_plain(rate),
        kept_share=kept_share,
        required_rate_annual=_plain(
            np.asarray((outlay + costs.capital_charge + risk.loss) / (1.0 - risk.unpaid) / kept_share)
        ),
        raroc=_plain(np.asarray((1.0 - costs.tax_share) * profit / costs.capital_share)),
        waterfall=LifeWaterfall(
            **{name: _plain(np.asarray(part)) for name, part in parts.items()},
            margin=_plain(np.asarray(rate - sum(parts.values()))),
        ),
    )


_CUTS = 63
_ROUNDS = 9
"""64 ** 9 = 2 ** 54: as fine as a float near one."""


def break_even_pd(rate_annual: float, life: Life, costs: LenderCosts, kept_share: float = 1.0) -> Numbers:
    """The constant PD a year at which a rate just earns the hurdle over a life: the greatest at which it does.

    The required rate rises with the PD, so that cutting the interval closes in on it, to the last bit.

    Args:
        rate_annual: what the client pays; below the least rate it is taken as that.
        life: the contract in periods; one client, or many that differ in `fraud_share`.
        costs: what money, capital and work cost; scalars.
        kept_share: share of the rate that VAT leaves.

    Returns:
        A float, or one a client; nan where the rate does not pay its cost even without defaults.
    """
    rate, fraud = max(rate_annual, LEAST_RATE), np.asarray(life.fraud_share, dtype=float)
    low = np.zeros(fraud.shape)
    high = np.full(fraud.shape, np.nextafter(1.0, 0.0))
    by_client = replace(life, fraud_share=fraud[..., None])
    cuts = np.arange(_CUTS + 2) / (_CUTS + 1)
    is_ever = np.ones(fraud.shape, dtype=bool)
    for number in range(_ROUNDS):
        tried = low[..., None] + (high - low)[..., None] * cuts
        risk = life_risk(by_client, life.defaults_at(tried), costs)
        pays = np.asarray(life_quote(rate, risk, costs, kept_share).required_rate_annual) <= rate
        is_ever = pays[..., 0] if number == 0 else is_ever
        last = np.maximum(pays.sum(axis=-1) - 1, 0)[..., None]
        low = np.take_along_axis(tried, last, axis=-1)[..., 0]
        high = np.take_along_axis(tried, np.minimum(last + 1, _CUTS + 1), axis=-1)[..., 0]
    return _plain(np.where(is_ever, low, np.nan))


def _plain(numbers: Floats) -> Numbers:
    return float(numbers) if np.ndim(numbers) == 0 else numbers
