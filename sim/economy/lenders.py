"""Lenders: who may borrow, within which mandate, on whose money."""

from typing import NamedTuple

from credit.contracts import divide_half_even, share_fen
from sim.attribution.causes import BY_LENDER, ILLIQUID, INSOLVENT
from sim.books.ledger import ALLOWANCE, CASH, FUNDING, LOANS
from sim.stage import Party, Stage

PPM = 1_000_000


class CapitalRule(NamedTuple):
    """What a licence asks: a bank's risk weight and ratio, or the leverage of a lessor or factor at a weight of one.

    Attributes:
        risk_weight_ppm: of sound loans.
        ratio_ppm: least equity, of weighted loans.
        obligor_cap_ppm: most with one obligor, of equity.
    """

    risk_weight_ppm: int
    ratio_ppm: int
    obligor_cap_ppm: int


class Lender(Party):
    """A funder with its own money at risk.

    It refuses when cash would fall into its liquidity buffer, when capital would not carry the loan, when the obligor
    is too risky or too large for it, or when its appetite has gone. It fails when its equity is gone
    or it cannot pay its own interest.

    Attributes:
        capital: what its licence asks.
        pd_mandate_ppm: highest yearly default probability it takes.
        appetite_ppm: part of sound requests that it funds; falls with its bad loans.
        claims_on: legal principal by obligor row.
        bad_fen: principal in default.
    """

    whole_numbers = ("pd_mandate_ppm", "appetite_ppm", "bad_fen")

    def __init__(
        self, model: Stage, row: int, slot: int, pd_mandate_ppm: int, capital: CapitalRule | None = None
    ) -> None:
        super().__init__(model, row, slot)
        settings = model.settings
        self.capital = capital or CapitalRule(
            settings.lender_risk_weight_ppm, settings.lender_capital_ratio_ppm, settings.lender_obligor_cap_ppm
        )
        self.pd_mandate_ppm = pd_mandate_ppm
        self.appetite_ppm = PPM
        self.claims_on: dict[int, int] = {}
        self.bad_fen = 0

    def refusal(self, obligor: int, amount_fen: int, pd_ppm: int, *, is_rollover: bool) -> str | None:
        """Why it does not fund a drawdown; None when it does.

        Args:
            obligor: row of the SME.
            amount_fen: principal asked for.
            pd_ppm: the platform's PD for a year.
            is_rollover: the obligor has a running facility already.
        """
        if not self.is_active:
            return "lender_closed"
        if pd_ppm > self.pd_mandate_ppm:
            return "outside_mandate"
        if not self._has_appetite(obligor, is_rollover=is_rollover):
            return "no_appetite"
        money, slot = self.money, self.slot
        if money[slot + CASH] - amount_fen < share_fen(
            -money[slot + FUNDING], self.model.settings.lender_liquidity_ppm
        ):
            return "no_liquidity"
        equity = self.equity_fen
        exposure = self.claims_on.get(obligor, 0) + amount_fen
        if exposure > share_fen(equity, self.capital.obligor_cap_ppm):
            return "obligor_too_large"
        sound = money[slot + LOANS] + money[slot + ALLOWANCE]
        risk = share_fen(sound + amount_fen, self.capital.risk_weight_ppm)
        if equity * PPM < risk * self.capital.ratio_ppm:
            return "no_capital"
        return None

    def obligor_room_fen(self, obligor: int) -> int:
        """What its licence still lets it lend to one obligor."""
        most = share_fen(max(self.equity_fen, 0), self.capital.obligor_cap_ppm)
        return max(most - self.claims_on.get(obligor, 0), 0) if self.is_active else 0

    def _has_appetite(self, obligor: int, *, is_rollover: bool) -> bool:
        """The keyed draw that rations funds: by its own mood and by what the scenario does to funding."""
        model = self.model
        let_through = (model.shocks.rollover_ppm if is_rollover else model.shocks.new_funding_ppm)[model.day]
        share = self.appetite_ppm if let_through == PPM else share_fen(self.appetite_ppm, let_through)
        return share >= PPM or model.draws["appetite"][obligor] < share

    @property
    def _borrowed_fen(self) -> int:
        return -self.money[self.slot + FUNDING]

    def month_end(self) -> None:
        """Interest on what it borrowed, operating cost, its mood, and how much it borrows from now on."""
        if not self.is_active:
            return
        entries, settings, slot = self.model.entries, self.model.settings, self.slot
        loans = self.money[slot + LOANS]
        rate = max(settings.lender_funding_rate_ppm + self.model.shocks.rate_rise_ppm[self.model.day], 0)
        funding_cost = divide_half_even(share_fen(self._borrowed_fen, rate), 12)
        cost = funding_cost + divide_half_even(share_fen(loans, settings.lender_cost_ppm), 12)
        is_illiquid = cost > self.cash_fen
        entries.pay_costs(slot, min(cost, self.cash_fen))
        entries.pay_vat(slot)
        self.appetite_ppm = self._mood_ppm(loans)
        if is_illiquid or self.equity_fen <= 0:
            self.is_active = False
            self.model.today.failed_lenders += 1
            reason = ILLIQUID if is_illiquid else INSOLVENT
            self.model.causes.end(BY_LENDER, self.row, reason, self.slot)

    def _mood_ppm(self, loans_fen: int) -> int:
        """Appetite after bad loans: 1 / (1 + aversion * excess), the first terms of the exponential of DOMAIN 6.6."""
        settings = self.model.settings
        bad_share = divide_half_even(self.bad_fen * PPM, loans_fen) if loans_fen > 0 else 0
        excess = max(bad_share - settings.lender_npl_target_ppm, 0)
        return divide_half_even(PPM * PPM, PPM + settings.lender_npl_aversion * excess)

    def manage_liquidity(self) -> None:
        """Once a week: hold a reserve for new loans above the buffer; borrow what equity carries, pay back the rest.

        That its equity is gone is found at the month's end; until then it needs no reserve, and never less than none.
        """
        settings, entries = self.model.settings, self.model.entries
        if not self.is_active:
            return
        equity = max(self.equity_fen, 0)
        reserve = share_fen(equity, settings.lender_reserve_ppm)
        wanted = share_fen(self._borrowed_fen, settings.lender_liquidity_ppm) + reserve
        over = self.money[self.slot + CASH] - wanted
        if over > 0:
            entries.pay_back_funding(self.slot, min(over, self._borrowed_fen))
            return
        limit = share_fen(equity, settings.lender_leverage_ppm)
        room = limit - self._borrowed_fen
        if room > 0:
            entries.borrow(self.slot, min(-over, room))
