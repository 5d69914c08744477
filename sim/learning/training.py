"""A new version of the platform's default model, fitted on what the platform has seen so far.

Outcomes exist only for clients who had loans. Those who had them although they would have been refused were drawn with
a known chance; each stands for the others like it, so that it counts one over that chance (inverse propensity).
"""

import hashlib

import numpy as np

from credit.default_model import LAST_MONTH, DefaultModel
from credit.default_model_fit import RIDGE, fit_model
from sim.learning.memory import Lessons
from sim.streams import Roster, Streams


def weights_of(lessons: Lessons) -> np.ndarray:
    """Obligor-months that each row stands for: the inverse of its propensity."""
    return 1.0 / lessons.propensity


def sampled(lessons: Lessons, most_rows: int, streams: Streams, who: Roster) -> tuple[Lessons, np.ndarray]:
    """All rows that end in default, and a keyed sample of the others: at most so many on average.

    Whether a firm-month is taken hangs on its own draw, fixed for good, and on how many there are; one more firm moves
    the bar for all, never the draw of another.

    Returns:
        The rows, and how many rows each of them stands for.
    """
    ends_badly = lessons.is_default & (lessons.followed_months <= LAST_MONTH)
    others = len(lessons) - int(ends_badly.sum())
    room = max(most_rows - int(ends_badly.sum()), most_rows // 2)
    if others <= room:
        return lessons, np.ones(len(lessons))
    share = room / others
    draw = np.empty(len(lessons))
    for day in np.unique(lessons.day).tolist():
        own = lessons.day == day
        draw[own] = streams.uniforms("learning sample", day, who)[lessons.firm[own]]
    taken = ends_badly | (draw < share)
    return lessons.of(taken), np.where(ends_badly, 1.0, 1.0 / share)[taken]


def hash_of(lessons: Lessons, weights: np.ndarray) -> str:
    """SHA-256 over everything that a fit learns from."""
    told = hashlib.sha256()
    one, features = lessons, lessons.months.features
    for column in (one.firm, one.day, one.followed_months, one.is_default, one.has_left, weights):
        told.update(np.ascontiguousarray(column))
    told.update("\n".join(map(str, features.columns)).encode())
    told.update(np.ascontiguousarray(features.to_numpy()))
    return told.hexdigest()


def fitted(
    lessons: Lessons, groups: str, most_rows: int, streams: Streams, who: Roster
) -> tuple[DefaultModel, Lessons, np.ndarray]:
    """The model that these lessons teach, with the rows it learnt from and their weights.

    Args:
        lessons: as of the day of the fit.
        groups: feature groups that the platform looks at.
        most_rows: rows to learn from at most.
        streams: all chance.
        who: who draws.

    Raises:
        BadInput: too few defaults, too short a history, or nothing that orders firms.
    """
    rows, stands_for = sampled(lessons, most_rows, streams, who)
    weights = weights_of(rows) * stands_for
    ridge = RIDGE * len(rows) / len(lessons)  # doubt is counted in rows of the whole, and weights keep only ratios
    return fit_model(rows.months, hash_of(rows, weights), groups, ridge, weights), rows, weights
