"""Whom a firm trades with, the most important first and since when, and who stands surety for whom."""

from typing import TYPE_CHECKING, Any

from sim.economy.buyers import Buyer
from sim.economy.suppliers import Supplier

if TYPE_CHECKING:
    from collections.abc import Iterable

PPM = 1_000_000
SECOND_SOURCE = 1


class Links:
    """The ties of one firm.

    Attributes:
        buyers: its customers, the most important first.
        buyer_shares_ppm: cumulated shares of sales.
        since: day on which each tie to a buyer was formed.
        suppliers: where it buys, its own one first; behind its sources stand all others, as the way out.
        second_source_ppm: part of the orders that goes to its second supplier; 0 for a firm that has one only.
        second_first: the same suppliers, its second one in front.
        sureties: firms whose controllers stand surety for its bank debt.
        stands_for: firms for whose bank debt its controller stands surety.
        rumour_until: last day on which suppliers want cash, because somebody near it failed.
    """

    __slots__ = (
        "buyer_shares_ppm", "buyers", "rumour_until", "second_first", "second_source_ppm", "since", "stands_for",
        "suppliers", "sureties",
    )  # fmt: skip

    def __init__(
        self, buyers: list[Buyer], shares_ppm: tuple[int, ...], suppliers: tuple[Supplier, ...], second_source_ppm: int
    ) -> None:
        self.buyers = buyers
        self.buyer_shares_ppm = shares_ppm
        self.since = [-PPM] * len(buyers)
        self.suppliers = suppliers
        self.second_source_ppm = second_source_ppm
        second = suppliers[SECOND_SOURCE : SECOND_SOURCE + 1]
        self.second_first = (*second, *(one for one in suppliers if one not in second))
        self.sureties: list[Any] = []
        self.stands_for: list[Any] = []
        self.rumour_until = -1

    def who_orders(self, draw_ppm: int) -> int:
        """The place of the buyer that orders this week."""
        place = 0
        while draw_ppm >= self.buyer_shares_ppm[place]:
            place += 1
        return place

    def willing_buyer(self, first: int, amount_fen: int) -> Buyer | None:
        """The buyer at a place, or the next one that takes another delivery on credit."""
        buyers = self.buyers
        for step in range(len(buyers)):
            buyer = buyers[(first + step) % len(buyers)]
            if buyer.accepts(amount_fen):
                return buyer
        return None

    def sources(self, draw_ppm: int) -> tuple[Supplier, ...]:
        """Suppliers in the order in which this week's order is offered to them."""
        return self.suppliers if draw_ppm >= self.second_source_ppm else self.second_first

    def state(self) -> "Iterable[int]":
        """Its whole numbers."""
        yield self.rumour_until
        for buyer, since in zip(self.buyers, self.since, strict=True):
            yield buyer.row
            yield since
