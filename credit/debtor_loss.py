"""What is lost when claims on others stand behind an exposure: debtor and seller, the controller's guarantee, fraud.

An advance on an invoice with recourse is lost only when two names fail: the debtor who owes it and the seller who sold
it. Their defaults are joined by a Gaussian copula. A fictitious invoice has no debtor, and its seller is the one who
forged it: fraud passes by both names.

Arguments are floats or arrays that broadcast; shares are shares. Amounts share one unit, whatever it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, owens_t

from credit.ranges import Floats, share, within

_NEAR_ZERO = 1e-14
"""Thresholds nearer to zero than this are moved here: Owen's formula divides by them."""


def joint_default_probability(pd_debtor: ArrayLike, pd_seller: ArrayLike, correlation: ArrayLike) -> Floats:
    """Probability that both fail: Phi2(Phi^-1(PD debtor), Phi^-1(PD seller); rho).

    The bivariate normal comes from Owen's T function (Owen 1956), which is vectorised; the result is held between the
    Fréchet bounds max(0, p + q - 1) and min(p, q), which it meets at correlations of -1 and 1.

    Args:
        pd_debtor: probability of default of the debtor, from 0 to 1.
        pd_seller: probability of default of the seller over the same time.
        correlation: of their latent asset returns, from -1 to 1.

    Raises:
        BadInput: an argument is out of its range.
    """
    p, q = share("pd_debtor", pd_debtor), share("pd_seller", pd_seller)
    p, q, rho = np.broadcast_arrays(p, q, within("correlation", correlation, -1.0, 1.0))
    highest = np.minimum(p, q)
    lowest = np.clip(p + q - 1.0, 0.0, highest)
    is_inner = (p > 0.0) & (p < 1.0) & (q > 0.0) & (q < 1.0) & (np.abs(rho) < 1.0)
    # where a bound is met any threshold serves: the bound overwrites it
    h, k = (_away_from_zero(ndtri(np.where(is_inner, value, 0.25))) for value in (p, q))
    r = np.where(is_inner, rho, 0.0)
    root = np.sqrt((1.0 - r) * (1.0 + r))
    both = (ndtr(h) + ndtr(k)) / 2.0 - np.where(h * k > 0.0, 0.0, 0.5)
    both = both - owens_t(h, (k / h - r) / root) - owens_t(k, (h / k - r) / root)
    at_limit = np.where(rho > 0.0, highest, np.where(rho < 0.0, lowest, p * q))
    return np.clip(np.where(is_inner, both, at_limit), lowest, highest)


def recourse_loss(
    exposure: ArrayLike,
    invoice: ArrayLike,
    *,
    dilution_share: ArrayLike,
    debtor_recovery_share: ArrayLike,
    seller_recovery_share: ArrayLike,
) -> Floats:
    """What is lost of an advance when debtor and seller have both failed, in the unit of the exposure.

    max(0, EAD - N (1 - dilution) x debtor recovery) (1 - seller recovery). The debtor pays first; the seller is asked
    for what is missing. Without recourse the seller's recovery is 0; when the debtor lives, his is 1.

    Args:
        exposure: advanced and unpaid (EAD).
        invoice: face value of the invoices behind it (N).
        dilution_share: part of the invoices that falls away by returns, offsets and price claims.
        debtor_recovery_share: what the debtor pays of the rest.
        seller_recovery_share: what the seller pays of what is missing.

    Raises:
        BadInput: an argument is out of its range.
    """
    from_debtor = (
        within("invoice", invoice, low=0.0)
        * (1.0 - share("dilution_share", dilution_share))
        * share("debtor_recovery_share", debtor_recovery_share)
    )
    missing = np.maximum(0.0, within("exposure", exposure, low=0.0) - from_debtor)
    return missing * (1.0 - share("seller_recovery_share", seller_recovery_share))


@dataclass(frozen=True)
class AdvanceLoss:
    """Expected loss of an advance by what caused it, in the unit of the exposure.

    Attributes:
        both_fail: debtor and seller fail; without recourse, the debtor fails.
        dilution: the seller fails, and the debtor pays less than was advanced.
        fictitious: there never was a debtor.
    """

    both_fail: Floats
    dilution: Floats
    fictitious: Floats

    @property
    def total(self) -> Floats:
        """The three together."""
        return self.both_fail + self.dilution + self.fictitious


