"""Every client's lines under a ladder, worked out once a month for all of them instead of application by application.

`credit.ladder_decision.Judge` says yes or no to one application. What of its verdict does not hang on the amount is
asked once a client and offer; what does is turned into bounds: the least amount whose all-in rate still pays the work
on it, and the most that the limit allows. An application is then a comparison of whole numbers, and its answer is the
Judge's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from credit.ladder_decision import Application, Judge, limit_yuan
from credit.ladder_facts import FactColumns
from credit.ladder_measures import Facts
from credit.ladder_offers import Gate, Offer
from credit.pricing import DAYS_A_YEAR, pd_over_term, required_rate_annual
from sim.desk.verdicts import GRANTED, Line, Verdicts

PPM = 1_000_000
FEN = 100
SMALLEST_YUAN = 1.0


@dataclass(frozen=True)
class BandPrice:
    """What all clients of a band of an offer have in common.

    Attributes:
        nominal_irr: the all-in rate.
        loss_given_default: of the exposure.
        term_days: the longest term listed.
        is_within_cap: the all-in rate is not above the cap.
        limit_of_basis: limit for a basis of one yuan.
        rate_ppm: interest a year.
    """

    nominal_irr: float
    loss_given_default: float
    term_days: int
    is_within_cap: bool
    limit_of_basis: float
    rate_ppm: int


class Lookup:
    """The monthly review of all clients for the offers of a ladder.

    Args:
        judge: the ladder with costs and caps of its day.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.policy = judge.policy
        self._prices: dict[tuple[str, int, bool], BandPrice] = {}

    def misconduct(self, clients: FactColumns, is_asked: np.ndarray) -> dict[int, str]:
        """What in the conduct of some clients is in the way of every offer: the Judge's first code, by row.

        Args:
            clients: facts of the day.
            is_asked: which clients are meant.
        """
        told: dict[int, str] = {}
        for row in np.flatnonzero(is_asked & ~self.is_plain(clients)).tolist():  # who has a record: asked one by one
            missed = next((check.code for check in self.judge.conduct(clients.of(row)) if not check.is_kept), None)
            if missed is not None:
                told[row] = missed
        return told

    def verdicts(
        self,
        offer: Offer,
        clients: FactColumns,
        is_guaranteed: np.ndarray,
        is_open: np.ndarray,
        misconduct: Mapping[int, str] | None = None,
    ) -> Verdicts:
        """A line or a refusal for every client.

        Args:
            offer: of the policy.
            clients: facts of the day.
            is_guaranteed: whether each client's controller would stand surety.
            is_open: whether each client's standing opens the offer.
            misconduct: of all those to whom it is open, where the caller has it already.
        """
        told, is_left = Verdicts(len(is_open), "stage"), is_open.copy()
        for row, code in (self.misconduct(clients, is_open) if misconduct is None else misconduct).items():
            if is_open[row]:
                told.refuse(row, code)
                is_left[row] = False
        gates = [
            (f"stage_{rung.stage}_", gate) for rung in self.policy.stages[1 : offer.stage + 1] for gate in rung.gates
        ]
        for prefix, gate in [*gates, *(("", gate) for gate in offer.gates)]:
            is_missed = is_left & ~gates_kept([gate], clients)
            told.refuse(is_missed, f"{prefix}{gate.measure}")
            is_left &= ~is_missed
        pds = clients.values["pd_annual"].to_numpy()
        is_beyond = is_left & ~(pds <= offer.bands[-1].pd_annual_up_to.value)
        told.refuse(is_beyond, "pd_annual")
        rows = np.flatnonzero(is_left & ~is_beyond)
        if len(rows):
            self._price_all(offer, clients, rows, pds[rows], is_guaranteed[rows] & offer.is_guarantee_possible, told)
        return told

    def is_plain(self, clients: FactColumns) -> np.ndarray:
        """Whether a client's conduct cannot be in its way: no arrears lately, no default, no flag."""
        conduct, values = self.policy.conduct, clients.values
        dpd, worst, defaults = (
            np.nan_to_num(values[name].to_numpy(), nan=0.0) for name in ("dpd", "worst_dpd_180d", "defaults")
        )
        is_late = (dpd > conduct.clean_dpd.value) | (worst >= conduct.suspension_dpd.value)
        is_plain: np.ndarray = ~(is_late | (defaults > 0) | clients.has_red_flag)
        return is_plain if clients.fraud is None else np.zeros_like(is_plain)

    def _price_all(
        self, offer: Offer, clients: FactColumns, rows: np.ndarray, pds: np.ndarray, surety: np.ndarray, told: Verdicts
    ) -> None:
        """Bounds for clients who passed every gate, priced together."""
        bounds = [band.pd_annual_up_to.value for band in offer.bands]
        kinds, kind = np.unique(2 * np.searchsorted(bounds, pds, side="left") + surety, return_inverse=True)
        prices = [self._price(offer.name, one // 2, bool(one % 2)) for one in kinds.tolist()]
        nominal, losses, terms, per_yuan = (
            np.array([getattr(price, name) for price in prices], dtype=float)[kind]
            for name in ("nominal_irr", "loss_given_default", "term_days", "limit_of_basis")
        )
        required, worked = (
            np.atleast_1d(required_rate_annual(pds, losses, replace(self.judge.costs, operating_cost_annual=work)))
            for work in (0.0, 1.0)
        )
        slope = worked - required
        is_lost = pd_over_term(pds, terms) * losses > offer.expected_loss_maximum.value
        room = (nominal - required) / slope - offer.servicing_cost.value  # for the work on one contract, a year
        pays = room > 0
        work = offer.contract_cost.value * DAYS_A_YEAR / terms / np.where(pays, room, 1.0)
        smallest = SMALLEST_YUAN * (1.0 - offer.deposits[0].value)
        basis = np.nan_to_num(clients.values[offer.limit_basis].to_numpy()[rows])
        told.refusal[rows] = GRANTED
        told.limit_fen[rows] = np.trunc(np.minimum(per_yuan * basis, offer.maximum_limit.value) * FEN)
        told.least_fen[rows] = np.ceil(np.maximum(work, smallest) * FEN)
        told.is_guaranteed[rows] = surety
        told.term_days[rows] = terms
        told.rate_ppm[rows] = np.array([price.rate_ppm for price in prices])[kind]
        told.deposit_ppm[rows] = offer.deposits[0].ppm
        told.refuse(rows[~np.array([price.is_within_cap for price in prices])[kind]], "rate_cap")
        told.refuse(rows[~pays], "break_even")
        told.refuse(rows[is_lost], "expected_loss")

    def _price(self, name: str, band_number: int, is_guaranteed: bool) -> BandPrice:
        """The all-in rate of a band, asked of the Judge once."""
        key = name, band_number, is_guaranteed
        if key not in self._prices:
            self._prices[key] = self._band_price(*key)
        return self._prices[key]

    def _band_price(self, name: str, band_number: int, is_guaranteed: bool) -> BandPrice:
        offer = self.policy.offer(name)
        assert offer is not None
        band = offer.bands[band_number]
        term = max(
            (run.value for run in offer.terms if run.value <= band.longest_term.value), default=offer.terms[0].value
        )
        asked = Application(name, 1e6, term, offer.deposits[0].value, is_guaranteed)
        nobody = Facts("nobody", 0, {"pd_annual": band.pd_annual_up_to.value})
        price = self.judge.price(nobody, offer, asked)
        assert price is not None
        cap = self.judge.caps.get(offer.name, np.inf) + 1e-9
        is_within = term <= band.longest_term.value and price.nominal_irr <= cap
        basis = replace(nobody, values=dict(nobody.values) | {offer.limit_basis: 1.0})
        return BandPrice(
            price.nominal_irr,
            price.loss_given_default,
            term,
            bool(is_within),
            limit_yuan(basis, offer, band, term),
            round(band.rate_annual.value * PPM),
        )


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


def owed_under(clients: FactColumns, offer: Offer) -> np.ndarray:
    """What every client owed under an offer by the facts, fen."""
    rows, owed = clients.values.index.get_indexer(pd.Index(list(clients.owed_yuan))), clients.owed_yuan.values()
    yuan = np.zeros(len(clients.values))
    for product in products_under(offer):
        yuan[rows] += [one.get(product, 0.0) for one in owed]
    return np.rint(yuan * FEN).astype(np.int64)


def products_under(offer: Offer) -> tuple[str, ...]:
    """The products that draw on the limit of an offer."""
    return tuple(dict.fromkeys((offer.product, *offer.shares_limit_with)))


def gates_kept(gates: Sequence[Gate], clients: FactColumns) -> np.ndarray:
    """Whether every client passes all of some gates."""
    is_kept = np.ones(len(clients.values), dtype=bool)
    for gate in gates:
        if gate.measure not in clients.values:
            is_kept &= gate.is_unknown_fine
            continue
        found = clients.values[gate.measure].to_numpy()
        bound = gate.bound.value
        with np.errstate(invalid="ignore"):
            is_met = found >= bound if gate.at_least is not None else found <= bound
        is_kept &= np.where(np.isnan(found), gate.is_unknown_fine, is_met)
    return is_kept
