"""Where a growth loan would be too much: credit beyond need, growth nobody can know, growth that is one buyer's."""

from dataclasses import dataclass

import numpy as np

from credit.errors import BadInput, Problem
from credit.growth.credit_need import QUANTILES, CreditNeed, NeedPolicy
from credit.growth.forecasts import GrowthForecast
from credit.growth.model import FirmGrowth
from credit.ranges import Floats, within

FLAGS: dict[str, str] = {
    "beyond_need": "more than the firm will need even if it grows well (the 75 % quantile of its need)",
    "beyond_limit": "more than the cautious need, repayment capacity or the rise allowed in a quarter",
    "unproven_growth": "rests on growth, more than today's output needs, whose ceiling is not identified",
    "single_buyer": "growth of one buyer: its share of sales is above the line",
    "may_stop": "before the loan ends the firm will have stopped in more than one future of five",
    "shrinking": "output is expected to fall over the horizon",
}
"""What is flagged, in words."""


@dataclass(frozen=True)
class Warned:
    """What speaks against an amount.

    Attributes:
        firm_id: the firm.
        amount_yuan: what was asked for.
        flags: names in `FLAGS`, hardest first.
        excess_yuan: the part of the amount above the limit.
    """

    firm_id: str
    amount_yuan: float
    flags: tuple[str, ...]
    excess_yuan: float

    @property
    def reasons(self) -> tuple[str, ...]:
        """The flags in words."""
        return tuple(FLAGS[name] for name in self.flags)


def over_lending(
    amount_yuan: Floats,
    need: CreditNeed,
    forecast: GrowthForecast,
    firms: tuple[FirmGrowth, ...],
    policy: NeedPolicy,
    top_buyer_share: Floats,
) -> list[Warned]:
    """Hold what firms ask for against what they need.

    Args:
        amount_yuan: asked for (N).
        need: of `credit_need`.
        forecast: of the same firms.
        firms: what the growth model said of them.
        policy: lines.
        top_buyer_share: of sales (N); NaN where not known, which is told as nothing.

    Raises:
        BadInput: an amount is negative or lengths differ.
    """
    amount = within("amount_yuan", amount_yuan, 0.0)
    share = np.asarray(top_buyer_share, dtype=float)
    for name, values in (("amount_yuan", amount), ("top_buyer_share", share), ("forecast", forecast.location)):
        if len(values) != len(firms):
            raise BadInput(Problem(f"must hold {len(firms)} firms", field=name, value=len(values)))
    growth = forecast.location[:, -1] - forecast.location[:, 0]
    generous = need.need_yuan[:, :, QUANTILES.index(0.75)].max(axis=1)
    told = []
    for row, firm in enumerate(firms):
        asked = float(amount[row])
        is_unknown = firm.model in ("null", "none")
        found = {
            "beyond_need": asked > generous[row],
            "beyond_limit": asked > need.limit_yuan[row],
            "unproven_growth": is_unknown and asked > max(float(need.need_today_yuan[row]), 0.0),
            "single_buyer": bool(share[row] > policy.single_buyer_most),
            "may_stop": bool(forecast.survival[row, -1] < 1.0 - policy.cash_quantile),
            "shrinking": bool(growth[row] < 0.0),
        }
        flags = tuple(name for name in FLAGS if found[name]) if asked > 0 else ()
        told.append(Warned(firm.firm_id, asked, flags, max(asked - float(need.limit_yuan[row]), 0.0)))
    return told
