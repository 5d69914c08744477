"""After the loan: collections by days past due, restructuring, and a sales department that defends its clients.

Four departments with finite staff and aims of their own. Finance collects, the oldest and largest arrears first; what
it does not get round to waits, so that a wave of arrears lengthens every queue. Business offers to restructure before
the law takes over. Sales asks for exceptions where a limit of an old client is cut. Risk grants few of them, and sends
people out to see clients, the riskier the oftener.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from credit.contracts import GrowthLoan, PaymentDays
from credit.contracts.growth_loan import GrowthLoanTerms
from credit.limits import PurchaseOffer
from sim import rules
from sim.books.facilities import Facility
from sim.books.recorders import CAPITALISED, ROLLED_OUT
from sim.economy.smes import SME
from sim.products import purchase
from sim.products.claims import RESTRUCTURED, forget, note, note_status, register
from sim.products.growth import COLLATERAL, GROWTH
from sim.products.planned import PlannedFacility
from sim.products.revolver import KIND as LINE
from sim.products.revolver import LineFacility

PPM = 1_000_000
FINANCE, BUSINESS, SALES, RISK = range(4)
"""Positions in `sim.books.recorders.DEPARTMENTS`."""
TERMED_OUT = (GROWTH, COLLATERAL, LINE)
"""Kinds that may be restructured: what has no thing or debtor behind it that pays sooner."""
LONGER_MONTHS = 24
TIERS = ((60_000, 3 * PPM), (30_000, 3 * PPM // 2), (0, PPM // 2))
"""Visits by risk: from which PD on, and how many times the usual share; half of the usual for the safest."""
OLD_CLIENT_CYCLES = 6
CUT_PPM = 700_000
FINDING_DAYS = 60


class Case(NamedTuple):
    """An account in arrears on a collector's list."""

    facility: Facility
    days_past_due: int
    lot: int


@dataclass
class Workload:
    """What a department had to do and did.

    Attributes:
        waiting: cases on the list of the last round.
        served: cases worked on in it.
        ever_served: over all rounds.
    """

    waiting: int = 0
    served: int = 0
    ever_served: int = 0

    def note(self, waiting: int, served: int) -> None:
        """Note a round."""
        self.waiting, self.served = waiting, served
        self.ever_served += served


