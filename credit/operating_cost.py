"""What the work on a client costs a year, as a share of the exposure: frequency punishes manual work.

o = c_order (365 / T) / EAD + servicing + visits + collections: RMB 150 on an order of 250,000 at 30 days is 0.73 %.
Costs of an order and of a visit are fixed, so they fall with tenor and size; servicing grows with the balance;
collections are paid out of what they bring in. Amounts are fen; arguments are scalars or arrays that broadcast.
"""

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.parameters import ParameterSet, parameters

DAYS_A_YEAR = 365.0
FEN_PER_YUAN = 100

Numbers = float | NDArray[np.float64]


@dataclass(frozen=True)
class WorkCosts:
    """Unit costs of the work; `data/parameters/operating_cost.yaml` has them with sources.

    Attributes:
        order_fen: work on one order.
        servicing_share_annual: of the balance.
        visit_fen: one visit.
        visits_a_year: visits to one client.
        collection_share: of the amount recovered after default.
        onboarding_fen: winning and identifying a client, once; part of no order's price.
    """

    order_fen: float
    servicing_share_annual: float
    visit_fen: float
    visits_a_year: float
    collection_share: float
    onboarding_fen: float

    @classmethod
    def on(cls, day: date, source: ParameterSet | None = None) -> "WorkCosts":
        """The costs in force on a day.

        Raises:
            BadInput: a parameter is missing or not known for that day.
        """
        known = parameters("operating_cost") if source is None else source
        return cls(
            order_fen=known.value("order_cost", day) * FEN_PER_YUAN,
            servicing_share_annual=known.value("servicing_share", day),
            visit_fen=known.value("visit_cost", day) * FEN_PER_YUAN,
            visits_a_year=known.value("visits_a_year", day),
            collection_share=known.value("collection_share", day),
            onboarding_fen=known.value("onboarding_cost", day) * FEN_PER_YUAN,
        )

    def fixed_fen_a_year(self, term_days: ArrayLike) -> Numbers:
        """Orders and visits of a client that always owes one order, whatever its size."""
        term = _at_least("term_days", term_days, 1.0)
        return _plain(self.order_fen * DAYS_A_YEAR / term + self.visit_fen * self.visits_a_year)


@dataclass(frozen=True)
class OperatingCost:
    """Operating cost by cause, shares of the exposure a year; the parts sum to `total`."""

    orders: Numbers
    servicing: Numbers
    visits: Numbers
    collections: Numbers

    @property
    def total(self) -> Numbers:
        """What pricing calls o."""
        return self.orders + self.servicing + self.visits + self.collections

    def parts(self) -> dict[str, Numbers]:
        """The parts by name."""
        return asdict(self)


def operating_cost(
    exposure_fen: ArrayLike,
    term_days: ArrayLike,
    pd_annual: ArrayLike,
    lgd: ArrayLike,
    work: WorkCosts,
    client_balance_fen: ArrayLike | None = None,
) -> OperatingCost:
    """Operating cost of an order, a share of its exposure a year.

    Args:
        exposure_fen: what one order finances, >= 1.
        term_days: days to maturity, >= 1.
        pd_annual: probability of default within a year, 0 to 1.
        lgd: loss given default, 0 to 1; the rest is collected.
        work: unit costs.
        client_balance_fen: what the client owes on average over all its orders, which shares the visits; one order when
            absent.

    Raises:
        BadInput: an argument is out of its range; the error names it.
    """
    exposure = _at_least("exposure_fen", exposure_fen, 1.0)
    term = _at_least("term_days", term_days, 1.0)
    pd, loss = _share("pd_annual", pd_annual), _share("lgd", lgd)
    balance = exposure if client_balance_fen is None else _at_least("client_balance_fen", client_balance_fen, 1.0)
    return OperatingCost(
        orders=_plain(work.order_fen * (DAYS_A_YEAR / term) / exposure),
        servicing=work.servicing_share_annual,
        visits=_plain(work.visit_fen * work.visits_a_year / balance),
        collections=_plain(work.collection_share * pd * (1.0 - loss)),
    )


def _at_least(field: str, value: ArrayLike, low: float) -> NDArray[np.float64]:
    numbers = np.asarray(value, dtype=float)
    is_right = np.isfinite(numbers) & (numbers >= low)
    if not is_right.all():
        told = float(numbers[~is_right].flat[0])
        raise BadInput(Problem(f"must be a finite number >= {low:g}", field=field, value=told))
    return numbers


def _share(field: str, value: ArrayLike) -> NDArray[np.float64]:
    numbers = _at_least(field, value, 0.0)
    if (numbers > 1.0).any():
        raise BadInput(Problem("must be from 0 to 1", field=field, value=float(numbers.max())))
    return numbers


def _plain(numbers: NDArray[np.float64]) -> Numbers:
    return float(numbers) if np.ndim(numbers) == 0 else numbers
