"""Every product as it is lived: in calm times what its contract promises to the fen, in bad times nothing gets lost."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.contracts import FlowKind, LineEvent, Outcome, Party
from credit.errors import BadInput
from credit.files import DATA
from credit.ladder_rules import load_ladder
from credit.products import load_product
from sim import rules
from sim.books.entries import WORLD
from sim.books.facilities import KINDS
from sim.books.ledger import DEBTS, DEPOSITS_HELD, DEPOSITS_PLACED, LOANS, MACHINES
from sim.books.recorders import MISSING
from sim.desk.recovery import default_facility
from sim.products import advance, growth, lease, revolver
from sim.products.planned import Due

FORMS = {
    "machine_lease": "annuity", "sale_leaseback": "annuity", "turnover_revolver": "bullet",
    "receivables_advance": "recourse", "growth_loan": "seasonal",
}  # fmt: skip
MONTHS, RATE = 12, 109_500  # 300 ppm a day
AMOUNT = 600_000_00


def form_of(product):
    return load_product(DATA / "products" / f"{product}.yaml").any_form(FORMS[product])


@pytest.fixture
def calm(make_market):
    """A market whose client 3 is rich and orderly, and every payment between it and its lender."""
    market = make_market(firms=8, days=500, policy=load_ladder("ladder"), disorder_ppm=0, sudden_stop_ppm=0)
    for _ in range(40):
        market.step()
    sme = market.smes[3]
    sme.asks_again_on = 10**6
    paid = []

    def spy(pay):
        def watched(payer, for_account, payee, into, amount):
            if amount and sme.slot in (payer, payee):
                paid.append((market.day, payer, payee, amount))
            pay(payer, for_account, payee, into, amount)

        return watched

    for entries in (market.entries, market.desk.entries):
        entries._pay = spy(entries._pay)

    def live(days):
        for _ in range(days):
            market.entries.fen.pay(WORLD, 14, sme.slot, 12, max(50_000_000_00 - sme.cash_fen, 0))
            market.step()
        market.date = market.date_of(market.day)  # what is drawn now is drawn on the morning of the next day

    live(1)
    return market, sme, paid, live


def between(paid, sme, lender):
    """Net flow from client to lender by day."""
    net = {}
    for day, payer, payee, amount in paid:
        if {payer, payee} == {sme.slot, lender.slot}:
            net[day] = net.get(day, 0) + (amount if payer == sme.slot else -amount)
    return {day: amount for day, amount in net.items() if amount}


def promised(flows, origin):
    """The same by the contract; what the lender pays a maker passes through the client's books."""
    net = {}
    for flow in flows:
        if flow.kind is FlowKind.FUNDING:
            net[flow.day - origin] = net.get(flow.day - origin, 0) - flow.amount_fen
        elif flow.payer is Party.SME and flow.payee is Party.LENDER:
            net[flow.day - origin] = net.get(flow.day - origin, 0) + flow.amount_fen
        elif flow.payer is Party.LENDER and flow.payee is Party.SME:
            net[flow.day - origin] = net.get(flow.day - origin, 0) - flow.amount_fen
    return {day: amount for day, amount in net.items() if amount}


def drawn(market, sme, product):
    lender = market.lenders[0]
    if product == "machine_lease":
        return lease.draw_lease(market, sme, lender, form_of(product), AMOUNT, 300_000, MONTHS, RATE)
    if product == "sale_leaseback":
        return lease.draw_leaseback(market, sme, lender, form_of(product), AMOUNT, 900, MONTHS, RATE)
    if product == "growth_loan":
        return growth.draw_growth(market, sme, lender, form_of(product), AMOUNT, MONTHS, RATE)
    return growth.draw_against_property(market, sme, lender, AMOUNT, MONTHS, RATE, AMOUNT)


PLANNED = ("machine_lease", "sale_leaseback", "growth_loan", "collateral_loan")


@pytest.mark.parametrize("product", PLANNED)
def test_in_a_calm_market_a_plan_is_paid_as_the_contract_says_to_the_fen(calm, product):
    market, sme, paid, live = calm
    paid.clear()
    facility = drawn(market, sme, product)
    origin = market.date_of(0).toordinal()
    live(MONTHS * 31 + 20)
    assert facility.status == "repaid"
    assert facility.open_fen == facility.deposit_fen == 0
    assert between(paid, sme, facility.lender) == promised(facility.contract.schedule(), origin)
    rows = market.log.payments.columns()
    mine = np.flatnonzero(rows["facility"] == facility.number)
    assert np.array_equal(rows["due"][mine], rows["paid"][mine])
    assert np.array_equal(rows["due_on"][mine], rows["paid_on"][mine])