class Aftercare:
    """The departments behind a desk.

    Attributes:
        desk: whose clients they serve.
        finance: the collectors' workload.
        business: the restructurers' workload.
        sales: exceptions asked for and granted.
        risk: visits that were due and made.
        findings: what the last visit found, by firm row: market day and 0 (fine) to 2 (alarm).
        refused: accounts that a lender would not restructure, and the due day on which they had fallen behind.
    """

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.stage = desk.stage
        self.settings = desk.settings
        self.finance = Workload()
        self.business = Workload()
        self.sales = Workload()
        self.risk = Workload()
        self.findings: dict[int, tuple[int, int]] = {}
        self.refused: dict[int, int] = {}

    @property
    def capacity(self) -> int:
        """Cases that finance can work on in a week."""
        return self._staff(self.settings.collectors_a_thousand) * int(self.settings.cases_a_week)

    def _staff(self, a_thousand: int) -> int:
        """People of a department; one at least."""
        return max(int(self.stage.firms) * a_thousand // 1000, 1)

    def _note(self, department: int, workload: Workload, waiting: int, served: int) -> None:
        workload.note(waiting, served)
        if waiting:
            self.stage.log.work.add(self.stage.day, department, waiting, served)

    # --- finance

    def collect(self) -> None:
        """A week of collections."""
        cases = self._cases(1)
        served = cases[: self.capacity]
        self._note(FINANCE, self.finance, len(cases), len(served))
        platform = self.stage.platform
        for case in served:
            cost = min(self.settings.collection_cost_fen, platform.cash_fen)
            self.stage.entries.pay_costs(platform.slot, cost)
            self._press(case.facility)

    def _cases(self, since_days: int) -> list[Case]:
        """Accounts past due by at least so many days, the oldest first, then by lot."""
        day = self.stage.day
        late = [
            one
            for one in self.stage.book.overdue.values()
            if one.is_performing and one.obligor.is_active and day - one.falls_due_on >= since_days
        ]
        who = self.stage.roster.only(np.array([one.obligor.row for one in late], dtype=np.int64))
        lots = self.stage.streams.bits("collection turn", day, who).tolist()
        cases = [Case(one, day - one.falls_due_on, lot) for one, lot in zip(late, lots, strict=True)]
        return sorted(cases, key=lambda case: (-case.days_past_due, case.lot, case.facility.number))

    def _press(self, facility: Facility) -> None:
        """A collector at the door: nobody forgets any longer, and some of the wages' money goes to the creditor."""
        sme = facility.obligor
        facility.is_forgotten_until = 0
        reserve = sme.floor_fen - rules.share_fen(sme.floor_fen, self.settings.collection_reach_ppm)
        if isinstance(facility, PlannedFacility):
            facility.pay_due(self.stage, reserve)
        elif not facility.is_controlled:
            purchase.repay_open_account(self.stage, facility, reserve)
        elif not purchase.will_not_redeem(self.stage, facility):
            purchase.redeem(self.stage, self.stage.platform, facility, facility.lots_left, reserve)

    # --- business

    def restructure(self) -> None:
        """Proposals to lenders for accounts that will not come back by themselves; staff as for collections."""
        late = self._cases(self.settings.restructure_days)
        cases = [case for case in late if self._is_worth_a_proposal(case.facility)]
        served = cases[: max(self.capacity // 4, 1)]
        self._note(BUSINESS, self.business, len(cases), len(served))
        for case in served:
            if self._lender_agrees(case.facility):
                restructured(self.stage, case.facility)
            else:
                self.refused[case.facility.number] = case.facility.falls_due_on

    def _is_worth_a_proposal(self, facility: Facility) -> bool:
        """A line may be late with little or nothing drawn; a lender that has said no is not asked again."""
        is_much = facility.kind in TERMED_OUT and facility.open_fen >= self.settings.least_ticket_fen
        return is_much and self.refused.get(facility.number) != facility.falls_due_on

    def _lender_agrees(self, facility: Facility) -> bool:
        """The lender's one answer for each time that an account falls behind."""
        who = self.stage.roster.only(np.array([facility.obligor.row]))
        answer = self.stage.streams.ppm("restructuring", facility.falls_due_on, who)[0]
        return answer < self.settings.restructure_ppm

    # --- risk and sales

    def visit_shares_ppm(self, clients: int, usual_ppm: int) -> np.ndarray:
        """How likely each client is visited this month: by its risk tier, as usual where no review has seen it yet."""
        pds = np.array(self.desk.review.pd_ppm[:clients], dtype=np.int64)
        bounds, factors = zip(*reversed(TIERS), strict=True)
        by_tier = np.array([min(rules.share_fen(usual_ppm, factor), PPM) for factor in factors])
        shares = np.full(clients, usual_ppm)
        shares[: len(pds)] = by_tier[np.searchsorted(bounds, pds, side="right") - 1]
        return shares

    def visited(self, due: list[SME]) -> list[SME]:
        """Whom the inspectors have time for: those past due first, then the riskier; by keyed turn among equals."""
        lots = self.stage.streams.bits("visit turn", self.stage.day, self.stage.roster).tolist()
        known = self.desk.review.pd_ppm
        first = sorted(
            due,
            key=lambda sme: (-sme.dpd_days, -(known[sme.row] if sme.row < len(known) else 0), lots[sme.row]),
        )
        seen = first[: self._staff(self.settings.inspectors_a_thousand) * self.settings.visits_an_inspector]
        self._note(RISK, self.risk, len(due), len(seen))
        return sorted(seen, key=lambda sme: sme.row)

    def note_visit(self, row: int, finding: int) -> None:
        """What the visitor told."""
        self.findings[row] = self.stage.day, finding

    def warnings(self, clients: int) -> np.ndarray:
        """Warnings that visits leave for the limit review: two for an alarm, one for a concern, while it is fresh."""
        told, since = np.zeros(clients, dtype=np.int64), self.stage.day - FINDING_DAYS
        for row, (day, finding) in self.findings.items():
            if day >= since and row < clients:
                told[row] = finding
        return told

    def defended(self, before: list[Any], after: list[Any]) -> list[int]:
        """Clients whose old limit sales keeps for a month: of long standing, clean, and sharply cut.

        Args:
            before: judgements of the last review, by firm row.
            after: of today.

        Returns:
            Firm rows, by keyed turn as far as the salespeople's time goes and the cap that risk sets on exceptions.
        """
        columns = self.desk.review.columns.values
        is_loyal = (columns["repaid_cycles"].to_numpy() >= OLD_CLIENT_CYCLES) & ~(columns["dpd"].to_numpy() > 0)
        draws = np.array(self.stage.streams.ppm("sales", self.stage.day, self.stage.roster)[: len(before)])
        asked = [
            row
            for row in np.flatnonzero(is_loyal[: len(before)] & (draws < self.settings.override_ppm)).tolist()
            if after[row].offer.forms
            and after[row].offer.limit_fen < rules.share_fen(before[row].offer.limit_fen, CUT_PPM)
        ]
        lots = self.stage.streams.bits("sales turn", self.stage.day, self.stage.roster).tolist()
        argued = sorted(asked, key=lambda row: lots[row])[
            : self._staff(self.settings.sellers_a_thousand) * self.settings.exceptions_a_seller
        ]
        granted = sorted(argued[: rules.share_fen(len(after), self.settings.override_cap_ppm)])
        self._note(SALES, self.sales, len(asked), len(granted))
        return granted


def kept(old: PurchaseOffer, new: PurchaseOffer) -> PurchaseOffer:
    """Today's offer with yesterday's limit: price and term do not move with it."""
    return replace(new, limit_fen=old.limit_fen)


def restructured(stage: Any, facility: Facility) -> PlannedFacility:
    """Arrears and what is left become a loan of their own, in level instalments at the old rate.

    The old facility ends as `restructured`, which every record counts as a default; the claim is never smaller.
    """
    sme, lender, start = facility.obligor, facility.lender, stage.date.toordinal()
    facility.accrue_to(stage.day)
    interest = facility.accrued_fen
    if interest:
        stage.entries.capitalise_interest(sme.slot, lender.slot, interest)
        note(stage, facility, CAPITALISED, interest)
    amount = facility.open_fen + interest
    rate = stage.log.facilities.cell("rate_ppm", facility.number)
    contract = GrowthLoan(start, amount, GrowthLoanTerms(LONGER_MONTHS, rate, payment_days=PaymentDays()))
    note(stage, facility, ROLLED_OUT, amount)
    lender.claims_on[sme.row] -= facility.open_fen
    stage.book.owes_more(facility, -facility.open_fen)
    facility.accrued_fen = 0
    facility.status = "restructured"
    note_status(stage, facility, RESTRUCTURED)
    forget(stage, facility)
    if isinstance(facility, LineFacility) and sme.line is facility:
        sme.line = None
    after = PlannedFacility(len(stage.book.facilities), facility.kind, sme, lender, contract, amount, start - stage.day)
    after.is_guaranteed = facility.is_guaranteed
    register(stage, after, after.dues[-1].day, rate, 0, 0, 0, is_new_money=False)
    after.record_plan(stage)
    return after
