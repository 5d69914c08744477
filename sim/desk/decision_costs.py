"""What deciding costs the platform: whole for an offer, part of it for a refusal at the gates, nothing for its echo."""

from typing import Any

from sim import rules

REFUSAL_HOLDS_DAYS = 90
"""Who was refused a product is told so again, without another look, for as long."""


class DecisionCosts:
    """Pays the policy's cost of every decision.

    Attributes:
        desk: whose policy decides.
        paid_fen: paid so far.
    """

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.paid_fen = 0
        self._refused_on: dict[tuple[int, str], int] = {}

    def pay(self, firm: int, product: str, *, is_refusal: bool) -> None:
        """The platform pays for a decision about a firm, as far as its cash goes."""
        stage, cost = self.desk.stage, self.desk.decision_cost_fen
        if is_refusal:
            day, key = stage.day, (firm, product)
            if day - self._refused_on.get(key, -REFUSAL_HOLDS_DAYS) < REFUSAL_HOLDS_DAYS:
                return
            self._refused_on[key] = day
            cost = rules.share_fen(cost, self.desk.settings.screening_cost_ppm)
        platform = stage.platform
        paid = min(cost, platform.cash_fen)
        self.paid_fen += paid
        stage.entries.pay_costs(platform.slot, paid)
