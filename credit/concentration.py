"""How a balance is spread over names: Herfindahl index, effective names, top shares."""

from dataclasses import dataclass

import numpy as np

from credit.errors import BadInput, Problem


@dataclass(frozen=True)
class Concentration:
    """How a balance is spread over names.

    Attributes:
        names: names with a balance.
        hhi: Herfindahl index, the sum of squared shares, from 1 / names to 1.
        effective_names: 1 / hhi: as many equal names are as concentrated.
        top_shares: share of the balance with the 1, 10 and 20 largest names, and the largest tenth of them.
    """

    names: int
    hhi: float
    effective_names: float
    top_shares: dict[str, float]


def concentration(balances: np.ndarray) -> Concentration:
    """How balances, one a name, are spread.

    Raises:
        BadInput: a balance is negative, or there is none.
    """
    amounts = np.sort(np.asarray(balances, dtype=float))[::-1]
    if amounts.size == 0 or amounts[-1] < 0.0 or amounts.sum() <= 0.0:
        raise BadInput(Problem("must be >= 0 with a positive sum", field="balances"))
    shares = amounts[amounts > 0.0] / amounts.sum()
    hhi = float(shares @ shares)
    running = np.cumsum(shares)
    tops = {"top_1": 1, "top_10": 10, "top_20": 20, "top_decile": max(1, round(shares.size / 10))}
    return Concentration(
        names=shares.size,
        hhi=hhi,
        effective_names=1.0 / hhi,
        top_shares={name: float(running[min(count, shares.size) - 1]) for name, count in tops.items()},
    )
