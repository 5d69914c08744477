"""Machine lease and leaseback as they are lived: title with the lessor, rents, deposit, repossession and sale."""

from dataclasses import replace
from typing import Any

from credit.contracts import MachineLease, SaleLeaseback
from sim import rules
from sim.books.facilities import KIND_OF
from sim.books.recorders import BY_GOODS, DEPOSIT_BACK
from sim.products.claims import came_back, note, register
from sim.products.planned import PlannedFacility

PPM = 1_000_000
DAYS_A_YEAR, DAYS_A_MONTH = 365, 30
KINDS_OF_LEASE = {
    "machine_lease": KIND_OF["machine_lease", "annuity"],
    "sale_leaseback": KIND_OF["sale_leaseback", "annuity"],
}


class LeaseFacility(PlannedFacility):
    """A leased machine.

    Attributes:
        new_price_fen: what the machine cost new, or would have.
        age_days: its age on the first day.
        carried_fen: its value in the lessee's books.
        started_on: market day.
        is_direct: bought from the maker; otherwise leased back.
        is_sold: whether the lessor has taken it back and sold it.
    """

    __slots__ = ("age_days", "carried_fen", "is_direct", "is_sold", "new_price_fen", "started_on")

    def __init__(
        self,
        number: int,
        obligor: Any,
        lender: Any,
        contract: MachineLease | SaleLeaseback,
        new_price: int,
        age_days: int,
        origin: int,
    ) -> None:
        self.is_direct = isinstance(contract, MachineLease)
        kind = KINDS_OF_LEASE["machine_lease" if self.is_direct else "sale_leaseback"]
        super().__init__(number, kind, obligor, lender, contract, contract.financed_fen, origin)
        self.new_price_fen = new_price
        self.age_days = age_days
        self.carried_fen = new_price if self.is_direct else 0
        self.started_on = contract.start_day - origin
        self.is_sold = False

    def post(self, stage: Any, principal: int, interest: int, service: int) -> None:
        """Rents: those of a direct lease bear the VAT of goods, a leaseback's interest that of services."""
        if not self.is_direct:
            super().post(stage, principal, interest, service)
            return
        sme, lessor, entries = self.obligor.slot, self.lender.slot, stage.desk.entries
        entries.pay_lease_principal(sme, lessor, principal)
        self.carried_fen -= principal - rules.net_of_vat_fen(principal, stage.settings.vat_goods_ppm)
        if interest + service:
            entries.pay_lease_service(sme, lessor, interest + service)

    def wears(self, stage: Any) -> None:
        """A month's depreciation of a direct lease, in equal parts over the life that the machine has in the books."""
        part = min(
            rules.divide_half_even(self.new_price_fen, stage.desk.settings.machine_life_months), self.carried_fen
        )
        if part > 0:
            stage.desk.entries.depreciate(self.obligor.slot, part)
            self.carried_fen -= part

    def resale_fen(self, stage: Any, day: int, default_rate: float | None = None) -> int:
        """What a forced sale on a day brings after its cost, by `credit.machine_value`."""
        market, rate = stage.desk.machine_market, default_rate
        if rate is None:
            rate = stage.desk.sector_default_rate
        age = (self.age_days + day - self.started_on) / DAYS_A_YEAR
        value = float(market.forced_value(float(self.new_price_fen), age, rate))
        return round(value * (1.0 - market.sale_cost_share))

    def collateral_pays(self, stage: Any) -> int:
        """The deposit is set off at once; the machine is taken back and sold after the usual months."""
        paid = min(self.deposit_fen, self.open_fen)
        if self.deposit_fen:
            stage.entries.return_deposit(self.lender.slot, self.obligor.slot, self.deposit_fen)
            note(stage, self, DEPOSIT_BACK, self.deposit_fen)
            self.deposit_fen = 0
            stage.entries.repay(self.obligor.slot, self.lender.slot, paid, 0)
        stage.machines_leave(self.obligor, self.number)
        lag = round(stage.desk.machine_market.sale_months * DAYS_A_MONTH)
        stage.desk.sales_due.put(stage.day + lag, self)
        return paid

    def expected_from_collateral_fen(self, stage: Any) -> int:
        """The machine's sale, if the machine is there."""
        lag = round(stage.desk.machine_market.sale_months * DAYS_A_MONTH)
        return min(self.resale_fen(stage, stage.day + lag), self.open_fen)

    def sell(self, stage: Any) -> None:
        """The lessor sells what it took back; now and then there is nothing to take."""
        if self.is_sold or self.status not in ("defaulted", "written_off"):
            return
        self.is_sold = True
        missing = stage.streams.ppm("machine missing", stage.day, stage.roster)[self.obligor.row]
        share = stage.desk.settings.machine_missing_ppm
        proceeds = 0 if missing < share else self.resale_fen(stage, stage.day)
        if proceeds:
            usual = self.resale_fen(stage, stage.day, stage.desk.machine_market.normal_default_rate)
            stage.causes.security_sold(self, usual, proceeds)
        claim = self.open_fen
        paid = stage.desk.entries.sell_repossessed(
            self.obligor.slot, self.lender.slot, proceeds, claim, self.carried_fen
        )
        self.carried_fen = 0
        if paid:
            came_back(stage, stage.platform, self, paid, BY_GOODS)


