"""The one-factor loss distribution: of an infinitely fine pool (Vasicek) and, exactly, of a pool of given loans.

An obligor defaults when sqrt(rho) Z + sqrt(1 - rho) e falls below the normal quantile of its PD; Z is common to all.
Given Z = z defaults are independent, so every distribution here is a mixture over the one factor.

Source: O. Vasicek, "The distribution of loan portfolio value", Risk (December 2002).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, xlog1py, xlogy

from credit.errors import BadInput, Problem

Number = float | np.ndarray

_FACTOR_REACH = 9.0
"""The factor is mixed over +-9 standard deviations; what lies outside has probability 2e-19."""

_TAIL_NODES, _TAIL_WEIGHTS = np.polynomial.legendre.leggauss(160)
_BLOCK_CELLS = 2_000_000
MOST_UNITS = 1_000_000
"""The finest grid of losses that `pool_losses` accepts, in units of loss for the whole pool."""


def conditional_pd(pd: Number, correlation: Number, stress_quantile: Number) -> np.ndarray:
    """The PD when the common factor stands at its bad `stress_quantile`.

    Args:
        pd: unconditional probability of default, a share in [0, 1].
        correlation: asset correlation, a share in [0, 1).
        stress_quantile: 0.999 is the state that only one year in a thousand exceeds.

    Raises:
        BadInput: an argument lies outside its range.
    """
    p, rho = _checked(pd, correlation)
    return ndtr((ndtri(p) + np.sqrt(rho) * ndtri(_open_share(stress_quantile))) / np.sqrt(1.0 - rho))


def vasicek_quantile(probability: Number, pd: Number, correlation: Number, lgd: Number = 1.0) -> np.ndarray:
    """The loss share that an infinitely fine pool exceeds with probability 1 - `probability`.

    Raises:
        BadInput: an argument lies outside its range.
    """
    return np.asarray(lgd) * conditional_pd(pd, correlation, probability)


def vasicek_cdf(loss_share: Number, pd: Number, correlation: Number, lgd: Number = 1.0) -> np.ndarray:
    """The probability that an infinitely fine pool loses at most `loss_share` of its exposure.

    Raises:
        BadInput: an argument lies outside its range, or the correlation is 0 (the loss is then certain).
    """
    p, rho = _checked(pd, correlation)
    if np.any(rho == 0.0):
        raise BadInput(Problem("must be > 0: without correlation the loss is certain", field="correlation", value=0.0))
    defaulted = np.clip(np.asarray(loss_share, dtype=float) / np.asarray(lgd), 0.0, 1.0)
    return ndtr((np.sqrt(1.0 - rho) * ndtri(defaulted) - ndtri(p)) / np.sqrt(rho))


def vasicek_expected_shortfall(probability: Number, pd: Number, correlation: Number, lgd: Number = 1.0) -> np.ndarray:
    """The mean loss share of an infinitely fine pool in its worst 1 - `probability` of states.

    The mean over the tail of the factor, by Gauss-Legendre quadrature (160 nodes; the integrand is smooth).

    Raises:
        BadInput: an argument lies outside its range.
    """
    p, rho, q = np.broadcast_arrays(*_checked(pd, correlation), _open_share(probability))
    start = ndtri(q)[..., None]
    half = (np.maximum(start, 0.0) + _FACTOR_REACH - start) / 2.0
    z = start + half * (1.0 + _TAIL_NODES)
    weights = half * _TAIL_WEIGHTS * _density(z)
    given_z = ndtr((ndtri(p)[..., None] + np.sqrt(rho)[..., None] * z) / np.sqrt(1.0 - rho)[..., None])
    return np.asarray(lgd) * (given_z * weights).sum(axis=-1) / weights.sum(axis=-1)


@dataclass(frozen=True)
class LossDistribution:
    """Losses on an even grid and their probabilities.

    Attributes:
        losses: ascending, in the unit that the maker of the distribution says.
        probabilities: of each loss; they sum to 1.
    """

    losses: np.ndarray
    probabilities: np.ndarray

    @property
    def mean(self) -> float:
        """The expected loss."""
        return float(self.losses @ self.probabilities)

    def cdf(self, loss: Number) -> np.ndarray:
        """The probability of losing at most `loss`."""
        reached = np.searchsorted(self.losses, loss, side="right")
        return np.concatenate([[0.0], np.minimum(np.cumsum(self.probabilities), 1.0)])[reached]

    def quantile(self, probability: float) -> float:
        """The least loss that is not exceeded with at least `probability`.

        Raises:
            BadInput: the probability is not strictly between 0 and 1.
        """
        _open_share(probability)
        first = int(np.searchsorted(np.cumsum(self.probabilities), probability * (1.0 - 1e-12)))
        return float(self.losses[min(first, self.losses.size - 1)])

    def expected_shortfall(self, probability: float) -> float:
        """The mean loss of the worst 1 - `probability` of states; the atom at the quantile is split.

        Raises:
            BadInput: the probability is not strictly between 0 and 1.
        """
        at = self.quantile(probability)
        beyond = self.losses > at
        mass = float(self.probabilities[beyond].sum())
        tail = float(self.losses[beyond] @ self.probabilities[beyond])
        return (tail + at * (1.0 - probability - mass)) / (1.0 - probability)


def pool_defaults(obligors: int, pd: float, correlation: float) -> LossDistribution:
    """The exact distribution of the number of defaults among equal obligors.

    A binomial mixture over the factor; the trapezoidal rule converges exponentially on it, and its step shrinks with
    the root of the pool's size because the binomial narrows so.

    Args:
        obligors: number of obligors, at least 1.
        pd: probability of default of each, a share in [0, 1].
        correlation: asset correlation, a share in [0, 1).

    Returns:
        The distribution over 0, 1, ..., `obligors` defaults.

    Raises:
        BadInput: an argument lies outside its range.
    """
    if obligors < 1:
        raise BadInput(Problem("must be >= 1", field="obligors", value=obligors))
    p, rho = _checked(pd, correlation)
    counts = np.arange(obligors + 1)
    ways = gammaln(obligors + 1.0) - gammaln(counts + 1.0) - gammaln(obligors - counts + 1.0)
    total = np.zeros(obligors + 1)
    for z, weights in _factor_blocks(obligors, cells_per_node=obligors + 1):
        given_z = ndtr((ndtri(p) + np.sqrt(rho) * z) / np.sqrt(1.0 - rho))[:, None]
        total += weights @ np.exp(ways + xlogy(counts, given_z) + xlog1py(obligors - counts, -given_z))
    return LossDistribution(counts.astype(float), total / total.sum())


def pool_losses(loss_units: np.ndarray, pd: Number, correlation: Number) -> LossDistribution:
    """The exact distribution of the loss of a pool of unequal loans.

    Given the factor the pool's characteristic function is a product; it is mixed over the factor and transformed back
    once. Obligors with equal loss and PD are taken together, so a granular pool costs little.

    Args:
        loss_units: what each obligor loses its lender when it defaults (exposure x LGD), in whole units, (n,).
        pd: probability of default, a share, scalar or (n,).
        correlation: asset correlation, a share in [0, 1), scalar or (n,).

    Returns:
        The distribution over 0, 1, ..., sum(loss_units) units.

    Raises:
        BadInput: losses are not whole and non-negative, too fine (more than a million units in all), or a share lies
            outside its range.
    """
    units = np.asarray(loss_units)
    if units.ndim != 1 or units.size == 0 or not np.issubdtype(units.dtype, np.integer) or np.any(units < 0):
        raise BadInput(
            Problem("must be whole numbers >= 0, one an obligor", field="loss_units", remedy="round to a coarser unit")
        )
    if int(units.sum()) > MOST_UNITS:
        raise BadInput(
            Problem(
                f"must sum to at most {MOST_UNITS} units",
                field="loss_units",
                value=int(units.sum()),
                remedy="take a coarser unit",
            )
        )
    p, rho = _checked(pd, correlation)
    kinds, copies = np.unique(
        np.column_stack(np.broadcast_arrays(units.astype(float), p, rho)), axis=0, return_counts=True
    )
    total_units = int(units.sum())
    frequencies = np.arange((total_units + 1) // 2 + 1)
    turns = np.exp(-2j * np.pi * (np.outer(kinds[:, 0], frequencies) % (total_units + 1)) / (total_units + 1))
    transform = np.zeros(frequencies.size, dtype=complex)
    nodes, node_weights = _factor_grid(units.size)
    for z, weight in zip(nodes, node_weights, strict=True):
        given_z = ndtr((ndtri(kinds[:, 1]) + np.sqrt(kinds[:, 2]) * z) / np.sqrt(1.0 - kinds[:, 2]))[:, None]
        factors = (1.0 - given_z) + given_z * turns
        transform += weight * np.prod(factors ** copies[:, None], axis=0)
    probabilities = np.maximum(np.fft.irfft(transform, n=total_units + 1), 0.0)
    return LossDistribution(np.arange(total_units + 1.0), probabilities / probabilities.sum())


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)


def _factor_grid(obligors: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights that mix over the factor; the weights sum to 1 up to 1e-15."""
    count = int(max(240.0, 60.0 * np.sqrt(obligors)))
    nodes = np.linspace(-_FACTOR_REACH, _FACTOR_REACH, count)
    return nodes, _density(nodes) * (nodes[1] - nodes[0])


