"""The platform: who gets which offer, who funds it, who is suspended."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from credit.contracts import GoodsControlledPurchase, OpenAccountPurchase, PurchaseTerms, has_fallen_by, margin_call_fen
from credit.features import features_of
from credit.limits import NO_OFFER, PurchaseOffer, PurchasePolicy
from credit.products import GoodsControlledForm, Product
from sim import rules
from sim.books.facilities import Facility
from sim.books.observed import Observed
from sim.books.recorders import ENQUIRY, MISSING
from sim.desk.decision_table import ACCEPTED, DECLINED, NOTHING, REFUSED, write_decision
from sim.desk.underwriting import Underwriter
from sim.economy.lenders import Lender
from sim.economy.smes import SME, Purchase
from sim.stage import Party, Stage

PPM = 1_000_000
DAYS_A_YEAR = 365
FORMS = ("open_account", "goods_controlled")


class Judgement(NamedTuple):
    """What the last review said of a client.

    Attributes:
        pd_ppm: probability of default within a year.
        offer: limit, term, rate and forms.
        reasons: codes of what weighed against it, joined by `;`.
        explored_as_ppm: the PD at which funders of a pilot take a client who was let in by lot; 0 for everybody else.
    """

    pd_ppm: int
    offer: PurchaseOffer
    reasons: str
    explored_as_ppm: int = 0


class Approval(NamedTuple):
    """A decision for a purchase: the terms on which it will be financed, and how much of it."""

    form: str
    terms: PurchaseTerms
    lender: Lender
    mass_g: int


class Platform(Party):
    """The trade platform that stands between SMEs and lenders.

    Attributes:
        product: what it offers.
        deposit_ppm: deposit share of the product.
        control: lots, margin call and stop-loss of goods in custody.
        is_guaranteed: whether the controller stands surety, by form.
        policy: limit, tenor, price and form by PD.
        underwriter: who judges the clients.
        judgements: the last review, by firm row.
        lenders: who may fund.
        desk: decides by a ladder in place of the purchase policy (`sim.desk`), or None.
        learning: fits its model anew from what it sees (`sim.learning`), or None.
    """

    def __init__(
        self, model: Stage, slot: int, product: Product, policy: PurchasePolicy, underwriter: Underwriter
    ) -> None:
        super().__init__(model, 0, slot)
        controlled = product.form("goods_controlled")
        assert isinstance(controlled, GoodsControlledForm)
        self.product = product
        self.policy = policy
        self.underwriter = underwriter
        self.judgements: list[Judgement] = []
        self.lenders: list[Lender] = []
        self.deposit_ppm = product.form(FORMS[0]).deposit_share.ppm
        self.control = controlled.control_terms()
        self.is_guaranteed = tuple(product.form(name).is_guaranteed for name in FORMS)
        self.desk: Any = None
        self.learning: Any = None
        self._terms: dict[tuple[str, int, int], PurchaseTerms] = {}
        self._last_enquiry: dict[int, int] = {}

    # --- the monthly review

    def review(self, observed: Observed, firms: int) -> None:
        """Judge every client on what is visible today, by the very functions that a notebook calls."""
        if self.learning is not None:
            self.learning.before_review()
        if self.desk is not None:
            self.judgements = self.desk.judge_all(observed)
            features = self.desk.review.columns.features
        else:
            features = features_of(observed.today())
            self.judgements = self._judge_all(features, observed, firms)
        if self.learning is not None:
            self.judgements = self.learning.after_review(features, self.judgements)

    def _judge_all(self, features: pd.DataFrame, observed: Observed, firms: int) -> list[Judgement]:
        pds, reasons = self.underwriter.judge(features)
        monthly = self.monthly_purchases_fen(observed, firms)
        missed = self.missed_minimums(features)
        form = self.product.form(FORMS[0])
        return [
            Judgement(
                round(pd * PPM),
                NO_OFFER if missing else self.policy.offer(pd, purchases, form.term.longest.value),
                missing or told,
            )
            for pd, purchases, missing, told in zip(pds, monthly, missed, reasons, strict=True)
        ]

    def monthly_purchases_fen(self, observed: Observed, firms: int) -> list[int]:
        """Resin bought in the last 90 days, a third of it: integer fen by firm row."""
        log = self.model.log.orders
        orders = log.columns(log.first_from("placed_on", self.model.day - 89))
        amounts = orders["quantity_g"] // 1000 * orders["price"] // 1000
        total = np.zeros(firms, dtype=np.int64)
        np.add.at(total, observed.shown_under[orders["firm"]], amounts)
        return (total // 3).tolist()

    def missed_minimums(self, features: pd.DataFrame) -> list[str]:
        """Codes of the product's minimums that each client misses."""
        eligibility = self.product.form(FORMS[0]).eligibility
        months = features["months_on_platform"].to_numpy()
        match = features["match_share"].to_numpy()
        orders = features["orders_90d"].to_numpy()
        dpd = np.nan_to_num(features["current_dpd_days"].to_numpy(), nan=0.0)
        is_suspect = (  # most clients miss nothing; ask the product about the others only
            (months < eligibility.months_on_platform_minimum.value)
            | (orders < eligibility.orders_minimum.value)
            | (match < eligibility.match_share_minimum.value)
            | (dpd > eligibility.days_past_due_maximum.value)
        )
        missed = [""] * len(features)
        for row in np.flatnonzero(is_suspect).tolist():
            known = None if np.isnan(match[row]) else float(match[row])
            codes = eligibility.refusals(int(months[row]), int(orders[row]), known, int(dpd[row]))
            missed[row] = ";".join(codes)
        return missed

    # --- an application

    def decide(self, purchase: Purchase) -> Approval | None:
        """Judge, offer, match with a lender: the approval, or None with the reason in the log.

        The client's answer to the offer is asked before funders are, so that nobody funds what nobody wants.
        """
        model, sme = self.model, purchase.sme
        today, judgement = model.today, self.judgements[sme.row]
        offer = judgement.offer
        today.applications += 1
        sme.quotes_month += 1
        self.enquire(sme)
        mass, amount, refusal = 0, 0, self._refusal(sme, judgement)
        if refusal is None:
            mass, amount, refusal = self._financeable(purchase, offer)
        if refusal is not None:
            today.refusals_platform += 1
            self._log(sme, judgement, REFUSED, refusal)
            model.causes.refuses(purchase, refusal)
            self._send_away(sme)
            return None
        form = self._form_for(sme, offer)
        terms = self._terms_of(form, offer.term_days, offer.day_rate_ppm)
        deposit, fee = rules.share_fen(amount, terms.deposit_ppm), rules.share_fen(amount, terms.fee_ppm)
        own = deposit + fee
        rate = offer.day_rate_ppm * DAYS_A_YEAR
        if sme.cash_fen < own or not sme.takes(rate, own, purchase.need_ppm):
            today.declined_by_firm += 1
            self._log(sme, judgement, DECLINED, "")
            return None
        lender, refusal = self.match(sme, amount - deposit, judgement.explored_as_ppm or judgement.pd_ppm)
        if lender is None:
            today.refusals_lender += 1
            self._log(sme, judgement, REFUSED, refusal)
            model.causes.credit_refused(sme, self.lenders[0], amount - deposit)
            self._send_away(sme)
            return None
        today.approvals += 1
        self._log(sme, judgement, ACCEPTED, "")
        return Approval(form, terms, lender, mass)

    def _financeable(self, purchase: Purchase, offer: PurchaseOffer) -> tuple[int, int, str | None]:
        """Grams of a purchase that the client's room finances in whole lots, their price, and why none or too few."""
        sme, price, financed_ppm = purchase.sme, purchase.price_fen, PPM - self.deposit_ppm
        lot = self.model.settings.order_lot_g
        if self.desk is None:
            room = offer.limit_fen - sum(facility.open_fen for facility in sme.facilities)
        else:
            room = self.desk.purchase_room_fen(sme, offer.limit_fen)
        mass = rules.affordable_g(rules.divide_half_even(room * PPM, financed_ppm), price)
        mass = min(mass // lot * lot, purchase.mass_g)
        if mass <= 0:
            return 0, 0, "limit_used_up"
        amount = rules.amount_fen(mass, price)
        if self.desk is not None:
            financed = rules.share_fen(amount, financed_ppm)
            if financed < self.desk.least_purchase_fen(sme, offer.forms[0]):
                return mass, amount, "break_even"
        return mass, amount, None

    def _refusal(self, sme: SME, judgement: Judgement) -> str | None:
        if sme.defaulted_on is not None:
            return "in_default"
        if sme.suspended_on is not None and self.is_suspended(sme):
            return "suspended"
        if not judgement.offer.forms:
            return judgement.reasons or "too_risky"
        return None

    def _form_for(self, sme: SME, offer: PurchaseOffer) -> str:
        """The freest form on offer; a controller who does not stand surety takes goods into custody."""
        if "open_account" in offer.forms and not sme.factory.has_no_surety:
            return "open_account"
        return "goods_controlled" if "goods_controlled" in offer.forms else offer.forms[0]

    def match(self, sme: SME, principal: int, pd_ppm: int) -> tuple[Lender | None, str]:
        """The client's own bank first, then the others, until one funds; the first one's reason otherwise."""
        row, lenders, is_rollover, told = sme.row, self.lenders, bool(sme.facilities), ""
        first = self.model.draws["bank"][row] * len(lenders) // PPM
        for step in range(len(lenders)):
            lender = lenders[(first + step) % len(lenders)]
            refusal = lender.refusal(row, principal, pd_ppm, is_rollover=is_rollover)
            if refusal is None:
                return lender, ""
            told = told or refusal
        return None, told

    def _terms_of(self, form: str, term_days: int, day_rate_ppm: int) -> PurchaseTerms:
        key = form, term_days, day_rate_ppm
        if key not in self._terms:
            self._terms[key] = self.product.form(form).purchase_terms(term_days, day_rate_ppm)
        return self._terms[key]

    def _send_away(self, sme: SME) -> None:
        sme.asks_again_on = self.model.day + self.model.settings.patience_days

    def enquire(self, sme: SME, known_in_days: int = 0) -> None:
        """One bureau enquiry in thirty days at most.

        Args:
            sme: about whom.
            known_in_days: until it stands in the register: 1 for what is asked after the day's review, which would
                otherwise not have seen what the day's tables show.
        """
        day = self.model.day
        if day - self._last_enquiry.get(sme.row, -30) >= 30:
            self._last_enquiry[sme.row] = day
            self.model.log.bureau.add(sme.row, day, day + known_in_days, ENQUIRY, MISSING)

    def _log(self, sme: SME, judgement: Judgement, outcome: int, refusal: str) -> None:
        model, desk, offer, product = self.model, self.desk, judgement.offer, self.product.name
        firm, version, terms, reasons = sme.row, self.underwriter.version, NOTHING, refusal
        if outcome != REFUSED:
            terms = offer.limit_fen, offer.term_days, offer.day_rate_ppm * DAYS_A_YEAR
            reasons = judgement.reasons
        if desk is not None:
            version = desk.version
            desk.costs.pay(firm, product, is_refusal=outcome == REFUSED)
        row = write_decision(model.log, firm, model.day, product, outcome, terms, judgement.pd_ppm, reasons, version)
        if desk is not None:
            desk.decisions.note_inputs(row, firm)

    # --- watching

    def is_suspended(self, sme: SME) -> bool:
        """Past due now, or not yet clean for long enough."""
        since = sme.suspended_on
        return since is not None and self.model.day - since < self.model.settings.reentry_days

    def watch(self, sme: SME, dpd_days: int) -> None:
        """Take note of days past due: suspend from the seventh on."""
        sme.dpd_days = dpd_days
        if dpd_days >= self.model.settings.suspension_days:
            sme.suspended_on = self.model.day

    def promise(
        self, form: str, amount_fen: int, terms: PurchaseTerms
    ) -> OpenAccountPurchase | GoodsControlledPurchase:
        """The contract for goods of a value, starting today."""
        if form == "goods_controlled":
            return GoodsControlledPurchase(self.model.day, amount_fen, terms, self.control)
        return OpenAccountPurchase(self.model.day, amount_fen, terms)

    def calls_margin(self, facility: Facility, price: int) -> int:
        """The margin that a fall of the price calls for; 0 when none is due."""
        if not has_fallen_by(price, facility.opening_price, self.control.margin_call_drop_ppm):
            return 0
        facility.accrue_to(self.model.day)
        value = rules.amount_fen(facility.goods_g, price)
        return margin_call_fen(facility.owed_fen, facility.margin_fen, value, self.deposit_ppm)
