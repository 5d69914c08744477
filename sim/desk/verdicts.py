"""What a client may have of an offer until the next review, or why it has nothing; one client, or all side by side."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

GRANTED = -1
"""In the place of a reason: the client has a line."""


class Line(NamedTuple):
    """What a client may have of an offer until the next review.

    Attributes:
        limit_fen: the most it may owe under the offer.
        least_fen: the least that is financed: below it the work on the contract is not paid for.
        term_days: the longest term that the offer lists for its band.
        rate_ppm: interest a year.
        deposit_ppm: its own part, the lowest that the offer lists.
        is_guaranteed: priced with the controller's surety.
    """

    limit_fen: int
    least_fen: int
    term_days: int
    rate_ppm: int
    deposit_ppm: int
    is_guaranteed: bool


class Refused(NamedTuple):
    """Why a client has no line: codes joined by `;`."""

    reasons: str


Verdict = Line | Refused


class Verdicts:
    """The verdicts on all clients; that on one of them is made when somebody looks at it.

    Attributes:
        reasons: every reason that somebody is refused for.
        refusal: place of each client's reason among them; GRANTED where it has a line.
        limit_fen: as in `Line`, as the columns below; meaningless where it has none.
    """

    __slots__ = (
        "deposit_ppm",
        "is_guaranteed",
        "least_fen",
        "limit_fen",
        "rate_ppm",
        "reasons",
        "refusal",
        "term_days",
    )

    def __init__(self, clients: int, reasons: str) -> None:
        """Nobody has a line yet, all for the same reasons."""
        self.reasons = [reasons]
        self.refusal = np.zeros(clients, dtype=np.int64)
        self.limit_fen, self.least_fen, self.term_days, self.rate_ppm, self.deposit_ppm = (
            np.zeros(clients, dtype=np.int64) for _ in range(5)
        )
        self.is_guaranteed = np.zeros(clients, dtype=bool)

    def __len__(self) -> int:
        return len(self.refusal)

    def __getitem__(self, row: int) -> Verdict:
        told = self.refusal.item(row)
        if told != GRANTED:
            return Refused(self.reasons[told])
        return Line(
            self.limit_fen.item(row),
            self.least_fen.item(row),
            self.term_days.item(row),
            self.rate_ppm.item(row),
            self.deposit_ppm.item(row),
            self.is_guaranteed.item(row),
        )

    def __iter__(self) -> Iterator[Verdict]:
        return (self[row] for row in range(len(self)))

    @property
    def is_line(self) -> np.ndarray:
        """Whether each client has a line."""
        found: np.ndarray = self.refusal == GRANTED
        return found

    def least_of(self, row: int) -> int:
        """The least that is financed for a client, fen; nothing where it has no line."""
        return self.least_fen.item(row) if self.refusal.item(row) == GRANTED else 0

    def refuse(self, who: np.ndarray | int, reasons: str) -> None:
        """Some have no line, for these reasons.

        Args:
            who: a row, or which clients (rows, or whether each is meant).
            reasons: codes joined by `;`.
        """
        if reasons not in self.reasons:
            self.reasons.append(reasons)
        self.refusal[who] = self.reasons.index(reasons)
