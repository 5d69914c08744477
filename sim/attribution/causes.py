"""What strains a firm from outside, noted as it happens: the raw material for telling losses apart by channel.

Notes change nothing and nobody in the market reads them; they are no part of a run's state. A strain is money that a
firm would have had: written off by customers, lost with deliveries that did not come, credit that was withdrawn,
sureties that were called. `sim.attribution.losses` and `sim.attribution.cascades` read them when a run is over.
"""

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from credit.parameters import parameters
from sim import rules
from sim.books.invoices import PUT_OFF
from sim.books.ledger import CASH, GOODS, RESIN, REVENUE, TRANSIT, WIDTH
from sim.books.recorders import MISSING, Events

PPM = 1_000_000
CHANNELS = (
    "own_shock", "customer_default", "supplier_stop", "credit_withdrawal", "collateral_price", "guarantee_called",
    "fraud",
)  # fmt: skip
"""Where losses come from. `own_shock` is a firm's own luck and all that strikes it directly, the scenario included."""
OWN, CUSTOMER, SUPPLIER, CREDIT, COLLATERAL, GUARANTEE, FRAUD = range(len(CHANNELS))
KINDS = ("firm", "buyer", "supplier", "lender", "platform")
"""Who can pull a firm down."""
BY_FIRM, BY_BUYER, BY_SUPPLIER, BY_LENDER, BY_PLATFORM = range(len(KINDS))
REASONS = ("insolvent", "wages_unpaid", "sudden_stop", "fled", "past_due", "illiquid")
"""How somebody came to an end."""
INSOLVENT, WAGES, SUDDEN, FLED, PAST_DUE, ILLIQUID = range(len(REASONS))
FOR_GOOD = 1_000_000
"""A strain until this day is money that never comes back."""


class CauseRules(NamedTuple):
    """The assumptions of the attribution (`data/parameters/losses.yaml`)."""

    window_days: int
    refused_credit_days: int
    contagious_ppm: int

    @classmethod
    def on(cls, day: Any) -> "CauseRules":
        """The parameters in force on a day."""
        known = parameters("losses")
        return cls(
            round(known.value("cause_window_days", day)),
            round(known.value("refused_credit_days", day)),
            round(PPM * known.value("contagious_share", day)),
        )


