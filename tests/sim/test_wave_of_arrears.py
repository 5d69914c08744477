"""When many fall behind at once: what collectors do not get round to is lost, and what sales defends is at risk."""

from dataclasses import replace

import numpy as np
import pytest

from sim.arms.arm import arm_named
from sim.desk import debts
from sim.desk.aftercare import CUT_PPM
from sim.desk.desk import PURCHASES
from sim.desk.visits import visit

FIRMS, CALM_DAYS, WAVE_DAYS, AFTER_DAYS = 150, 240, 45, 200


@pytest.fixture(scope="module")
def waves(make_market):
    """One market, lived to the same day; then for weeks nobody remembers what falls due, and collectors are so many."""

    def live(cases_a_week):
        hard = {"margin_shock_spread_ppm": 80_000}  # some have nothing left when the collector comes
        market = make_market(firms=FIRMS, days=500, seed=6, policy=arm_named("ladder"), **hard)
        for _ in range(CALM_DAYS):
            market.step()
        known = replace(market.desk.settings, collectors_a_thousand=1, cases_a_week=cases_a_week)
        market.desk.settings = market.desk.aftercare.settings = known
        start = market.state_hash()

        def forget(market, due):
            for facility in due:
                facility.is_forgotten_until = market.day + 2 * AFTER_DAYS

        counted = ("new_defaults", "exposure_at_default_fen", "repaid_fen", "lender_loss_fen")
        told, queue = dict.fromkeys(counted, 0), []
        for day in range(AFTER_DAYS):
            with pytest.MonkeyPatch.context() as patch:
                if day < WAVE_DAYS:
                    patch.setattr(debts, "_forget_some", forget)
                market.step()
            for name in counted:
                told[name] += getattr(market.today, name)
            if market.day % 7 == 4:
                queue.append(market.desk.aftercare.finance.waiting)
        return told | {"queue": np.array(queue), "start": start, "work": market.log.work.columns()}

    return {cases: live(cases) for cases in (2, 4, 60)}


def test_halving_collectors_in_a_wave_lengthens_the_queue_lowers_what_comes_back_and_raises_losses(waves):
    half, full, ample = waves[2], waves[4], waves[60]
    assert half["start"] == full["start"] == ample["start"]
    assert half["queue"].max() > 2 * 4  # the wave is more than a week's work, and stays so
    assert half["queue"].sum() > full["queue"].sum() > ample["queue"].sum()
    assert half["new_defaults"] > full["new_defaults"] >= ample["new_defaults"]
    assert half["exposure_at_default_fen"] > full["exposure_at_default_fen"] > ample["exposure_at_default_fen"]
    assert half["repaid_fen"] < full["repaid_fen"] < ample["repaid_fen"]
    assert half["lender_loss_fen"] > full["lender_loss_fen"] >= ample["lender_loss_fen"]


def test_the_work_of_departments_is_on_record(waves):
    work = waves[2]["work"]
    finance = (work["department"] == 0) & (work["day"] >= CALM_DAYS)  # before the wave there were more of them
    assert finance.any()
    assert np.array_equal(work["served"][finance], np.minimum(work["waiting"][finance], 2))
    assert (work["served"] <= work["waiting"]).all()