def draw_lease(
    stage: Any, sme: Any, lessor: Any, form: Any, price_fen: int, own_ppm: int, months: int, rate_ppm: int
) -> "LeaseFacility":
    """The lessor buys a new machine for a client: its own part, fee and deposit are paid, the machine is there.

    Args:
        stage: the market.
        sme: the lessee.
        lessor: who buys.
        form: of the product file; price, own part, term and rate are this client's.
        price_fen: of the machine, VAT included.
        own_ppm: the lessee's part of it.
        months: rents.
        rate_ppm: a year.
    """
    start = stage.date.toordinal()
    model = form.reference_contract(start, months)
    contract = replace(
        model, price_fen=price_fen, down_payment_ppm=own_ppm, terms=replace(model.terms, rate_annual_ppm=rate_ppm)
    )
    facility = LeaseFacility(len(stage.book.facilities), sme, lessor, contract, price_fen, 0, start - stage.day)
    stage.desk.entries.lease_machine(sme.slot, lessor.slot, contract.down_payment_fen, contract.financed_fen)
    stage.desk.entries.pay_lease_service(sme.slot, lessor.slot, contract.fee_fen)
    _begin(stage, facility, contract, rate_ppm, price_fen, is_guaranteed=form.is_guaranteed)
    stage.machines_arrive(sme, price_fen, facility.number)
    return facility


def draw_leaseback(
    stage: Any, sme: Any, lessor: Any, form: Any, appraised_fen: int, age_days: int, months: int, rate_ppm: int
) -> "LeaseFacility":
    """The lessor pays a client for a machine that it goes on using.

    Args:
        stage: the market.
        sme: the client.
        lessor: who pays.
        form: of the product file.
        appraised_fen: value of the machine today.
        age_days: its age.
        months: rents.
        rate_ppm: a year.
    """
    start = stage.date.toordinal()
    model = form.reference_contract(start, months)
    contract = replace(model, appraised_value_fen=appraised_fen, terms=replace(model.terms, rate_annual_ppm=rate_ppm))
    market = stage.desk.machine_market
    fair_of_one = float(market.fair_value(1.0, age_days / DAYS_A_YEAR))
    new_price = round(appraised_fen / fair_of_one)
    facility = LeaseFacility(len(stage.book.facilities), sme, lessor, contract, new_price, age_days, start - stage.day)
    stage.desk.entries.lend(lessor.slot, sme.slot, contract.financed_fen)
    stage.desk.entries.pay_service(sme.slot, lessor.slot, contract.fee_fen)
    _begin(stage, facility, contract, rate_ppm, appraised_fen, is_guaranteed=form.is_guaranteed)
    return facility


def _begin(
    stage: Any, facility: LeaseFacility, contract: Any, rate_ppm: int, value: int, *, is_guaranteed: bool
) -> None:
    deposit = contract.deposit_fen
    stage.entries.place_deposit(facility.obligor.slot, facility.lender.slot, deposit)
    facility.deposit_fen = deposit
    facility.is_guaranteed = is_guaranteed
    end = contract.end_day - contract.start_day + stage.day
    register(stage, facility, end, rate_ppm, contract.fee_fen, deposit, value)
    facility.record_plan(stage)
