"""The terms of resin purchase finance: written once, shared by many contracts."""

from dataclasses import dataclass, field

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS, MILLION
from credit.contracts.dates import DayCount, PaymentDays, check_day
from credit.contracts.edge import check_integer
from credit.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class PurchaseTerms:
    """What client and financier agree on, apart from the goods.

    Attributes:
        deposit_ppm: the client's own share of the goods value, below 100 %.
        day_rate_ppm: simple interest a day on the financed principal (400 = 0.04 %).
        fee_ppm: fee as a share of the goods value, paid on the first day out of the disbursement.
        term_days: days from the first day to the due day, at least 1.
        grace_days: days after the due day in which the day rate still applies; beyond them the overdue rate counts from
            the due day.
        overdue_day_rate_ppm: simple interest a day after the due day once grace is over.
        payment_days: where the due day moves when it has no business, and how days of interest are counted: those that
            pass, or under 30/360 thirty to the month. Unmoved and counted as they pass by default, so that a contract
            needs no calendar.
        is_interest_to_moved_day: whether interest runs to the day on which payment is made. It does by default: the
            client holds the money over the holiday, and the lender pays for it. Otherwise the days between cost
            nothing, and none are given back where a day is moved forward.
    """

    deposit_ppm: int
    day_rate_ppm: int
    fee_ppm: int
    term_days: int
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0
    payment_days: PaymentDays = field(default_factory=lambda: PaymentDays(DayCount.ACTUAL_365))
    is_interest_to_moved_day: bool = True

    def __post_init__(self) -> None:
        check_integer("purchase terms", "deposit_ppm", self.deposit_ppm, 0, MILLION - 1)
        check_integer("purchase terms", "day_rate_ppm", self.day_rate_ppm, 0, MAX_DAY_RATE_PPM)
        check_integer("purchase terms", "fee_ppm", self.fee_ppm, 0, MILLION - 1 - self.deposit_ppm)
        check_integer("purchase terms", "term_days", self.term_days, 1, MAX_DAYS)
        check_integer("purchase terms", "grace_days", self.grace_days, 0, MAX_DAYS)
        check_integer("purchase terms", "overdue_day_rate_ppm", self.overdue_day_rate_ppm, 0, MAX_DAY_RATE_PPM)


@dataclass(frozen=True, slots=True)
class GoodsControlTerms:
    """How goods in custody are redeemed, watched and sold.

    Attributes:
        lots: into how many equal lots the goods are split.
        margin_call_drop_ppm: fall of the price since the purchase at which the client must restore the deposit share.
        stop_loss_drop_ppm: fall at which the financier may sell the goods when the call is not met.
        stop_loss_days: days that the client has between a margin call and the sale.
        liquidation_cost_ppm: what a forced sale costs, a share of the market value.
    """

    lots: int
    margin_call_drop_ppm: int
    stop_loss_drop_ppm: int
    stop_loss_days: int
    liquidation_cost_ppm: int

    def __post_init__(self) -> None:
        check_integer("goods control terms", "lots", self.lots, 1, 1_000)
        check_integer("goods control terms", "margin_call_drop_ppm", self.margin_call_drop_ppm, 1, MILLION - 1)
        check_integer(
            "goods control terms", "stop_loss_drop_ppm", self.stop_loss_drop_ppm, self.margin_call_drop_ppm, MILLION - 1
        )
        check_integer("goods control terms", "stop_loss_days", self.stop_loss_days, 0, MAX_DAYS)
        check_integer("goods control terms", "liquidation_cost_ppm", self.liquidation_cost_ppm, 0, MILLION)


def check_goods(contract: str, start_day: int, goods_value_fen: int, terms: PurchaseTerms) -> None:
    """Raise unless a purchase starts on a day and has goods of a positive, bounded value.

    Any day number will do where days only pass (a market counts its own); where weekdays, months or holidays matter it
    must be the ordinal of a date.
    """
    if terms.payment_days.needs_dates:
        check_day(contract, "start_day", start_day)
    if not isinstance(start_day, int):
        raise BadInput(Problem("must be an integer day number", file=contract, field="start_day", value=start_day))
    check_integer(contract, "goods_value_fen", goods_value_fen, 1, MAX_AMOUNT_FEN)
