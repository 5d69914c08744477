"""Every client's lines under a ladder, worked out once a month for all of them instead of application by application.

`credit.ladder_decision.Judge` says yes or no to one application. What of its verdict does not hang on the amount is
asked once a client and offer; what does is turned into bounds: the least amount whose all-in rate still pays the work
on it, and the most that the limit allows. An application is then a comparison of whole numbers, and its answer is the
Judge's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from credit.ladder_decision import Application, Judge, limit_yuan, owed_here_yuan
from credit.ladder_measures import Facts
from credit.ladder_offers import Offer, OfferBand
from credit.pricing import DAYS_A_YEAR, quote

PPM = 1_000_000
FEN = 100
SMALLEST_YUAN = 1.0


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


@dataclass(frozen=True)
class BandPrice:
    """What all clients of a band of an offer have in common."""

    nominal_irr: float
    loss_given_default: float
    term_days: int
    is_within_cap: bool


class Lookup:
    """The monthly review of all clients for the offers of a ladder.

    Args:
        judge: the ladder with costs and caps of its day.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.policy = judge.policy
        self._price = cache(self._band_price)

    def verdicts(
        self, offer: Offer, clients: Sequence[Facts], is_guaranteed: Sequence[bool], is_open: Sequence[bool]
    ) -> list[Verdict]:
        """A line or a refusal for every client.

        Args:
            offer: of the policy.
            clients: facts of the day.
            is_guaranteed: whether each client's controller would stand surety.
            is_open: whether each client's standing opens the offer.

        Returns:
            One verdict a client.
        """
        told: list[Verdict] = [Refused("stage")] * len(clients)
        rows: list[int] = []
        for row, facts in enumerate(clients):
            if not is_open[row]:
                continue
            missed = next((check.code for check in self.judge.admission(facts, offer) if not check.is_kept), None)
            pd = facts.get("pd_annual")
            if missed is None and (pd is None or offer.band_of(pd) is None):
                missed = "pd_annual"
            if missed is None:
                rows.append(row)
            else:
                told[row] = Refused(missed)
        if rows:
            self._price_all(offer, [clients[row] for row in rows], [is_guaranteed[row] for row in rows], rows, told)
        return told

    def _price_all(
        self, offer: Offer, clients: list[Facts], is_guaranteed: list[bool], rows: list[int], told: list[Verdict]
    ) -> None:
        pds = np.array([facts.values["pd_annual"] for facts in clients])
        bands = [offer.bands.index(_band_of(offer, pd)) for pd in pds.tolist()]
        surety = [is_so and offer.is_guarantee_possible for is_so in is_guaranteed]
        prices = [self._price(offer.name, band, is_so) for band, is_so in zip(bands, surety, strict=True)]
        nominal = np.array([price.nominal_irr for price in prices])
        losses = np.array([price.loss_given_default for price in prices])
        terms = np.array([float(price.term_days) for price in prices])
        free = quote(nominal, pds, losses, terms, replace(self.judge.costs, operating_cost_annual=0.0))
        worked = quote(nominal, pds, losses, terms, replace(self.judge.costs, operating_cost_annual=1.0))
        required = np.atleast_1d(free.required_rate_annual)
        slope = np.atleast_1d(worked.required_rate_annual) - required
        lost = np.atleast_1d(free.expected_loss_share)
        room = (nominal - required) / slope - offer.servicing_cost.value  # for the work on one contract, a year
        with np.errstate(divide="ignore"):
            least = np.where(
                room > 0, offer.contract_cost.value * DAYS_A_YEAR / terms / np.maximum(room, 1e-300), np.inf
            )
        for place, (row, facts) in enumerate(zip(rows, clients, strict=True)):
            band, price = offer.bands[bands[place]], prices[place]
            if lost[place] > offer.expected_loss_maximum.value:
                told[row] = Refused("expected_loss")
            elif not np.isfinite(least[place]):
                told[row] = Refused("break_even")
            elif not price.is_within_cap:
                told[row] = Refused("rate_cap")
            else:
                own = offer.deposits[0].value
                smallest = max(float(least[place]), SMALLEST_YUAN * (1.0 - own))
                limit = limit_yuan(facts, offer, band, price.term_days)
                told[row] = Line(
                    limit_fen=int(limit * FEN),
                    least_fen=int(np.ceil(smallest * FEN)),
                    term_days=price.term_days,
                    rate_ppm=round(band.rate_annual.value * PPM),
                    deposit_ppm=offer.deposits[0].ppm,
                    is_guaranteed=surety[place],
                )

    def _band_price(self, name: str, band_number: int, is_guaranteed: bool) -> BandPrice:
        """The all-in rate of a band, asked of the Judge once."""
        offer = self.policy.offer(name)
        assert offer is not None
        band = offer.bands[band_number]
        term = max(
            (run.value for run in offer.terms if run.value <= band.longest_term.value), default=offer.terms[0].value
        )
        asked = Application(name, 1e6, term, offer.deposits[0].value, is_guaranteed)
        price = self.judge.price(Facts("nobody", 0, {"pd_annual": band.pd_annual_up_to.value}), offer, asked)
        assert price is not None
        cap = self.judge.caps.get(offer.name, np.inf) + 1e-9
        is_within = term <= band.longest_term.value and price.nominal_irr <= cap
        return BandPrice(price.nominal_irr, price.loss_given_default, term, bool(is_within))


def grants(line: Line, financed_fen: int, owed_here_fen: int, owed_fen: int, total_cap_fen: int) -> str | None:
    """Why an application of an amount is refused; None where it is granted.

    Args:
        line: the client's.
        financed_fen: asked for, less the client's own part.
        owed_here_fen: owed already under the offer.
        owed_fen: owed already over all products.
        total_cap_fen: the policy's cap on one obligor.
    """
    if financed_fen < line.least_fen:
        return "break_even"
    if owed_here_fen + financed_fen > line.limit_fen:
        return "limit"
    if owed_fen + financed_fen > total_cap_fen:
        return "total_exposure"
    return None


def owed_under(facts: Facts, offer: Offer) -> int:
    """What a client owed under an offer by the facts, fen."""
    return round(owed_here_yuan(facts, offer) * FEN)


def _band_of(offer: Offer, pd: float) -> OfferBand:
    band = offer.band_of(pd)
    assert band is not None
    return band
