"""Money lent, charged the same to every arm, whosever it is.

A lender with more equity than loans lends for nothing in its books. Arms that lend much would then win by using idle
equity that the others leave idle, which says nothing of the way they lend. So every fen lent beyond the capital that it
binds is charged what borrowing costs; a lender that borrowed more than that, and holds the cash, is given as much.
"""

from dataclasses import dataclass
from typing import Any

from sim.books.ledger import ALLOWANCE, FUNDING, LOANS

PPM = 1_000_000
DAYS_A_YEAR = 365


@dataclass
class LentMoney:
    """Runs through the observed days.

    Attributes:
        uncharged: a year's funding of what was lent beyond capital and beyond what was borrowed, fen, summed by day.
        capital: bound by what was lent, fen, summed by day.
    """

    uncharged: int = 0
    capital: int = 0

    def note(self, market: Any, day: int) -> None:
        """A day has ended."""
        rate = max(market.settings.lender_funding_rate_ppm + market.shocks.rate_rise_ppm[day], 0)
        for lender in market.lenders:
            money, slot, rule = lender.money, lender.slot, lender.capital
            lent, borrowed = money[slot + LOANS] + money[slot + ALLOWANCE], -money[slot + FUNDING]
            bound = lent * rule.risk_weight_ppm * rule.ratio_ppm // PPM**2
            self.capital += bound
            self.uncharged += (lent - bound - borrowed) * rate // PPM

    @property
    def cost_fen(self) -> int:
        """What lending from idle equity would have cost, had it been borrowed."""
        return int(self.uncharged // DAYS_A_YEAR)

    @property
    def capital_fen_years(self) -> int:
        """Capital bound, times the time for which it was."""
        return int(self.capital // DAYS_A_YEAR)
