"""The terms of resin purchase finance: written once, shared by many contracts."""

from dataclasses import dataclass

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS, MILLION
from credit.errors import BadInput, Problem


def check_integer(where: str, field: str, value: int, low: int, high: int) -> None:
    """Raise unless `value` is an integer from `low` to `high`.

    Raises:
        BadInput: naming contract, field, value and rule.
    """
    if not isinstance(value, int) or not low <= value <= high:
        raise BadInput(Problem(f"must be an integer from {low} to {high}", file=where, field=field, value=value))


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
    """

    deposit_ppm: int
    day_rate_ppm: int
    fee_ppm: int
    term_days: int
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0

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


def check_goods(contract: str, start_day: int, goods_value_fen: int) -> None:
    """Raise unless a purchase starts on a day number and has goods of a positive, bounded value."""
    if not isinstance(start_day, int):
        raise BadInput(Problem("must be an integer day number", file=contract, field="start_day", value=start_day))
    check_integer(contract, "goods_value_fen", goods_value_fen, 1, MAX_AMOUNT_FEN)
