"""From a growth forecast to what a firm will need to borrow, what it could repay, and where lending would be too much.

    gap = revenue / 365 x [days of sales + cost share x (days of stock - days of payables)] - debt that already fills it

(DOMAIN 2.4). The limit is the least need over the horizon at a cautious quantile, held to what cautious cash flow
repays and to a slow rise (DOMAIN 5): a need that is gone in a month is no reason for a loan of two years.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np

from credit.errors import BadInput, Problem
from credit.growth.forecasts import GrowthForecast
from credit.parameters import parameters
from credit.ranges import Floats, within

DAYS_A_YEAR, MONTHS_A_YEAR = 365.0, 12.0
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Probabilities at which needs are told."""


@dataclass(frozen=True)
class Finances:
    """How a firm's output turns into sales, tied-up money and cash; each a number or one a firm.

    Attributes:
        price_yuan_per_tonne: sales of a tonne, > 0.
        days_sales: days until buyers pay.
        days_stock: days that goods lie.
        days_payable: days until suppliers are paid.
        cost_share: cost of goods as a share of sales.
        cash_margin: cash left of sales after cost, tax and upkeep, before debt service, a share of sales.
        working_capital_debt_yuan: debt that already fills the gap.
        debt_service_yuan: paid a month on other debt.
        capacity_tonnes: a month; output above it needs machines.
        capex_yuan_per_tonne: cost of a tonne a month of new capacity.
    """

    price_yuan_per_tonne: Floats | float
    days_sales: Floats | float
    days_stock: Floats | float
    days_payable: Floats | float
    cost_share: Floats | float
    cash_margin: Floats | float
    working_capital_debt_yuan: Floats | float = 0.0
    debt_service_yuan: Floats | float = 0.0
    capacity_tonnes: Floats | float = 1e12
    capex_yuan_per_tonne: Floats | float = 0.0

    def __post_init__(self) -> None:
        bounds = {"cost_share": (0.0, 1.5), "cash_margin": (-1.0, 1.0), "price_yuan_per_tonne": (1e-9, 1e9)}
        for field in fields(self):
            low, high = bounds.get(field.name, (0.0, np.inf))
            value = np.asarray(getattr(self, field.name), dtype=float)
            object.__setattr__(self, field.name, within(field.name, value, low, min(high, 1e15)))

    def by_firm(self, name: str, count: int) -> Floats:
        """One of the numbers for each firm, shaped to meet horizons and quantiles (N x 1 x 1)."""
        value = np.asarray(getattr(self, name), dtype=float)
        if value.ndim and value.shape != (count,):
            raise BadInput(Problem(f"must be one number or {count}, one a firm", field=name, value=str(value.shape)))
        return np.broadcast_to(value, (count,))[:, None, None]


@dataclass(frozen=True)
class NeedPolicy:
    """How cautiously needs become limits; meaning and source stand in `data/parameters/growth.yaml`."""

    need_quantile: float
    cash_quantile: float
    schedule_quantile: float
    debt_service_cover: float
    rise_a_quarter_most: float
    single_buyer_most: float

    @classmethod
    def on(cls, day: date) -> "NeedPolicy":
        """The policy in force on a day."""
        file = parameters("growth")
        return cls(**{field.name: file.value(field.name, day) for field in fields(cls)})


@dataclass(frozen=True)
class CreditNeed:
    """What firms will need and could carry.

    Attributes:
        need_yuan: quantiles of the need while the firm goes on (N x H x 5, at `QUANTILES`); may be negative, 0
            for firms that have stopped.
        need_today_yuan: the need at the output of the last month (N).
        capacity_yuan: what cautious cash flow over the horizon repays, worth today (N).
        limit_yuan: what may be lent (N).
        binding: what holds the limit down: `need`, `repayment`, `rise` (N).
        cash_yuan: cautious monthly cash flow after other debt service, futures in which the firm stops included (N x
            H).
        schedule_weights: weight of each month's instalment, mean 1; zeros where no month leaves cash (N x H).
    """

    need_yuan: Floats
    need_today_yuan: Floats
    capacity_yuan: Floats
    limit_yuan: Floats
    binding: tuple[str, ...]
    cash_yuan: Floats
    schedule_weights: Floats

    def to_json(self, firms: Sequence[str]) -> dict[str, Any]:
        """Plain content, yuan to the fen, by firm."""
        return {
            name: {
                "limit_yuan": round(float(self.limit_yuan[row]), 2),
                "binding": self.binding[row],
                "need_today_yuan": round(float(self.need_today_yuan[row]), 2),
                "capacity_yuan": round(float(self.capacity_yuan[row]), 2),
                "need_yuan": {
                    f"q{round(100 * p)}": np.round(self.need_yuan[row, :, place], 2).tolist()
                    for place, p in enumerate(QUANTILES)
                },
                "cash_yuan": np.round(self.cash_yuan[row], 2).tolist(),
                "schedule_weights": np.round(self.schedule_weights[row], 6).tolist(),
            }
            for row, name in enumerate(firms)
        }


