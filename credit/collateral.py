"""What is lost when goods in custody have to be sold: loss given default from the state of the collateral.

Arguments are floats or arrays that broadcast; shares are shares (0.15), not percents. Losses are shares of the exposure
at default. Price paths and volatilities are passed in.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from credit.errors import BadInput, Problem
from credit.ranges import Floats, within

DAYS_A_YEAR = 365.0


def goods_lgd(
    price_drop_share: ArrayLike,
    *,
    deposit_share: ArrayLike,
    day_rate: ArrayLike,
    held_days: ArrayLike,
    liquidation_cost_share: ArrayLike,
) -> Floats:
    """Loss given default of goods in custody whose price has fallen, when they are there and get sold.

    max(0, 1 - (1 - drop)(1 - cost) / ((1 - deposit)(1 + day rate * days))): proceeds over what is owed.

    Args:
        price_drop_share: fall of the goods' price since the purchase; negative when it rose; at most 1.
        deposit_share: the client's own part of the price, below 1.
        day_rate: simple interest a day on the financed part.
        held_days: days since the purchase.
        liquidation_cost_share: cost of a forced sale, a share of the market value.

    Raises:
        BadInput: an argument is out of its range.
    """
    drop = within("price_drop_share", price_drop_share, high=1.0)
    owed = _owed_per_value(deposit_share, day_rate, held_days)
    proceeds = (1.0 - drop) * (1.0 - within("liquidation_cost_share", liquidation_cost_share, 0.0, 1.0))
    return np.maximum(0.0, 1.0 - proceeds / owed)


def expected_goods_lgd(
    volatility_annual: ArrayLike,
    *,
    deposit_share: ArrayLike,
    day_rate: ArrayLike,
    term_days: ArrayLike,
    liquidation_days: ArrayLike,
    liquidation_cost_share: ArrayLike,
) -> Floats:
    """Expected loss given default of goods in custody before their price is known: a put on them.

    The goods, net of the cost of a sale, are worth a lognormal amount without drift at the end of term and liquidation;
    the client, able to walk away, holds a put on them that is struck at what is owed at maturity.

    Args:
        volatility_annual: standard deviation of the log price over a year of 365 days, > 0.
        deposit_share: the client's own part of the price, below 1.
        day_rate: simple interest a day on the financed part.
        term_days: days to maturity.
        liquidation_days: calendar days from maturity to the sale.
        liquidation_cost_share: cost of a forced sale, a share of the market value.

    Raises:
        BadInput: an argument is out of its range.
    """
    volatility = within("volatility_annual", volatility_annual, low=0.0)
    days = within("term_days", term_days, low=1.0) + within("liquidation_days", liquidation_days, low=0.0)
    strike = _owed_per_value(deposit_share, day_rate, term_days)
    spot = 1.0 - within("liquidation_cost_share", liquidation_cost_share, 0.0, 1.0)
    spread = np.maximum(volatility * np.sqrt(days / DAYS_A_YEAR), 1e-12)
    with np.errstate(divide="ignore"):
        distance = np.log(spot / strike) / spread + spread / 2.0
    return ndtr(spread - distance) - spot / strike * ndtr(-distance)


def lgd_with_missing_goods(missing_share: ArrayLike, lgd_if_missing: ArrayLike, lgd_if_present: ArrayLike) -> Floats:
    """Loss given default when at some defaults the goods turn out swapped, pledged twice or never there.

    Args:
        missing_share: share of defaults at which the goods are missing.
        lgd_if_missing: loss given default then.
        lgd_if_present: loss given default when the goods are there.

    Raises:
        BadInput: an argument lies outside 0 to 1.
    """
    missing = within("missing_share", missing_share, 0.0, 1.0)
    worst = within("lgd_if_missing", lgd_if_missing, 0.0, 1.0)
    return missing * worst + (1.0 - missing) * within("lgd_if_present", lgd_if_present, 0.0, 1.0)


def _owed_per_value(deposit_share: ArrayLike, day_rate: ArrayLike, days: ArrayLike) -> Floats:
    deposit = within("deposit_share", deposit_share, 0.0, 1.0)
    if (deposit == 1.0).any():
        raise BadInput(Problem("must be below 1: nothing would be financed", field="deposit_share", value=1.0))
    interest = within("day_rate", day_rate, low=0.0) * within("days", days, low=0.0)
    return (1.0 - deposit) * (1.0 + interest)
