"""Trade and finance in one waterfall: what an order that the platform sells and finances brings, in whole fen.

    finance income (VAT included) - VAT and surcharges - funding - expected loss - work - hurdle on capital
        = finance margin
    goods sold - goods bought, without VAT, less surcharges = trade margin
    trade margin + finance margin - acquisition = joint profit

A platform may lend at a loss because it sells resin, or sell at a loss because it lends: the cross-subsidy says which,
and how much. Only trade that would not have happened without the credit counts for the credit; `additional_share` says
how much of it that is. Every amount is a whole number of fen, rounded once, so that the waterfall sums exactly.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from credit.contracts.arithmetic import MILLION, Fen, divide_half_even
from credit.errors import BadInput, Problem
from credit.pricing import DAYS_A_YEAR, LenderCosts
from credit.taxes import Vat, goods_margin_fen


@dataclass(frozen=True)
class TradeFlows:
    """The goods of an order; amounts are fen, VAT included, integers or arrays of int64.

    Attributes:
        sale_gross_fen: what the client is invoiced for goods.
        sold_on: day of that invoice.
        cost_gross_fen: what the supplier invoices.
        bought_on: day of that invoice.
    """

    sale_gross_fen: Fen
    sold_on: date
    cost_gross_fen: Fen
    bought_on: date


@dataclass(frozen=True)
class FinanceFlows:
    """The credit of an order.

    Attributes:
        income_gross_fen: interest and fees, VAT included, if the client pays.
        exposure_fen: what is financed.
        term_days: days to maturity.
        default_share: probability that the order ends in default or fraud (over the order, not a year).
        lgd: loss given default, a share of the exposure.
    """

    income_gross_fen: Fen
    exposure_fen: Fen
    term_days: int | np.ndarray
    default_share: float | np.ndarray
    lgd: float | np.ndarray


@dataclass(frozen=True)
class JointProfit:
    """The waterfall of an order or of many; fen, costs negative.

    Everything from `trade_from_credit` to `acquisition` adds up to `joint_profit`.

    Attributes:
        trade_anyway: trade margin that would have come without the credit; told beside the waterfall, not part of it.
        trade_from_credit: trade margin that the credit brought.
        finance_income: interest and fees expected, VAT included.
        vat: VAT and surcharges on them.
        funding: cost of borrowed money.
        expected_loss: principal lost to default; the output VAT in it is not refunded.
        operating_cost: work on the order.
        capital_charge: the hurdle on capital, before tax.
        acquisition: the order's part of winning the client.
    """

    trade_anyway: Fen
    trade_from_credit: Fen
    finance_income: Fen
    vat: Fen
    funding: Fen
    expected_loss: Fen
    operating_cost: Fen
    capital_charge: Fen
    acquisition: Fen

    @property
    def finance_margin(self) -> Fen:
        """What the credit alone leaves after its hurdle."""
        return (
            self.finance_income
            + self.vat
            + self.funding
            + self.expected_loss
            + self.operating_cost
            + self.capital_charge
        )

    @property
    def joint_profit(self) -> Fen:
        """What the credit leaves together with the trade it brought and the cost of winning the client."""
        return self.trade_from_credit + self.finance_margin + self.acquisition

    @property
    def trade_pays_for_finance(self) -> Fen:
        """Cross-subsidy from trade to finance: what a loss of the credit takes from the trade margin it brought."""
        return _least(_least_zero(-self.finance_margin), _least_zero(self.trade_from_credit))

    @property
    def finance_pays_for_trade(self) -> Fen:
        """Cross-subsidy from finance to trade: what a loss on the goods takes from the finance margin."""
        return _least(_least_zero(-self.trade_from_credit), _least_zero(self.finance_margin))

    def parts(self) -> dict[str, Fen]:
        """The steps of the waterfall by name; they sum to `joint_profit`."""
        return {
            "trade_from_credit": self.trade_from_credit,
            "finance_income": self.finance_income,
            "vat": self.vat,
            "funding": self.funding,
            "expected_loss": self.expected_loss,
            "operating_cost": self.operating_cost,
            "capital_charge": self.capital_charge,
            "acquisition": self.acquisition,
        }


def joint_profit(
    trade: TradeFlows,
    finance: FinanceFlows,
    costs: LenderCosts,
    vat: Vat,
    *,
    operating_cost_fen: Fen,
    acquisition_fen: Fen = 0,
    additional_share: float = 1.0,
) -> JointProfit:
    """The waterfall of an order that is sold and financed; arrays broadcast.

    Args:
        trade: the goods.
        finance: the credit.
        costs: money and capital; its yearly operating cost is not used.
        vat: the tax on the finance income, as the wrapper makes it (`credit.wrappers.treatment(...).vat`).
        operating_cost_fen: work on this order, >= 0.
        acquisition_fen: this order's part of winning the client, >= 0.
        additional_share: share of the trade that would not have happened without the credit, 0 to 1.

    Raises:
        BadInput: an argument is out of its range; the error names it.
    """
    for field, value in (("default_share", finance.default_share), ("lgd", finance.lgd)):
        _check(field, value, 0.0, 1.0)
    _check("additional_share", additional_share, 0.0, 1.0)
    _check("term_days", finance.term_days, 1.0, np.inf)
    for field, value in (("operating_cost_fen", operating_cost_fen), ("acquisition_fen", acquisition_fen)):
        _check(field, value, 0.0, np.inf)
    _check("exposure_fen", finance.exposure_fen, 0.0, np.inf)

    margin = goods_margin_fen(trade.sale_gross_fen, trade.sold_on, trade.cost_gross_fen, trade.bought_on)
    from_credit = divide_half_even(margin * round(additional_share * MILLION), MILLION)
    years = np.asarray(finance.term_days) / DAYS_A_YEAR
    income = _fen(np.asarray(finance.income_gross_fen) * (1.0 - np.asarray(finance.default_share)))
    taxed = vat.split(income)
    return JointProfit(
        trade_anyway=margin - from_credit,
        trade_from_credit=from_credit,
        finance_income=income,
        vat=-(taxed.vat_fen + taxed.surcharge_fen),
        funding=-_fen(finance.exposure_fen * np.asarray(costs.funding) * years),
        expected_loss=-_fen(finance.exposure_fen * np.asarray(finance.default_share) * np.asarray(finance.lgd)),
        operating_cost=-_fen(operating_cost_fen),
        capital_charge=-_fen(finance.exposure_fen * np.asarray(costs.capital_charge) * years),
        acquisition=-_fen(acquisition_fen),
    )


def _fen(amount: float | np.ndarray) -> Fen:
    """The nearest whole fen, ties to the even one."""
    whole = np.rint(np.asarray(amount, dtype=float)).astype(np.int64)
    return whole if whole.ndim else int(whole)


def _least_zero(amount: Fen) -> Fen:
    return np.maximum(amount, 0) if isinstance(amount, np.ndarray) else max(amount, 0)


def _least(one: Fen, other: Fen) -> Fen:
    return np.minimum(one, other) if isinstance(one, np.ndarray) or isinstance(other, np.ndarray) else min(one, other)


def _check(field: str, value: float | np.ndarray, low: float, high: float) -> None:
    numbers = np.asarray(value, dtype=float)
    is_right = np.isfinite(numbers) & (numbers >= low) & (numbers <= high)
    if not is_right.all():
        told = f"must be a finite number >= {low:g}" if np.isinf(high) else f"must be from {low:g} to {high:g}"
        raise BadInput(Problem(told, field=field, value=float(numbers[~is_right].flat[0])))
