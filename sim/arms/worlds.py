"""Worlds: how much of what the platform sees of a client is that client's own.

If thick data are made to predict well, "live data pay" follows by construction (DOMAIN 0). So how informative they are
is a property of the world that a market is lived in, never of a model: what a client buys, sells, runs and shows to
visitors reaches the platform under the name of another client, for a share of clients that the world names. Clients
who are mistaken for each other exchange their whole histories, so that every marginal distribution of what is seen,
over clients and over time, stays what it was; only its tie to the hidden truth is cut. What does not pass the
platform's eyes stays true: declarations, registers, and the lender's own contracts with their payments.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from sim.streams import Streams

PPM = 1_000_000


@dataclass(frozen=True)
class World:
    """How clearly the platform sees.

    Attributes:
        name: as it was asked for; part of a run's identity.
        informative_ppm: share of clients who are seen as they are.
    """

    name: str
    informative_ppm: int

    @classmethod
    def named(cls, name: str) -> "World":
        """A world of `data/parameters/worlds.yaml`, or one by its share: "0.35".

        Raises:
            BadInput: neither a known name nor a share.
        """
        known = parameters("worlds")
        if name in known:
            return cls(name, round(known.value(name, date.max) * PPM))
        try:
            share = float(name)
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:  # NaN included
            raise BadInput(Problem(f"must be {', '.join(known)}, or a share from 0 to 1", field="world", value=name))
        return cls.of_share(share)

    @classmethod
    def of_share(cls, share: float) -> "World":
        """The world in which this share of clients, rounded to parts per million, is seen as it is."""
        ppm = round(share * PPM)
        return cls(f"{ppm / PPM:g}", ppm)

    def shown_under(self, streams: Streams, firms: int) -> np.ndarray:
        """The row under whose name each firm's trade, behaviour and visits are seen, int, shape (firms,).

        Who is mistaken is keyed by the firm, and who is mistaken in a clear world is mistaken in every dimmer one. The
        mistaken stand in a ring in a drawn order, each seen under the next one's name: nobody is seen twice.
        """
        shown = np.arange(firms)
        if self.informative_ppm < PPM:
            is_mistaken = np.array(streams.ppm("seen clearly", 0, firms)) >= self.informative_ppm
            mistaken = np.flatnonzero(is_mistaken)
            ring = mistaken[np.argsort(streams.bits("mistaken for", 0, firms)[mistaken], kind="stable")]
            shown[ring] = np.roll(ring, 1)
        return shown


INFORMATIVE = World("informative", PPM)
"""The world in which everything is seen as it is."""