@pytest.mark.parametrize("product", ["machine_lease", "growth_loan"])
def test_what_is_owed_on_any_day_is_the_contracts_exposure(calm, product):
    market, sme, _, live = calm
    facility = drawn(market, sme, product)
    profile = facility.contract.exposure_profile()
    start = facility.contract.start_day - market.date_of(0).toordinal()
    for _ in range(100):
        day = market.day
        facility.accrue_to(day)
        assert facility.open_fen + facility.accrued_fen == profile[day - start]
        live(1)


def test_a_line_costs_what_its_draws_and_repayments_cost_by_the_contract(calm):
    market, sme, paid, live = calm
    lender, origin = market.lenders[0], market.date_of(0).toordinal()
    paid.clear()
    line = revolver.open_line(market, sme, lender, form_of("turnover_revolver"), AMOUNT, MONTHS, RATE)
    market.desk._give_back = lambda facility: None  # this client says itself when it repays
    done = []
    for days, amount in ((0, 200_000_00), (17, 150_000_00), (20, -250_000_00), (40, 77_777_77), (61, -10_000_00)):
        live(days)
        done.append((market.day, line.draw(market, amount) if amount > 0 else -line.repay(market, -amount)))
    assert [amount for _, amount in done] == [200_000_00, 150_000_00, -250_000_00, 77_777_77, -10_000_00]
    line.accrue_to(market.day)
    exposure = line.contract.exposure_profile()[market.day + origin - line.contract.start_day]
    assert line.open_fen + line.accrued_fen == exposure - 10_000_00  # the day's repayment is not taken off there
    live(MONTHS * 31)
    assert line.status == "repaid"
    assert sme.line is None
    assert line.contract.events == tuple(LineEvent(day + origin, amount) for day, amount in done)
    assert between(paid, sme, lender) == promised(line.contract.schedule(), origin)