def _factor_blocks(obligors: int, cells_per_node: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The grid in pieces whose tables of nodes x cells stay small."""
    nodes, weights = _factor_grid(obligors)
    pieces = -(-nodes.size * cells_per_node // _BLOCK_CELLS)
    return list(zip(np.array_split(nodes, pieces), np.array_split(weights, pieces), strict=True))


def _checked(pd: Number, correlation: Number) -> tuple[np.ndarray, np.ndarray]:
    p, rho = np.asarray(pd, dtype=float), np.asarray(correlation, dtype=float)
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise BadInput(Problem("must be a share from 0 to 1", field="pd", value=_first(p, (p >= 0.0) & (p <= 1.0))))
    if not np.all((rho >= 0.0) & (rho < 1.0)):
        raise BadInput(
            Problem(
                "must be a share from 0 to below 1", field="correlation", value=_first(rho, (rho >= 0.0) & (rho < 1.0))
            )
        )
    return p, rho


def _open_share(probability: Number) -> np.ndarray:
    q = np.asarray(probability, dtype=float)
    if not np.all((q > 0.0) & (q < 1.0)):
        raise BadInput(
            Problem("must lie strictly between 0 and 1", field="probability", value=_first(q, (q > 0.0) & (q < 1.0)))
        )
    return q


def _first(values: np.ndarray, is_good: np.ndarray) -> float:
    return float(np.ravel(values)[~np.ravel(is_good)][0])