class Causes:
    """What happened to whom, through whom.

    Attributes:
        strains: money that a firm lacks because of others, until a day on which it would have been due back.
        waiting: money that customers should have paid and could not, as of the day on which a firm fell behind.
        ends: who failed or defaulted, when and how, and what a supplier or lender lost in the window before.
        falls: facilities in default, and firms that stopped (no facility): since when the firm was behind, what it
            lacked, what it lost in the window before, and up to which day that is reckoned.
        write_downs: losses that lenders took on a facility, taken back when negative; the platform's part of each.
        supplier_losses: bills that suppliers wrote down, taken back when negative.
        price_gaps: what security brought less than at undisturbed prices, by facility.
        cash: every firm's cash by row, week by week.
        estate_gaps: what a failed firm's stock and machines brought less than in a market that nobody floods.
    """

    def __init__(self, stage: Any) -> None:
        self.stage = stage
        self.rules = CauseRules.on(stage.first_day)
        self.strains = Events("firm day until channel kind source amount")
        self.waiting = Events("firm day source amount")
        self.ends = Events("kind row day reason lost")
        self.falls = Events("firm facility day since lacking lost until")
        self.write_downs = Events("facility day amount by_platform")
        self.supplier_losses = Events("firm supplier day amount")
        self.price_gaps = Events("facility day amount")
        self.estate_gaps = Events("firm day amount")
        self.rumour_from: dict[int, int] = {}
        self.cash: list[tuple[int, np.ndarray]] = []
        self._lacked: dict[int, int] = {}
        self._results: deque[tuple[int, np.ndarray]] = deque(maxlen=self.rules.window_days // 28 + 4)

    # --- strains

    def customer_failed(self, invoice: Any, lost_fen: int) -> None:
        """A customer's invoice is lost, in part or whole."""
        self._strain(invoice.firm, FOR_GOOD, CUSTOMER, BY_BUYER, invoice.buyer, lost_fen)

    def nobody_buys(self, sme: Any) -> None:
        """The week's orders are lost, because a customer has failed and the others take no more on credit."""
        failed = next((buyer for buyer in sme.links.buyers if not buyer.is_active), None)
        if failed is not None:
            lost = self._margin_fen(sme, min(sme.masses[sme.slot + GOODS], sme.expected_week_g))
            self._strain(sme.row, FOR_GOOD, CUSTOMER, BY_BUYER, failed.row, lost)

    def resin_refused(self, sme: Any, supplier: Any) -> None:
        """A supplier that stands still, has closed or sold out: the margin of a week's lost output at most."""
        settings = self.stage.settings
        at_hand = sme.masses[sme.slot + RESIN] + sme.masses[sme.slot + TRANSIT]
        needed = rules.divide_half_even(sme.use_week_g * (settings.lead_days + 7), 7)
        lacking = min(max(needed - at_hand, 0), sme.use_week_g)
        if lacking == 0:
            return
        lost = self._margin_fen(sme, rules.scaled(lacking, settings.yield_ppm))
        self._strain(sme.row, FOR_GOOD, SUPPLIER, BY_SUPPLIER, supplier.row, lost)

    def delivered(self, purchase: Any, mass_g: int, *, is_on_credit: bool, is_sold_out: bool) -> None:
        """A supplier has delivered less than was ordered, or wanted cash because somebody near the firm failed."""
        stage, sme, supplier = self.stage, purchase.sme, purchase.supplier
        is_rumour = not is_on_credit and stage.day <= sme.links.rumour_until and sme.arrears_days == 0
        if mass_g < purchase.mass_g and (is_rumour or is_sold_out):
            self.resin_refused(sme, supplier)
        if is_rumour and mass_g > 0 and sme.row in self.rumour_from:
            until = stage.day + stage.settings.trade_credit_days
            amount = rules.amount_fen(mass_g, purchase.price_fen)
            self._strain(sme.row, until, SUPPLIER, BY_FIRM, self.rumour_from[sme.row], amount)

    def refuses(self, purchase: Any, reason: str) -> None:
        """The platform refuses a purchase; a limit that is used up, or default itself, withdraws nothing."""
        if reason not in ("limit_used_up", "break_even", "in_default"):
            asked = rules.amount_fen(purchase.mass_g, purchase.price_fen)
            self.credit_refused(purchase.sme, None, asked - rules.share_fen(asked, self.stage.platform.deposit_ppm))

    def credit_refused(self, sme: Any, lender: Any, amount_fen: int) -> None:
        """No lender funds what the platform granted (the platform itself refuses, when no lender is named)."""
        until = self.stage.day + self.rules.refused_credit_days
        kind, row = (BY_PLATFORM, 0) if lender is None else (BY_LENDER, lender.row)
        self._strain(sme.row, until, CREDIT, kind, row, amount_fen)

    def surety_called(self, surety: Any, failed: Any, amount_fen: int) -> None:
        """A controller's private money goes to another firm's bank and is no longer there for its own firm."""
        self._strain(surety.row, FOR_GOOD, GUARANTEE, BY_FIRM, failed.row, amount_fen)

    def _margin_fen(self, sme: Any, mass_g: int) -> int:
        """What products of a mass bring beyond their resin, power and VAT."""
        factory, settings = sme.factory, self.stage.settings
        value = rules.scaled(factory.value_added_fen, self.stage.value_added_ppm, factory.price_ppm)
        margin = max(rules.net_of_vat_fen(value, settings.vat_goods_ppm) - factory.variable_fen, 0)
        return rules.amount_fen(mass_g, margin)

    def _strain(self, firm: int, until: int, channel: int, kind: int, source: int, amount: int) -> None:
        if amount > 0:
            self.strains.add(firm, self.stage.day, until, channel, kind, source, amount)

    def falls_behind(self, sme: Any) -> None:
        """What customers should have paid by now and could not, on the day on which a firm's arrears are noticed."""
        day, late = self.stage.day, dict[int, int]()
        for invoice in self.stage.book.invoices.owed_to(sme.row):
            if invoice.due_day < day and (invoice.pays_on < day or invoice.status == PUT_OFF):
                late[invoice.buyer] = late.get(invoice.buyer, 0) + invoice.amount_fen
        for buyer in sme.links.buyers:
            if buyer.row in late:
                self.waiting.add(sme.row, day, buyer.row, late[buyer.row])

    # --- ends, defaults and what they cost

    def stops(self, sme: Any, reason: int) -> int:
        """A firm stops; the answer is its cash."""
        self.falls_behind(sme)
        self.end(BY_FIRM, sme.row, reason)
        self._lacked[sme.row] = max(self._lacking_fen(sme), -sme.net_worth_fen if reason == INSOLVENT else 0)
        return int(sme.cash_fen)

    def end(self, kind: int, row: int, reason: int, slot: int | None = None) -> None:
        """Somebody failed or passed ninety days past due; what a supplier or lender lost before is told by its slot."""
        lost = 0 if slot is None else self._lost(slot, self.stage.day)[0]
        self.ends.add(kind, row, self.stage.day, reason, lost)

    def default(self, facility: Any) -> None:
        """A facility stops performing."""
        self._falls(facility.obligor, facility.number)

    def _falls(self, sme: Any, facility: int) -> None:
        """Since when a firm was behind, what it lacks by today, what it lost before."""
        day = self.stage.day
        due = [one for one in sme.facilities if one.falls_due_on <= day and one.status in ("open", "defaulted")]
        since = min((one.falls_due_on for one in due), default=day)
        if sme.failed_on is not None:
            since = min(since, sme.failed_on)
        if sme.wages_owed_since is not None:
            since = min(since, sme.wages_owed_since)
        lacking = self._lacked.get(sme.row)
        if lacking is None:
            lacking = self._lacking_fen(sme)
        self.falls.add(sme.row, facility, day, since, lacking, *self._lost(sme.slot, since))

    def _lacking_fen(self, sme: Any) -> int:
        """What a firm owes by today and has not paid."""
        day = self.stage.day
        due = sum(one.owed_fen for one in sme.facilities if one.falls_due_on <= day and one.status == "open")
        late = sum(bill.open_fen for bill in sme.bills if bill.due_day < day)
        return int(due + late + sme.wages_owed_fen)

    def estate_sold(self, sme: Any, cash_before_fen: int) -> None:
        """Stock and machines of a failed firm went below usual forced-sale prices, because others sell there too."""
        left = self.stage.impact_ppm(sme.factory.town)
        if 0 < left < PPM:
            gap = rules.divide_half_even((sme.cash_fen - cash_before_fen) * (PPM - left), left)
            self.estate_gaps.add(sme.row, self.stage.day, gap)
        self._falls(sme, MISSING)

    def security_sold(self, facility: Any, usual_fen: int, brought_fen: int) -> None:
        """Goods or a machine brought so much instead of what they were worth when the loan was made."""
        if usual_fen > brought_fen:
            self.price_gaps.add(facility.number, self.stage.day, usual_fen - brought_fen)

    # --- results

    def week(self) -> None:
        """Keep everybody's cash."""
        smes, view = self.stage.smes, self.stage.entries.fen.view
        first, step = smes[0].slot // WIDTH, 2 * len(smes)
        self.cash.append((self.stage.day, view[first : first + step : 2, CASH].copy()))

    def month(self) -> None:
        """Keep everybody's result so far: income less cost, owners' money left out."""
        view = self.stage.entries.fen.view
        self._results.append((self.stage.day, -view[:, REVENUE:].sum(axis=1)))

    def _lost(self, slot: int, since: int) -> tuple[int, int]:
        """What an entity lost in the window before a day, and the day of the last result that is in it."""
        entity = slot // WIDTH
        before = [(day, int(results[entity])) for day, results in self._results if day <= since]
        if not before:
            return 0, -1
        start = since - self.rules.window_days
        first = next((one for one in reversed(before) if one[0] <= start), before[0])
        return max(first[1] - before[-1][1], 0), before[-1][0]
