"""After the loan: queues lengthen when many fall behind, restructuring forgives nothing, exceptions leave a trace."""

from dataclasses import replace

import numpy as np
import pytest

from sim.arms.arm import arm_named
from sim.books.facilities import STATUSES
from sim.books.ledger import DEBTS, LOANS
from sim.books.recorders import FLOWS
from sim.desk import debts
from sim.desk.aftercare import restructured
from sim.products import growth, revolver

HARD = {"firms": 80, "days": 260, "seed": 3, "margin_shock_spread_ppm": 150_000, "lateness_cap_days": 60}


def lived_with(make_market, collectors=4, **settings):
    """A market of forgetful clients under the ladder, and what its collectors had to do each week."""
    market = make_market(**HARD | settings, policy=arm_named("ladder"))
    market.desk.aftercare.settings = replace(market.desk.settings, collectors_a_thousand=collectors, cases_a_week=2)
    weeks, late = [], []
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
        if market.day % 7 == 4:
            weeks.append((market.desk.aftercare.finance.waiting, market.desk.aftercare.finance.served))
        late.append(sum(1 for one in market.book.overdue.values() if one.falls_due_on < market.day - 1))
    return market, np.array(weeks), float(np.mean(late))


def test_a_wave_of_arrears_overloads_the_collectors_and_more_of_them_shorten_it(make_market):
    calm, in_calm, few_late = lived_with(make_market, disorder_ppm=20_000)
    wave, in_wave, many_late = lived_with(make_market, disorder_ppm=900_000)
    staffed, _, shorter = lived_with(make_market, collectors=400, disorder_ppm=900_000)
    capacity = calm.desk.aftercare.capacity
    assert capacity == wave.desk.aftercare.capacity < staffed.desk.aftercare.capacity
    for weeks in (in_calm, in_wave):
        assert np.array_equal(weeks[:, 1], np.minimum(weeks[:, 0], capacity))
    assert (in_wave[:, 0] > capacity).mean() > (in_calm[:, 0] > capacity).mean()
    assert few_late < many_late
    assert shorter < many_late


def test_restructuring_forgives_nothing_and_is_on_record_as_a_default(make_market):
    market = make_market(firms=10, days=200, policy=arm_named("ladder"))
    for _ in range(30):
        market.step()
    market.date = market.date_of(market.day)
    sme, lender = market.smes[2], market.lenders[0]
    held = lender.claims_on.get(sme.row, 0)
    old = growth.draw_growth(market, sme, lender, market.desk.forms["growth_loan"], 300_000_00, 12, 109_500)
    for _ in range(20):
        market.step()
    market.date = market.date_of(market.day)
    others = lender.claims_on[sme.row] - old.open_fen
    old.accrue_to(market.day)
    owed = old.owed_fen
    disbursed, loans = market.today.disbursed_fen, market.today.loans
    new = restructured(market, old)
    assert held >= 0
    assert (new.open_fen, old.open_fen, old.status) == (owed, 0, "restructured")
    assert sum(due.principal_fen for due in new.dues) == owed
    assert lender.claims_on[sme.row] == others + owed
    assert (market.today.disbursed_fen, market.today.loans) == (disbursed, loans)
    assert sum(one.open_fen for one in market.book.facilities) == int(market.entries.fen.view[:, LOANS].sum())
    assert int(market.entries.fen.view[:, (LOANS, DEBTS)].sum()) == 0
    market.entries.assert_balanced()
    assert old not in sme.facilities
    assert new in sme.facilities
    table = market.observed.tables()["facilities"].set_index("facility_id")
    assert table.loc[f"C{old.number:07d}", "status"] == STATUSES[4] == "restructured"
    for _ in range(60):
        market.step()


def test_exceptions_of_sales_are_few_logged_with_a_reason_and_given_to_clean_old_clients(make_market):
    market = make_market(**HARD | {"days": 420}, policy=arm_named("ladder"))
    always = replace(market.desk.settings, override_ppm=1_000_000, override_cap_ppm=50_000)
    market.desk.aftercare.settings = always
    granted = []
    for _ in range(market.settings.burn_in_days + market.days):
        before = market.desk.aftercare.sales.ever_served
        market.step()
        granted.append(market.desk.aftercare.sales.ever_served - before)
    table = market.observed.tables()["decisions"]
    exceptions = table[table["is_override"]]
    assert len(exceptions) == sum(granted) > 0
    assert max(granted) <= 0.05 * 80
    assert exceptions["override_reason"].notna().all()
    assert not table.loc[~table["is_override"], "override_reason"].notna().any()