def test_limits_that_sales_defends_let_firms_that_later_fail_owe_more_than_risk_would_have_let_them(make_market):
    """Beside every exception stands the limit that risk had cut it to; what is owed above it is sales' own."""
    hard = {"margin_shock_spread_ppm": 180_000, "sudden_stop_ppm": 300_000, "lateness_cap_days": 60}
    market = make_market(firms=160, days=460, seed=4, scenario="demand_slump", policy=arm_named("ladder"), **hard)
    care = market.desk.aftercare
    care.settings = replace(care.settings, override_ppm=1_000_000, override_cap_ppm=300_000, sellers_a_thousand=200)
    defended, cuts = {}, []
    plain = care.defended

    def watched(before, after):
        rows = plain(before, after)
        for row in rows:
            old, new = before[row].offer.limit_fen, after[row].offer.limit_fen
            defended[row] = new
            cuts.append(new / old)
        return rows

    care.defended = watched
    beyond: dict[int, int] = {}
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
        if market.day % 5 == 0:
            for row, limit in defended.items():
                owed, _ = market.desk.owed_fen(market.smes[row], PURCHASES)
                beyond[row] = max(beyond.get(row, 0), owed - limit)
    assert max(cuts) < CUT_PPM / 1e6
    later = {row for row in defended if market.smes[row].defaulted_on is not None or market.smes[row].failed_on}
    assert later
    assert sum(max(beyond[row], 0) for row in later) > 0
    exceptions = market.observed.tables()["decisions"].query("is_override")
    assert {f"F{row:06d}" for row in later} <= set(exceptions["firm_id"])


def test_visits_move_limits_and_cost_money(make_market):
    """The same review of the same clients, after fine visits and after alarms."""
    limits, told = {}, {}
    for finding in (0, 2):
        market = make_market(firms=40, days=300, seed=5, policy=arm_named("ladder"))
        for _ in range(150):
            market.step()
        market.date = market.date_of(market.day)
        users = {one.obligor.row for one in market.book.performing.values() if one.product == "purchase_loan"}
        for row in range(40):
            market.desk.aftercare.note_visit(row, finding)
        judged = market.desk.judge_all(market.observed)
        limits[finding] = {row: judged[row].offer.limit_fen for row in users}
        cash, paid = market.platform.cash_fen, market.log.visits
        before = len(paid)
        visit(market, market.active, market.profiles)
        told[finding] = (cash - market.platform.cash_fen, len(paid) - before)
    assert all(limits[2][row] <= limits[0][row] for row in limits[0])
    assert sum(limits[2].values()) < sum(limits[0].values())
    for spent, made in told.values():
        assert spent == made * market.settings.visit_cost_fen


def test_inspectors_with_little_time_see_those_past_due_then_the_riskier(make_market):
    market = make_market(firms=40, days=60, policy=arm_named("ladder"))
    market.step()
    care = market.desk.aftercare
    care.settings = replace(care.settings, inspectors_a_thousand=1, visits_an_inspector=6)
    market.desk.review.pd_ppm = list(range(0, 400_000, 10_000))
    for row, days in ((3, 5), (9, 40)):
        market.smes[row].dpd_days = days
    seen = [sme.row for sme in care.visited(list(market.smes[:40]))]
    assert seen == sorted([9, 3, 39, 38, 37, 36])
    assert (care.risk.waiting, care.risk.served) == (40, 6)


def test_a_fall_of_the_resin_price_calls_for_margin_and_nothing_else_does(make_market):
    calls = {}
    for story in ("baseline", "resin_crash_2008"):
        market = make_market(firms=60, days=120, seed=5, scenario=story, policy=arm_named("single"),
                             without_surety_ppm=1_000_000)  # fmt: skip
        made = 0
        for _ in range(market.settings.burn_in_days + market.days):
            before = {one.number: one.called_on for one in market.book.in_custody.values()}
            market.step()
            for one in market.book.in_custody.values():
                if one.called_on is not None and before.get(one.number) is None:
                    made += 1
                    price = market.resin_fen[one.obligor.factory.grade]
                    assert price < one.opening_price
        calls[story] = made
    assert calls["resin_crash_2008"] > calls["baseline"]


@pytest.mark.parametrize(("share", "expected"), [(0, 1.0), (1_000_000, 0.15)])
def test_goods_that_are_missing_bring_what_is_left_of_them(make_market, share, expected):
    market = make_market(firms=10, days=10, policy=arm_named("ladder"))
    market.step()
    market.desk.settings = replace(market.desk.settings, goods_missing_ppm=share)
    assert market.desk.found_in_custody_fen(market.smes[0], 1_000_000) == round(expected * 1_000_000)
