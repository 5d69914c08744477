"""Outside banks take the best clients, and funders run from lenders in trouble; no fen appears from nowhere."""

from dataclasses import replace

import pytest

from sim.arms.arm import arm_named, live_arm
from sim.books.ledger import CASH, FUNDING, LOANS


@pytest.fixture
def market(make_market):
    market = make_market(firms=40, days=400, policy=arm_named("ladder"))
    for _ in range(market.settings.burn_in_days):
        market.step()
    return market


def test_only_the_best_are_taken_over_and_they_ask_for_nothing_for_a_year(market):
    desk, review = market.desk, market.desk.review
    desk.settings = replace(desk.settings, refinance_ppm=12_000_000, refinance_pd_ppm=20_000)
    top = len(desk.policy.stages) - 1
    review.standings = [replace(one, stage=top if row < 20 else 2) for row, one in enumerate(review.standings)]
    review.pd_ppm = [5_000 if row % 2 else 50_000 for row in range(40)]
    cash = int(market.entries.fen.view[:, CASH].sum())
    before = market.today.refinanced_fen
    desk.outside.month_end()
    assert market.today.refinanced_fen - before == sum(desk.outside.refinanced_fen.values())
    best = {row for row in range(20) if row % 2 and market.smes[row].is_active}
    taken = set(desk.outside.refinanced_fen)
    assert taken
    assert taken <= best
    assert all(not review.standings[row].is_suspended for row in taken)
    assert all(market.smes[row].asks_again_on == market.day + 365 for row in taken)
    assert int(market.entries.fen.view[:, CASH].sum()) == cash
    assert int(market.entries.fen.view[:, FUNDING].sum()) == 0
    market.entries.assert_balanced()


def test_what_was_refinanced_is_paid_back_to_the_last_fen(market):
    desk, sme = market.desk, market.smes[4]
    before = sme.money[sme.slot + FUNDING] + sme.informal_fen
    desk.outside._take_over(sme)
    assert desk.outside.refinanced_fen[4] > 0
    for _ in range(60):
        market.entries.inject(0, sme.slot, 10**8)
        desk.outside._serve()
    assert 4 not in desk.outside.refinanced_fen
    assert sme.money[sme.slot + FUNDING] + sme.informal_fen == before


def test_funders_run_from_bad_loans_alone_and_take_no_more_than_there_is(market):
    desk, lender = market.desk, max(market.lenders[:5], key=lambda one: one.money[one.slot + LOANS])
    assert lender.money[lender.slot + LOANS] > 0
    market.entries.borrow(lender.slot, 10**9)
    desk.outside._run(lender)
    assert desk.outside.run_fen == 0
    lender.bad_fen = lender.money[lender.slot + LOANS] // 2
    cash, funding = lender.cash_fen, -lender.money[lender.slot + FUNDING]
    desk.outside._run(lender)
    assert desk.outside.run_fen == min(cash, round(funding * desk.settings.run_ppm / 1_000_000)) > 0
    assert lender.cash_fen == cash - desk.outside.run_fen
    market.entries.assert_balanced()


def test_a_firm_founded_later_may_be_among_the_best(make_market):
    """Rows beyond the first day's firms draw as all others do: a market with founders lives through its refinancing."""
    market = make_market(firms=20, days=400, policy=arm_named("ladder"), entry_ppm=400_000)
    for _ in range(market.settings.burn_in_days):
        market.step()
    desk, review = market.desk, market.desk.review
    assert market.lives.founded > market.firms
    desk.settings = replace(desk.settings, refinance_ppm=12_000_000)
    review.standings = [replace(one, stage=len(desk.policy.stages) - 1) for one in review.standings]
    review.pd_ppm = [0] * len(review.standings)
    desk.outside.month_end()
    assert any(row >= market.firms for row in desk.outside.refinanced_fen)


def test_runs_and_takeovers_are_told_day_by_day_and_in_the_summary(make_market):
    """Nervous funders and eager banks: what either moved stands in the daily record, and adds up."""
    market = make_market(firms=60, days=260, seed=4, policy=arm_named("ladder"), sudden_stop_ppm=300_000)
    eager = {"run_threshold_ppm": 1, "refinance_ppm": 12_000_000, "refinance_pd_ppm": 1_000_000}
    market.desk.settings = market.desk.aftercare.settings = replace(market.desk.settings, **eager)

    def each_day():
        for lender in market.lenders:  # who has borrowed what it has lent can be run from
            if market.day % 30 == 0 and lender.is_active:
                market.entries.borrow(lender.slot, 10**9)

    outcome = live_arm(market, each_day)
    assert outcome.daily["run_fen"].sum() == outcome.summary["run_fen"] > 0
    assert outcome.summary["run_fen"] <= market.desk.outside.run_fen  # the burn-in has runs of its own
    assert outcome.daily["refinanced_fen"].sum() == outcome.summary["refinanced_fen"]
    month_ends = outcome.daily["date"].dt.is_month_end
    assert (outcome.daily.loc[~month_ends, "run_fen"] == 0).all()