def advance_expected_loss(
    exposure: ArrayLike,
    invoice: ArrayLike,
    *,
    pd_debtor: ArrayLike,
    pd_seller: ArrayLike,
    correlation: ArrayLike,
    dilution_share: ArrayLike,
    debtor_recovery_share: ArrayLike,
    seller_recovery_share: ArrayLike,
    fictitious_share: ArrayLike,
    fictitious_lgd: ArrayLike,
    has_recourse: bool = True,
) -> AdvanceLoss:
    """Expected loss of an advance on invoices over the time that the two PDs cover.

    With recourse, a debtor who fails alone costs nothing: a living seller buys the claim back. Without it, the debtor's
    default is enough and the seller pays nothing, but he still answers for dilution while he lives.

    Args:
        exposure: advanced and unpaid (EAD).
        invoice: face value of the invoices behind it (N).
        pd_debtor: probability that the debtor fails.
        pd_seller: probability that the seller fails.
        correlation: of their latent asset returns, from -1 to 1.
        dilution_share: part of the invoices that falls away.
        debtor_recovery_share: what a failed debtor pays.
        seller_recovery_share: what a failed seller pays of what is missing.
        fictitious_share: probability that the invoices are forged.
        fictitious_lgd: loss given that they are.
        has_recourse: whether the seller must buy back what the debtor leaves unpaid.

    Raises:
        BadInput: an argument is out of its range.
    """
    joint = joint_default_probability(pd_debtor, pd_seller, correlation)
    forged = share("fictitious_share", fictitious_share)
    lost = recourse_loss(
        exposure,
        invoice,
        dilution_share=dilution_share,
        debtor_recovery_share=debtor_recovery_share,
        seller_recovery_share=seller_recovery_share if has_recourse else 0.0,
    )
    diluted = recourse_loss(
        exposure,
        invoice,
        dilution_share=dilution_share,
        debtor_recovery_share=1.0,
        seller_recovery_share=seller_recovery_share,
    )
    failing = joint if has_recourse else np.asarray(pd_debtor, dtype=float)
    return AdvanceLoss(
        both_fail=(1.0 - forged) * failing * lost,
        dilution=(1.0 - forged) * (np.asarray(pd_seller, dtype=float) - joint) * diluted,
        fictitious=forged * share("fictitious_lgd", fictitious_lgd) * np.asarray(exposure, dtype=float),
    )


def guaranteed_lgd(lgd: ArrayLike, reach_share: ArrayLike, wealth_per_exposure: ArrayLike = 1.0) -> Floats:
    """Loss given default that a guarantee leaves: the guarantor pays a part of it, and not more than he has.

    lgd - min(lgd x reach, wealth / EAD). The reach is what a court order against the controller brings in the states in
    which his firm has failed: he has mostly failed with it, so that it is small.

    Args:
        lgd: without the guarantee.
        reach_share: part of the remaining loss that the guarantor can be made to pay.
        wealth_per_exposure: what can be seized of him, over the exposure at default; 1 never binds.

    Raises:
        BadInput: an argument is out of its range.
    """
    alone = share("lgd", lgd)
    most = within("wealth_per_exposure", wealth_per_exposure, low=0.0)
    return alone - np.minimum(alone * share("reach_share", reach_share), most)


def loss_with_first_payment_fraud(expected_loss: ArrayLike, fraud_share: ArrayLike, fraud_lgd: ArrayLike) -> Floats:
    """Expected loss of a loan when some clients never meant to pay, a share of the exposure.

    fraud x LGD of fraud + (1 - fraud) x expected loss of the honest. Collateral and PD of the honest do not help
    against fraud. `credit.cycle_pricing.fraud_reaching_first_payment` gives the share after the fraud gate.

    Args:
        expected_loss: of honest clients.
        fraud_share: clients that never pay.
        fraud_lgd: loss given fraud.

    Raises:
        BadInput: an argument lies outside 0 to 1.
    """
    fraud = share("fraud_share", fraud_share)
    return fraud * share("fraud_lgd", fraud_lgd) + (1.0 - fraud) * share("expected_loss", expected_loss)


def _away_from_zero(threshold: Floats) -> Floats:
    return np.where(np.abs(threshold) < _NEAR_ZERO, _NEAR_ZERO, threshold)
