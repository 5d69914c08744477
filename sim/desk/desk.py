"""The desk: a platform whose products, limits and prices follow a policy of `data/policies`, unchanged."""

from collections.abc import Container, Iterator
from typing import Any

from credit.contracts import AdvanceTerms
from credit.ladder_rules import LadderPolicy
from credit.machine_value import MachineMarket
from sim import rules
from sim.books.calendar import Calendar
from sim.books.entries_credit import CreditEntries
from sim.books.facilities import KINDS
from sim.books.ledger import FUNDING
from sim.books.observed import Observed
from sim.desk.aftercare import Aftercare, kept
from sim.desk.decision_costs import DecisionCosts
from sim.desk.decision_table import ACCEPTED, DECLINED, REFUSED
from sim.desk.decisions import Decisions
from sim.desk.drawdown import draw, lenders_of, match, own_part_fen
from sim.desk.forms import assert_lived, forms_lived
from sim.desk.lines import grants, products_under
from sim.desk.needs import Asked, wishes
from sim.desk.outside_money import OutsideMoney
from sim.desk.platform import Judgement
from sim.desk.review import Review
from sim.desk.settings import DeskSettings
from sim.desk.verdicts import Refused, Verdict
from sim.economy.lenders import Lender
from sim.economy.smes import SME
from sim.products.lease import LeaseFacility
from sim.products.revolver import LineFacility

PPM = 1_000_000
DAYS_A_YEAR = 365


def kinds_of(products: Container[str]) -> frozenset[int]:
    """Kinds of the facilities of some products."""
    return frozenset(number for number, kind in enumerate(KINDS) if kind.product in products)


PURCHASES = kinds_of(("purchase_loan",))


