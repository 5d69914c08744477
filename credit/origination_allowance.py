"""The expected credit loss that the accounts book on the first day of a contract, or why they book none.

Stage 1 holds twelve months of losses, a trade receivable under the simplified approach all of them (IFRS 9, CAS 22).
Goods that the seller still holds are stock at the lower of cost and net realisable value; what is measured at fair
value has its losses in that value; before IFRS 9 nothing was booked until it was lost.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from credit.expected_loss import Stage, expected_credit_loss, scenario_weights
from credit.loss_profile import LossProfile
from credit.parameters import parameters
from credit.pricing import pd_over_term
from credit.wrapper_rules import AccountingRule

Basis = Literal["three_stages", "simplified_lifetime", "in_fair_value", "incurred_loss", "stock"]
BOOKED: tuple[Basis, ...] = ("three_stages", "simplified_lifetime")
"""The bases on which an expected loss is booked on the first day."""


@dataclass(frozen=True)
class OriginationAllowance:
    """What is booked when a contract begins.

    Attributes:
        basis: on which the accounts hold its losses; `stock` where the goods are still the seller's.
        amount_fen: the allowance; 0 where the basis asks for none.
        share: the same, of the exposure on the first day.
        lifetime_fen: loss expected over the whole contract under the same scenarios, whatever is booked; 0 where losses
            are booked when incurred and nobody expects them.
    """

    basis: Basis
    amount_fen: int
    share: float
    lifetime_fen: int


def basis_of(accounting: AccountingRule, is_stock: bool) -> Basis:
    """On what the accounts hold the losses of a contract.

    Args:
        accounting: what the wrapper prescribes for the lender on the day.
        is_stock: whether the contract leaves the goods on the seller's books until they are redeemed; only a seller,
            whose claim would be a trade receivable, has goods to book.
    """
    if is_stock and accounting.asset == "trade_receivable":
        return "stock"
    return accounting.loss_allowance


def allowance_at_origination(
    basis: Basis,
    profile: LossProfile,
    month_shares: np.ndarray,
    pd_annual: float,
    effective_rate_annual: float,
    on: date,
    *,
    fraud_share: float = 0.0,
    fraud_lgd: float = 1.0,
) -> OriginationAllowance:
    """The allowance of a contract on its first day.

    Honest clients and those who never meant to pay are two groups of one contract; scenarios multiply the PD of the
    honest.

    Args:
        basis: `basis_of` the contract.
        profile: exposure and loss by month of default.
        month_shares: the part of each month that the contract runs, shape (months,), above 0, up to 1.
        pd_annual: probability of default within a year.
        effective_rate_annual: of the contract; discounts.
        on: day whose scenario weights count.
        fraud_share: clients that never pay.
        fraud_lgd: loss given that.
    """
    if basis == "incurred_loss":
        return OriginationAllowance(basis, 0, 0.0, 0)
    known = parameters("loss")
    multiples = np.array([1.0, *(known.value(f"scenario_pd_multiple_{name}", on) for name in ("adverse", "benign"))])
    stressed = np.minimum(pd_annual * multiples, 0.999)
    honest = np.asarray(pd_over_term(stressed[:, None], 365.0 / 12.0 * month_shares[None, :]))
    forged = np.zeros_like(honest)
    forged[:, 0] = 1.0
    exposure = np.stack(
        [(1.0 - fraud_share) * profile.exposure_fen * profile.lgd, fraud_share * profile.exposure_fen * fraud_lgd]
    )

    def loss(is_lifetime: bool) -> float:
        return float(
            expected_credit_loss(
                np.stack([honest, forged], axis=1),
                np.ones((3, 2)),
                exposure,
                effective_rate_annual=max(effective_rate_annual, 0.0),
                stage=Stage.PERFORMING,
                weights=scenario_weights(on),
                is_simplified=is_lifetime,
            ).sum()
        )

    amount = loss(basis == "simplified_lifetime") if basis in BOOKED else 0.0
    return OriginationAllowance(basis, round(amount), amount / float(profile.exposure_fen[0]), round(loss(True)))