def gap_yuan(tonnes_a_month: Floats, finances: Finances) -> Floats:
    """Working capital that is tied up and not yet financed, and machines beyond capacity (N x H x P, from the same)."""
    count = len(tonnes_a_month)

    def of(name: str) -> Floats:
        return finances.by_firm(name, count)

    days = of("days_sales") + of("cost_share") * (of("days_stock") - of("days_payable"))
    revenue = tonnes_a_month * of("price_yuan_per_tonne") * MONTHS_A_YEAR
    machines = of("capex_yuan_per_tonne") * np.maximum(tonnes_a_month - of("capacity_tonnes"), 0.0)
    return revenue / DAYS_A_YEAR * days - of("working_capital_debt_yuan") + machines


def credit_need(
    forecast: GrowthForecast,
    tonnes_today: Floats,
    finances: Finances,
    policy: NeedPolicy,
    rate_annual: float,
    former_limit_yuan: Floats | None = None,
) -> CreditNeed:
    """Needs, repayment capacity and limits of firms over the months of a forecast.

    Args:
        forecast: of monthly tonnes.
        tonnes_today: output of a usual recent month (N), >= 0.
        finances: of the firms.
        policy: how cautious.
        rate_annual: at which cash flow is discounted.
        former_limit_yuan: limits of a quarter ago (N); NaN or absent where there was none.

    Raises:
        BadInput: a number is out of range, or arrays do not fit the forecast.
    """
    count, months = forecast.location.shape
    rate = float(within("rate_annual", rate_annual, 0.0, 1.0))
    today = within("tonnes_today", tonnes_today, 0.0)
    if today.shape != (count,):
        raise BadInput(Problem(f"must hold {count} firms", field="tonnes_today", value=str(today.shape)))
    # where payables are longer than sales and stock, growth frees money: the cautious side is then the upper quantile
    is_alive = forecast.survival[:, 0] > 0
    need = np.sort(gap_yuan(forecast.quantiles(QUANTILES), finances), axis=2) * is_alive[:, None, None]
    cautious = gap_yuan(forecast.quantiles((policy.need_quantile, 1.0 - policy.need_quantile)), finances).min(axis=2)
    least = np.where(is_alive, np.maximum(cautious.min(axis=1), 0.0), 0.0)
    cash = _cash(forecast, finances, policy.cash_quantile)
    discount = (1.0 + rate) ** (-np.arange(1.0, months + 1.0) / MONTHS_A_YEAR)
    capacity = (np.maximum(cash, 0.0) * discount).sum(axis=1) / policy.debt_service_cover
    former = np.full(count, np.nan) if former_limit_yuan is None else np.asarray(former_limit_yuan, dtype=float)
    risen = np.where(np.isnan(former), np.inf, former * (1.0 + policy.rise_a_quarter_most))
    bounds = np.stack((least, capacity, risen), axis=1)
    binding = tuple(("need", "repayment", "rise")[place] for place in np.argmin(bounds, axis=1).tolist())
    shape = np.maximum(_cash(forecast, finances, policy.schedule_quantile), 0.0)
    total = shape.sum(axis=1, keepdims=True)
    weights = np.divide(shape * months, total, out=np.zeros_like(shape), where=total > 0)
    now = gap_yuan(today[:, None, None], finances)[:, 0, 0]
    return CreditNeed(need, now, capacity, bounds.min(axis=1), binding, cash, weights)


def _cash(forecast: GrowthForecast, finances: Finances, quantile: float) -> Floats:
    """Monthly cash after other debt service at a quantile over all futures, those without the firm included (N x H)."""
    count = len(forecast.location)
    per_tonne = (finances.by_firm("cash_margin", count) * finances.by_firm("price_yuan_per_tonne", count))[:, :, 0]
    low, high = np.moveaxis(forecast.quantiles_with_exit((quantile, 1.0 - quantile)), 2, 0)
    tonnes = np.where(per_tonne >= 0.0, low, high)  # where every tonne burns cash, more output is the bad case
    return tonnes * per_tonne - finances.by_firm("debt_service_yuan", count)[:, :, 0]