class Desk:
    """Decides by a ladder, for every product.

    Attributes:
        stage: the market.
        policy: the ladder.
        settings: the desk's own parameters.
        entries: double entries of products beyond purchases.
        review: facts, standings and lines of all clients.
        forms: the form of each product beyond purchases.
        machine_market: what machines bring.
        sector_default_rate: defaults over obligors with credit in the last twelve months.
        sales_due: repossessed machines by the day of their sale.
        advance_terms: terms of an advance on invoices, rate and limit of the product file.
        aftercare: the departments behind it.
        asked: applications by the day of their decision.
        outside: banks that refinance, funders that run.
        finances_purchases: whether resin can be bought on credit at all.
        decisions: the table of decisions, and what each rested on.
        costs: what deciding costs.
    """

    def __init__(self, stage: Any, policy: LadderPolicy, lessor: Lender, factor: Lender) -> None:
        self.stage = stage
        self.policy = policy
        self.lessor, self.factor = lessor, factor
        self.settings = DeskSettings.on(stage.date)
        self.entries = CreditEntries(stage.entries)
        self.review = Review(stage, policy, stage.platform.underwriter, stage.firms)
        self.forms = forms_lived()
        self.machine_market = MachineMarket.on(stage.date)
        self.sector_default_rate = self.machine_market.normal_default_rate
        self.sales_due: Calendar[LeaseFacility] = Calendar()
        self.asked: Calendar[Asked] = Calendar()
        self.costs = DecisionCosts(self)
        self._read(policy)
        self.decisions = Decisions(self)
        self.aftercare = Aftercare(self)
        self.outside = OutsideMoney(self)
        self.advance_terms: AdvanceTerms = self.forms["receivables_advance"].advance_terms()
        self._obligors: list[int] = []

    def _read(self, policy: LadderPolicy) -> None:
        """What a policy says of itself and of all its clients alike."""
        assert_lived(policy)
        self._policy = f"{policy.name}-{policy.hash[:8]}"
        self.finances_purchases = any(offer.product == "purchase_loan" for offer in policy.offers)
        self.total_cap_fen, self.decision_cost_fen = policy.total_cap.fen, policy.decision_cost.fen
        shared = {
            offer.product: products_under(offer)
            for offer in map(policy.offer, {one.product for one in policy.offers})
            if offer is not None
        }
        self._kinds_under = {kind.product: kinds_of(shared.get(kind.product, (kind.product,))) for kind in KINDS}
        top = len(policy.stages) - 1
        tailored = {offer.product for offer in policy.offers if offer.stage == top > 1}
        self._tailored = [number for number, kind in enumerate(KINDS) if kind.product in tailored]

    # --- what the market calls

    def judge_all(self, observed: Observed) -> list[Judgement]:
        """The review of all clients; the answer is what each may buy on credit."""
        self.review.run(observed)
        self.decisions.keep_facts()
        told = self.review.purchases()
        before = self.stage.platform.judgements
        if before:
            for row in self.aftercare.defended(before, told):
                told[row] = told[row]._replace(offer=kept(before[row].offer, told[row].offer))
                self.decisions.note_exception(row, told[row])
        return told

    def adopt(self, policy: LadderPolicy) -> None:
        """Decide by another ladder from now on; lines follow at the next review."""
        self._read(policy)
        self.policy = policy
        self.review.adopt(policy)

    def starts_day(self) -> None:
        """Sales of machines, decisions that are ripe, and once a week lines that are given back."""
        stage = self.stage
        for leased in sorted(self.sales_due.take(stage.day), key=lambda one: one.number):
            leased.sell(stage)
        for asked in self.asked.take(stage.day):
            if asked.sme.is_active:
                self._decide(asked)
        if stage.day % 7 == 3:
            self.aftercare.collect()
            self.aftercare.restructure()
        for row in stage.by_weekday[stage.day % 7].tolist():
            line = stage.smes[row].line
            if line is not None and line.open_fen and line.is_performing:
                self._give_back(line)

    def month_end(self) -> None:
        """Wear of leased machines, how often the sector fails, and what firms ask for next."""
        stage = self.stage
        for facility in stage.book.performing.values():
            if isinstance(facility, LeaseFacility) and facility.is_direct:
                facility.wears(stage)
        self._count_defaults()
        self.outside.month_end()
        for asked in wishes(self):
            self.ask(asked)

    # --- purchases

    def purchase_room_fen(self, sme: SME, limit_fen: int) -> int:
        """What a client may still owe for purchases, under its limit and the policy's cap on all that it owes."""
        here, owed = self.owed_fen(sme, PURCHASES)
        return max(min(limit_fen - here, self.total_cap_fen - owed), 0)

    def least_purchase_fen(self, sme: SME, form: str) -> int:
        """The least that a client's purchase in a form must need."""
        return self.review.verdicts[f"purchase_loan.{form}"].least_of(sme.row)

    def owed_fen(self, sme: SME, kinds: Container[int]) -> tuple[int, int]:
        """Owed under some kinds of facilities, and under all; an open line is counted whole."""
        here = total = 0
        for one in sme.facilities:
            owed = one.principal_fen if one.is_line else one.open_fen
            total += owed
            if one.kind in kinds:
                here += owed
        return here, total

    # --- lines

    def lets_draw(self, line: LineFacility, wanted_fen: int) -> int:
        """How much of a wish a lender pays out: nothing while the client is suspended, nothing it does not have."""
        sme, lender = line.obligor, line.lender
        standing = self.review.standings[sme.row]
        if standing.is_suspended or self.stage.platform.is_suspended(sme) or not lender.is_active:
            return 0
        buffer = rules.share_fen(-lender.money[lender.slot + FUNDING], self.stage.settings.lender_liquidity_ppm)
        paid_out = min(wanted_fen, max(lender.cash_fen - buffer, 0))
        self.stage.causes.credit_refused(sme, lender, wanted_fen - paid_out)
        return paid_out

    def _give_back(self, line: LineFacility) -> None:
        sme = line.obligor
        keep = rules.divide_half_even(sme.factory.base_week_fen * self.settings.line_use_days, 7)
        over = sme.cash_fen - keep
        if over > 0:
            line.repay(self.stage, min(over, line.open_fen))

    def found_in_custody_fen(self, sme: SME, proceeds_fen: int) -> int:
        """What a forced sale brings: now and then the goods are missing, swapped or pledged to somebody else, too."""
        missing = self.stage.streams.ppm("goods missing", self.stage.day, self.stage.roster)[sme.row]
        is_missing = missing < self.settings.goods_missing_ppm
        return rules.share_fen(proceeds_fen, self.settings.goods_left_ppm) if is_missing else proceeds_fen

    # --- applications beside purchases

    def ask(self, asked: Asked) -> None:
        """A firm asks; it hears when the policy's days of decision have passed."""
        sme = asked.sme
        sme.quotes_month += 1
        self.stage.today.applications += 1
        self.stage.platform.enquire(sme, known_in_days=1)
        self.asked.put(self.stage.day + max(self.policy.decision_days.value, 1), asked)

    def _decide(self, asked: Asked) -> None:
        """Judge, ask the client, match with a lender, draw: each outcome with its reasons goes into the table."""
        sme, today, platform = asked.sme, self.stage.today, self.stage.platform
        told = self.verdict(sme, asked.product)
        if isinstance(told, Refused):
            self._refuse(asked, told.reasons)
            return
        here, owed = self.owed_fen(sme, self._kinds_under[asked.product])
        room = max(min(told.limit_fen - here, self.total_cap_fen - owed), 0)
        amount = min(asked.amount_fen, room * PPM // (PPM - told.deposit_ppm))  # limits bind without the own part
        fundable = max(lender.obligor_room_fen(sme.row) for lender in lenders_of(self, asked.product))
        is_cut = fundable < amount - rules.share_fen(amount, told.deposit_ppm)
        if is_cut:  # a lender lends what it may, if that is worth the work
            amount = fundable * PPM // (PPM - told.deposit_ppm)
        financed = amount - rules.share_fen(amount, told.deposit_ppm)
        refusal = grants(told, financed, here, owed, self.total_cap_fen)
        if refusal is None and amount < self.settings.least_ticket_fen:
            refusal = "amount"
        if refusal is not None:
            self._refuse(asked, "obligor_too_large" if is_cut else refusal)
            return
        offer = asked._replace(amount_fen=amount)
        own = own_part_fen(self, offer, told)
        if sme.cash_fen < own or not sme.takes(told.rate_ppm, own, asked.need_ppm):
            today.declined_by_firm += 1
            self.decisions.note(asked, told, DECLINED, "")
            return
        pd_ppm = platform.judgements[sme.row].pd_ppm
        lender, refusal = match(self, sme, asked.product, financed, pd_ppm)
        if lender is None:
            today.refusals_lender += 1
            if asked.product != "machine_lease":  # a machine that does not come takes no money away
                self.stage.causes.credit_refused(sme, platform.lenders[0], financed)
            self.decisions.note(asked, told, REFUSED, refusal)
            return
        if not draw(self, offer, told, lender):
            self._refuse(asked, "nothing_eligible")
            return
        today.approvals += 1
        self.decisions.note(asked, told, ACCEPTED, "")

    def verdict(self, sme: SME, product: str) -> Verdict:
        """The client's line for a product, or why it has none; what happened since the review counts."""
        if sme.defaulted_on is not None:
            return Refused("in_default")
        if self.stage.platform.is_suspended(sme):
            return Refused("suspended")
        told = self.review.verdicts.get(product)
        return Refused("product_not_offered") if told is None else told[sme.row]

    def _refuse(self, asked: Asked, reason: str) -> None:
        self.stage.today.refusals_platform += 1
        self.decisions.note(asked, None, REFUSED, reason)

    @property
    def looks_at_live_data(self) -> bool:
        """Whether trade or behaviour on the platform is evidence to its policy."""
        return bool({"T", "P"} & set(self.policy.evidence))

    @property
    def version(self) -> str:
        """Policy and model by which it decides, by name and hash."""
        return f"{self._policy}+{self.stage.platform.underwriter.version}"

    def _count_defaults(self) -> None:
        """The sector's default rate over the last twelve months, by what the platform sees."""
        since = self.stage.day - DAYS_A_YEAR
        failed = sum(1 for sme in self.stage.smes if sme.defaulted_on is not None and sme.defaulted_on > since)
        self._obligors.append(len({one.obligor.row for one in self.stage.book.performing.values()}))
        watched = self._obligors[-12:]
        mean = sum(watched) / len(watched)
        if mean >= 100:
            self.sector_default_rate = min(failed / mean, 1.0)

    def tailored_loans(self) -> int:
        """Performing loans of products that only the top stage opens: what years on the ladder lead to."""
        counts = self.stage.book.performing_of_kind
        return sum(counts[kind] for kind in self._tailored)

    def state(self) -> Iterator[int]:
        """Whole numbers that a run's hash must hold: standings, applications and sales on their way."""
        for standing in self.review.standings:
            yield from (standing.stage, int(standing.is_suspended), int(standing.has_exited))
        for row, owed in sorted(self.outside.refinanced_fen.items()):
            yield from (row, owed)
        for day, batch in self.asked:
            for one in batch:
                yield from (day, one.sme.row, one.amount_fen)
        for day, leases in self.sales_due:
            for leased in leases:
                yield from (day, leased.number)