def test_the_riskier_client_is_visited_no_less_often(make_market):
    market = make_market(firms=10, days=10, policy=arm_named("ladder"))
    market.step()
    market.desk.review.pd_ppm = [1_000, 20_000, 29_999, 30_000, 60_000, 100_000, 900_000, 0, 0, 0]
    shares = market.desk.aftercare.visit_shares_ppm(12, 100_000).tolist()
    assert shares[:7] == sorted(shares[:7])
    assert shares[0] < shares[6]
    assert shares[10:] == [100_000, 100_000], "whom no review has seen yet is visited as usual"


def test_an_alarm_cuts_the_line_until_it_is_forgotten(make_market):
    market = make_market(firms=10, days=10, policy=arm_named("ladder"))
    market.step()
    care = market.desk.aftercare
    care.note_visit(4, 2)
    assert care.warnings(6).tolist() == [0, 0, 0, 0, market.desk.review._limit_rules.warnings_for_cut.value, 0]
    market.day += 61
    assert not care.warnings(6).any()


@pytest.mark.parametrize("name", ["ladder", "bank"])
def test_an_arm_lives_through_a_hard_year_with_its_books_in_order(make_market, name):
    """Every day's audit holds, and every month's book is the ledger's; otherwise a step raises."""
    hard = HARD | {"days": 400, "sudden_stop_ppm": 300_000, "resolution_days": 40}
    market = make_market(**hard, policy=arm_named(name))
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
    assert market.book.facilities
    assert any(sme.failed_on is not None for sme in market.smes)


@pytest.mark.parametrize("agree_ppm", [0, 500_000, 1_000_000])
def test_lenders_answer_once_for_each_account_that_falls_behind_and_agree_to_the_stated_part(
    make_market, monkeypatch, agree_ppm
):
    """For weeks nobody remembers what falls due: business finds its cases, and what was agreed lives on as a loan.

    Lines with nothing drawn are late with their fee, too, and are no case.
    """
    market = make_market(firms=60, days=200, policy=arm_named("ladder"))
    for _ in range(30):
        market.step()
    market.date = market.date_of(market.day)
    forms, lender = market.desk.forms, max(market.lenders, key=lambda one: one.cash_fen)
    for sme in market.smes[:45]:
        growth.draw_growth(market, sme, lender, forms["growth_loan"], 60_000_00, 12, 109_500)
    empty = [
        revolver.open_line(market, sme, lender, forms["turnover_revolver"], 500_000_00, 12, 109_500)
        for sme in market.smes[45:60]
    ]
    known = replace(market.desk.settings, restructure_days=8, restructure_ppm=agree_ppm, cases_a_week=400)
    market.desk.settings = market.desk.aftercare.settings = known
    aftercare, asked = market.desk.aftercare, {}
    ask = aftercare._lender_agrees

    def remembered(facility):
        key = facility.number, facility.falls_due_on
        assert key not in asked
        assert facility.open_fen >= known.least_ticket_fen
        asked[key] = ask(facility)
        return asked[key]

    def forget(_market, due):
        for facility in due:
            facility.is_forgotten_until = market.day + 90

    monkeypatch.setattr(aftercare, "_lender_agrees", remembered)
    monkeypatch.setattr(aftercare, "_press", lambda facility: None)
    monkeypatch.setattr(debts, "_forget_some", forget)
    late = set()
    for _ in range(75):
        market.step()
        late |= {one.number for one in empty if one.number in market.book.overdue and not one.open_fen}
    assert late
    agreed = sum(asked.values())
    assert len(asked) > 30
    assert aftercare.business.ever_served == len(asked)
    share = agree_ppm / 1_000_000
    assert abs(agreed - share * len(asked)) <= 3 * (share * (1 - share) * len(asked)) ** 0.5
    assert (market.observed.tables()["facilities"]["status"] == "restructured").sum() == agreed
    assert (market.log.flows.columns()["kind"] == FLOWS.index("rolled_in")).sum() == agreed
    market.entries.assert_balanced()
