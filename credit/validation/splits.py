"""The two ways to hold rows back, which must stand side by side: at random, and later in time."""

from dataclasses import dataclass

import numpy as np

from credit.validation_sets.base import ValidationSet

SBA_LAST_TRAINING_YEAR, SBA_LAST_TEST_YEAR = 2005, 2010
"""The crisis lies between; later vintages were followed for less than four years."""
LATER_SHARE = 1 / 3
STRAY_SHARE = 0.01
"""Of the rows of a table that may be dated out of its time: slips of the pen, years that begin in October."""
PLATFORM_HORIZON_MONTHS = 12


@dataclass(frozen=True)
class InTime:
    """Rows to learn from and later rows to be judged on.

    Attributes:
        train: whose outcomes were known before the first row of `test` was decided, unless `knows_later`.
        test: later rows.
        train_told: their vintages in words, such as "to 2005".
        test_told: the same for the test.
        knows_later: whether outcomes of training rows reach into the test years.
    """

    train: ValidationSet
    test: ValidationSet
    train_told: str
    test_told: str
    knows_later: bool


def in_time(known: ValidationSet) -> InTime | None:
    """The set split by vintage; None where it has no vintages to split by.

    SBA loans learn from approvals to 2005, with outcomes as the file tells them (to 2014: they know the crisis), and
    are judged on 2006 to 2010. Firm-months learn from those whose year was over before the last third begins. Other
    tables learn from the earlier two thirds of their rows.
    """
    vintages = np.unique(known.vintage)
    if len(vintages) < 2:
        return None
    if known.name == "sba":
        train = known.vintage <= SBA_LAST_TRAINING_YEAR
        test = (known.vintage > SBA_LAST_TRAINING_YEAR) & (known.vintage <= SBA_LAST_TEST_YEAR)
    else:
        ordered = np.sort(known.vintage)
        start = ordered[int(len(ordered) * (1.0 - LATER_SHARE))]
        gap = np.timedelta64(PLATFORM_HORIZON_MONTHS, "M") if known.name == "platform" else None
        train = known.vintage <= start - gap if gap is not None else known.vintage < start
        test = known.vintage >= start
    parts = [known.part(rows) for rows in (train, test)]
    if any(min(part.y.sum(), (1 - part.y).sum()) < 10 for part in parts):
        return None
    told = [f"{part.vintage.min()} to {part.vintage.max()}" for part in parts]
    return InTime(parts[0], parts[1], told[0], told[1], knows_later=known.name == "sba")


def is_later(test: ValidationSet, train: ValidationSet) -> bool:
    """Whether rows were decided after those of another set: not before them, strays apart, and reaching beyond them."""
    own, others = np.sort(test.vintage), np.sort(train.vintage)
    first, last = own[int(len(own) * STRAY_SHARE)], others[-1 - int(len(others) * STRAY_SHARE)]
    return bool(first >= last and own[-1] > others[-1])