def test_a_line_never_gives_more_than_its_limit_and_nothing_once_it_is_late(calm):
    market, sme, _, live = calm
    line = revolver.open_line(market, sme, market.lenders[0], form_of("turnover_revolver"), AMOUNT, MONTHS, RATE)
    assert line.draw(market, 10 * AMOUNT) == AMOUNT == line.open_fen
    assert line.draw(market, 1) == 0
    line.repay(market, AMOUNT // 2)
    sme.suspended_on = market.day
    assert line.draw(market, 100_00) == 0
    live(1)


def test_every_statement_of_a_line_is_on_record_from_its_day_though_the_firm_is_gone(calm):
    """What a platform sees of arrears are statements that nobody paid: a firm that has fled gets them like others."""
    market, sme, _, live = calm
    line = revolver.open_line(market, sme, market.lenders[0], form_of("turnover_revolver"), AMOUNT, MONTHS, RATE)
    assert line.draw(market, AMOUNT // 2)
    sme.is_active, sme.line = False, None  # nobody is there to give back what is too much
    live(line.statement_days[2] - market.day + 1)
    payments = market.log.payments.columns()
    own = payments["facility"] == line.number
    assert payments["due_on"][own].tolist() == line.statement_days[:3]
    assert (payments["due"][own] > 0).all()
    assert (payments["paid_on"][own] == MISSING).all()


def test_an_advance_is_settled_by_the_debtors_as_the_contract_says(calm):
    market, sme, paid, live = calm
    factor, origin = market.desk.factor, market.date_of(0).toordinal()
    invoices = advance.free_invoices(market, sme, 120, 10**12)
    assert invoices
    paid.clear()
    facility = advance.draw_advance(market, sme, factor, form_of("receivables_advance"), invoices, 10**9, RATE)
    contract = facility.contract
    live(330)
    assert facility.status == "repaid"
    table = market.log.invoices.columns()
    outcomes = {}
    for receivable in contract.receivables:
        row = int(receivable.invoice_id)
        late = int(table["paid_on"][row]) + origin - receivable.due_day
        diluted = max(int(table["dilution"][row]), 0)
        outcomes[receivable.invoice_id] = Outcome(days_late=max(late, 0), dilution_fen=diluted)
        assert table["assigned"][row] == facility.number
    flows = contract.schedule(outcomes)
    taken = [flow for flow in flows if flow.payee is Party.LENDER]
    total = {
        kind: sum(flow.amount_fen for flow in taken if flow.kind is kind)
        for kind in (FlowKind.PRINCIPAL, FlowKind.INTEREST)
    }
    came = sum(amount for _, payer, payee, amount in paid if payer == sme.slot and payee == factor.slot)
    assert came == contract.fee_fen + total[FlowKind.PRINCIPAL] + total[FlowKind.INTEREST]
    assert total[FlowKind.PRINCIPAL] == contract.advance_fen


@pytest.mark.parametrize("months", [12, 24, 36])
def test_a_growth_loan_of_any_season_rate_and_size_never_grows(calm, months):
    """The lean month that comes first pays its interest even over the longest gap between two payment days."""
    market, *_ = calm
    first = market.date
    for shift in range(0, 360, 13):
        market.date = first + timedelta(days=shift)
        for rate, amount in ((100_000, 50_000_00), (120_000, 1_886_620_40), (240_000, 5_000_000_00)):
            contract = growth.contract_of(form_of("growth_loan"), market.date.toordinal(), amount, months, rate)
            plan = contract.instalments()
            assert all(one.principal_fen > 0 for one in plan)
            assert sum(one.principal_fen for one in plan) == amount


def test_a_leased_machine_stands_in_the_works_once(calm):
    market, sme, _, _ = calm
    facility = drawn(market, sme, "machine_lease")
    price = rules.scaled(market.settings.machine_price_fen, 1_000_000 + market.settings.vat_goods_ppm)
    there = sum(vintage.number for vintage in sme.vintages if vintage.facility == facility.number)
    assert there == max(rules.divide_half_even(facility.new_price_fen, price), 1)


def test_an_advance_that_debtors_settle_early_leaves_no_arrears_behind(calm):
    """What is due of a row is never more than what settles it: else a repaid advance is a default 90 days later."""
    market, sme, _, _ = calm
    invoices = advance.free_invoices(market, sme, 120, 10**12)
    facility = advance.draw_advance(
        market, sme, market.desk.factor, form_of("receivables_advance"), invoices, 10**9, RATE
    )
    rows = [row for *_, row in facility.receivables.values()]
    market.day += 1
    for invoice in invoices:
        facility.collect(market, invoice, invoice.amount_fen)
    paid = market.log.payments.columns()
    assert facility.open_fen == 0
    assert (paid["paid"][rows] >= paid["due"][rows]).all()


def test_an_invoice_is_assigned_once(calm):
    market, sme, _, _ = calm
    invoices = advance.free_invoices(market, sme, 120, 10**12)
    form, factor = form_of("receivables_advance"), market.desk.factor
    advance.draw_advance(market, sme, factor, form, invoices, 10**9, RATE)
    assert advance.free_invoices(market, sme, 120, 10**12) == []
    with pytest.raises(BadInput, match="assigned twice"):
        advance.draw_advance(market, sme, factor, form, invoices, 10**9, RATE)


@pytest.mark.parametrize("product", PLANNED)
def test_after_a_default_the_claim_and_the_ledgers_still_agree_and_a_machine_is_sold_with_a_lag(calm, product):
    market, sme, _, live = calm
    lender = market.lenders[0]
    before = int(market.entries.fen.view[:, LOANS].sum())
    facility = drawn(market, sme, product)
    live(65)
    facility.accrue_to(market.day)
    exposure = facility.owed_fen
    default_facility(market, market.platform, facility)
    assert facility.exposure_fen == exposure
    assert facility.deposit_fen == 0
    is_leased = facility.product in ("machine_lease", "sale_leaseback")
    waits = [day for day, leases in market.desk.sales_due if facility in leases]
    assert waits == ([market.day + 180] if is_leased else [])
    sme.is_active = False  # nobody else pays
    sold = market.today.recovered_goods_fen
    if is_leased:
        facility.is_sold = False
        worth = facility.resale_fen(market, market.day)
        claim = facility.open_fen
        market.streams.ppm = lambda name, day, who: [999_999] * (who if isinstance(who, int) else len(who))
        facility.sell(market)
        assert market.today.recovered_goods_fen - sold == min(worth, claim)
    assert sum(one.open_fen for one in market.book.facilities) == int(market.entries.fen.view[:, LOANS].sum())
    assert int(market.entries.fen.view[:, LOANS].sum() + market.entries.fen.view[:, DEBTS].sum()) == 0
    assert int(market.entries.fen.view[:, DEPOSITS_PLACED].sum() + market.entries.fen.view[:, DEPOSITS_HELD].sum()) == 0
    assert market.entries.fen.view[:, MACHINES].min() >= 0
    assert lender.claims_on[sme.row] >= 0 <= before
    market.entries.assert_balanced()


def test_kinds_are_those_of_the_product_files():
    for kind in KINDS[:-1]:
        form = load_product(DATA / "products" / f"{kind.product}.yaml").any_form(kind.form)
        assert form.wrapper == kind.wrapper


@given(st.tuples(*[st.integers(0, 1000)] * 3), st.data())
def test_a_part_paid_in_two_goes_is_split_as_in_one_interest_first(prices, told):
    due = Due(10, 0, *prices, 0)
    one, two = sorted(told.draw(st.integers(0, due.payment_fen)) for _ in range(2))
    pieces = zip(due.between(0, one), due.between(one, two), due.between(two, due.payment_fen), strict=True)
    assert tuple(map(sum, pieces)) == due.between(0, due.payment_fen) == prices
    principal, interest, service = due.between(0, one)
    assert min(principal, interest, service) >= 0
    assert interest == due.interest_fen or principal == service == 0
