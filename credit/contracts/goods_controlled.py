"""Goods-controlled purchase (代采): the goods stay in custody until the client redeems them, lot by lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from credit.contracts.arithmetic import MILLION, divide_half_even, interest_fen, share_fen
from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.purchase import ResinPurchase
from credit.contracts.terms import GoodsControlTerms
from credit.errors import BadInput, Problem

# --- integer rules, for contracts and for the market's compiled days alike


def lot_principal_fen(principal_fen: int, quantity: int, quantity_redeemed: int) -> int:
    """The principal that redeems a part of the goods still in custody: the same share of it, everything for everything.

    Args:
        principal_fen: principal outstanding on the goods in custody.
        quantity: goods in custody in any unit (grams, lots), >= 1; principal_fen * quantity below 2**62.
        quantity_redeemed: goods to be released, 0 to `quantity`.
    """
    return divide_half_even(principal_fen * quantity_redeemed, quantity)


def margin_call_fen(exposure_fen: int, margin_held_fen: int, goods_value_fen: int, deposit_ppm: int) -> int:
    """The payment that restores the deposit share at today's value of the goods in custody; 0 when it is intact.

    After it, exposure less all margin is (1 - deposit share) of the value. Rounded half to even.

    Args:
        exposure_fen: principal outstanding and accrued interest.
        margin_held_fen: margin paid before and still held (the first deposit is not margin: it never was financed).
        goods_value_fen: market value of the goods in custody today.
        deposit_ppm: the agreed deposit share.
    """
    lacking = exposure_fen - margin_held_fen - share_fen(goods_value_fen, MILLION - deposit_ppm)
    return lacking if lacking > 0 else 0


def has_fallen_by(price_now: int, price_reference: int, drop_ppm: int) -> bool:
    """Whether a price has fallen by a share or more since the reference day."""
    return price_now * MILLION <= price_reference * (MILLION - drop_ppm)


def least_fallen_fen(price_now: int, drop_ppm: int) -> int:
    """The lowest price of the reference day from which a price has fallen by a share or more: one bound for many."""
    return -(-price_now * MILLION // (MILLION - drop_ppm))


def liquidation_proceeds_fen(goods_value_fen: int, liquidation_cost_ppm: int) -> int:
    """What a forced sale brings in after its cost."""
    return goods_value_fen - share_fen(goods_value_fen, liquidation_cost_ppm)


def shortfall_fen(exposure_fen: int, margin_held_fen: int, proceeds_fen: int) -> int:
    """What is still owed after margin and sale proceeds; 0 when they suffice (what is over belongs to the client)."""
    lacking = exposure_fen - margin_held_fen - proceeds_fen
    return lacking if lacking > 0 else 0


# --- the promise


@dataclass(frozen=True, slots=True)
class GoodsControlledPurchase(ResinPurchase):
    """The platform buys for the client and holds the goods; the client redeems lots by paying their financed part.

    A lot costs (1 - deposit share) of its value plus simple interest on that for the days in custody. The deposit is
    held whole (a liability of the platform) and set off, without cash, against the unpaid part of the price when the
    last lot leaves. In cash this is
    what it would be if the deposit were spent lot by lot; until the last lot leaves, the platform holds all of it.

    The promise is to redeem everything by the due day; earlier is the client's choice. `schedule()` therefore tells the
    slowest redemption that the contract allows: the lender's lowest yield and the largest exposure.

    Attributes:
        control: lots, margin call and stop-loss.
    """

    what: ClassVar[str] = "goods-controlled purchase"

    control: GoodsControlTerms

    def principal_after_lots_fen(self, lots_redeemed: int) -> int:
        """Principal still financed after so many lots. Lots sum to the principal to the fen.

        Raises:
            BadInput: fewer than 0 lots or more than there are.
        """
        if not 0 <= lots_redeemed <= self.control.lots:
            rule = f"must be from 0 to {self.control.lots}, the number of lots"
            raise BadInput(Problem(rule, file="goods-controlled purchase", field="lots_redeemed", value=lots_redeemed))
        return self.principal_fen - lot_principal_fen(self.principal_fen, self.control.lots, lots_redeemed)

    def schedule(self, redemption_days: Sequence[int] | None = None) -> tuple[CashFlow, ...]:
        """Deposit, funding, purchase and fee on the first day; then each lot's principal and interest.

        Args:
            redemption_days: the day on which each lot is redeemed, in order; all on the due day when absent.

        Raises:
            BadInput: not one day a lot, days out of order, before the first day or after the due day.
        """
        days = [self.due_day] * self.control.lots if redemption_days is None else list(redemption_days)
        if (
            len(days) != self.control.lots
            or sorted(days) != days
            or days[0] < self.start_day
            or days[-1] > self.due_day
        ):
            rule = f"must be {self.control.lots} days in order, from {self.start_day} to {self.due_day}"
            raise BadInput(Problem(rule, file="goods-controlled purchase", field="redemption_days", value=str(days)))
        start, sme, platform, lender = self.start_day, Party.SME, Party.PLATFORM, Party.LENDER
        flows = [
            CashFlow(start, sme, platform, self.deposit_fen, FlowKind.DEPOSIT),
            CashFlow(start, lender, platform, self.principal_fen, FlowKind.FUNDING),
            CashFlow(start, platform, Party.SUPPLIER, self.goods_value_fen, FlowKind.PURCHASE),
            CashFlow(start, sme, platform, self.fee_fen, FlowKind.FEE),
        ]
        for lot, day in enumerate(days, start=1):
            principal = self.principal_after_lots_fen(lot - 1) - self.principal_after_lots_fen(lot)
            interest = interest_fen(principal, self.terms.day_rate_ppm, self.interest_days(day))
            for payer, payee in ((sme, platform), (platform, lender)):
                flows.append(CashFlow(day, payer, payee, principal, FlowKind.PRINCIPAL))
                flows.append(CashFlow(day, payer, payee, interest, FlowKind.INTEREST))
        return tuple(flow for flow in flows if flow.amount_fen)

    def exposure_fen(self, day: int, lots_redeemed: int = 0) -> int:
        """What a refusal to redeem would leave unpaid on a day, before any sale of goods.

        It is (1 - d) V (1 + i t) less redemptions: the deposit never was financed.
        """
        if day < self.start_day:
            return 0
        principal = self.principal_after_lots_fen(lots_redeemed)
        return principal + self.accrued_on_fen(principal, day)

    def exposure_profile(self, redemption_days: Sequence[int] | None = None) -> tuple[int, ...]:
        """Exposure in fen on each day from the first to the due day, before the redemptions of that day."""
        days = [self.due_day] * self.control.lots if redemption_days is None else list(redemption_days)
        return tuple(
            self.exposure_fen(day, sum(redeemed < day for redeemed in days))
            for day in range(self.start_day, self.due_day + 1)
        )

    def margin_call_fen(
        self, day: int, lots_redeemed: int, price_now: int, price_then: int, margin_held_fen: int = 0
    ) -> int:
        """The margin call of a day: 0 unless the price fell by the trigger, else what restores the deposit share.

        Args:
            day: day number.
            lots_redeemed: lots that have left custody.
            price_now: price of the goods today, in any unit.
            price_then: price in the same unit when the goods were bought.
            margin_held_fen: margin paid before.
        """
        if not has_fallen_by(price_now, price_then, self.control.margin_call_drop_ppm):
            return 0
        goods = self.goods_in_custody_fen(lots_redeemed, price_now, price_then)
        return margin_call_fen(self.exposure_fen(day, lots_redeemed), margin_held_fen, goods, self.terms.deposit_ppm)

    def is_stop_loss_due(self, price_now: int, price_then: int, days_since_call: int) -> bool:
        """Whether the goods may be sold: the price fell by the stop-loss share and an unmet call is old enough."""
        return days_since_call >= self.control.stop_loss_days and has_fallen_by(
            price_now, price_then, self.control.stop_loss_drop_ppm
        )

    def goods_in_custody_fen(self, lots_redeemed: int, price_now: int, price_then: int) -> int:
        """Market value of the lots still in custody; goods_value_fen * lots * price_now below 2**62 when compiled."""
        left = self.control.lots - lots_redeemed
        return divide_half_even(self.goods_value_fen * left * price_now, self.control.lots * price_then)
