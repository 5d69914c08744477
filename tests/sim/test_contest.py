"""A contest cannot be won by name, by idle money or by data that tell nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from credit.metrics.order import Difference
from sim.arms import arm as arms
from sim.arms.arm_measures import measured_arms
from sim.arms.break_even import BreakEven
from sim.arms.contest import Contest
from sim.arms.contest_findings import UNKNOWN, Doubt, Lead, advise, figures, leads
from sim.arms.contest_result import auc_needed, hold
from sim.arms.lent_money import LentMoney
from sim.books.ledger import ALLOWANCE, FUNDING, LOANS
from sim.desk.decision_costs import REFUSAL_HOLDS_DAYS, DecisionCosts
from sim.runs.comparison import Interval
from sim.runs.ensemble import plan
from sim.runs.run import FinishedRun
from sim.scenarios.scenario import load_scenario

CALM = load_scenario("baseline")
TELLS = Difference(0.05, 0.01, 0.09)


def finished(name: str, policy: str) -> FinishedRun:
    """A real run, lived here."""
    outcome = arms.simulate(24, 60, 3, CALM, policy=policy)
    return FinishedRun("baseline", 3, outcome.summary, outcome.daily, outcome.firms, policy=name)


def lead(over: str, mean: float, reach: float, drawn: Interval = UNKNOWN) -> Lead:
    doubt = Doubt(Interval(mean, mean - reach, mean + reach), drawn, 1.0, 1.0, 1.0)
    return Lead(over, doubt, 1.0, 8, float("nan"), 0, [])


def test_a_copy_of_the_ladder_under_another_name_neither_leads_nor_trails_by_a_fen(monkeypatch):
    monkeypatch.setattr(arms, "ARMS", dict(arms.ARMS) | {"bank": "ladder"})
    arms.arm_named.cache_clear()
    try:
        table = measured_arms([finished("ladder", "ladder"), finished("bank", "bank")])
    finally:
        arms.arm_named.cache_clear()
    (over,) = leads(table, CALM.starts_on)
    assert over.doubt.stated.mean == 0.0
    assert over.probability == 0.5
    by_arm = {(one.arm, one.metric): one.doubt.stated.mean for one in figures(table)}
    same = {metric for _, metric in by_arm} - {"access_of_refused_share"}
    for metric in same:
        np.testing.assert_equal(by_arm["ladder", metric], by_arm["bank", metric])
    assert by_arm["ladder", "access_share"] > 0
    assert advise([over], TELLS)[0] != "for the ladder"


def test_in_a_real_world_of_noise_the_advice_is_against_the_ladder(tmp_path):
    planned = plan([CALM], (1, 2), 24, 60, arms.SIMULATE, policies=("ladder", "blind"), worlds=["noise"])
    found = hold(Contest(planned, seeks_break_even=False), tmp_path, 2)
    assert found.auc_added is not None
    assert (found.auc_added.value, found.auc_added.high) == (0.0, 0.0)
    assert (found.advice, found.ground) == ("against the ladder", "no_information")
    access = {one.arm: one.doubt.stated.mean for one in found.figures if one.metric == "access_share"}
    assert all(0.0 < share <= 1.0 for share in access.values())


def test_advice_asks_for_information_then_for_a_lead_beyond_chance_then_beyond_assumptions():
    sure, unsure = lead("blind", 10.0, 5.0), lead("single", 10.0, 15.0)
    assert advise([sure], TELLS)[:2] == ("for the ladder", "leads")
    assert advise([sure, unsure], TELLS) == ("not settled", "chance", "single")
    assert advise([sure, lead("bank", -9.0, 5.0)], TELLS) == ("against the ladder", "beaten", "bank")
    assert advise([lead("blind", -1.0, 5.0)], TELLS)[:2] == ("against the ladder", "blind_earns_more")
    assert advise([sure], Difference(0.0, 0.0, 0.0))[:2] == ("against the ladder", "no_information")
    fragile = lead("blind", 10.0, 5.0, drawn=Interval(4.0, -1.0, 9.0))
    assert advise([fragile], TELLS) == ("not settled", "assumptions", "blind")
    assert advise([], TELLS)[0] == "not settled"


def lender(lent: int, borrowed: int):
    money = {LOANS: lent, ALLOWANCE: 0, FUNDING: -borrowed}
    return SimpleNamespace(
        money=money, slot=0, capital=SimpleNamespace(risk_weight_ppm=1_000_000, ratio_ppm=100_000)
    )  # fmt: skip


@pytest.mark.parametrize(("borrowed", "cost"), [(0, 45_00), (900_00, 0), (1000_00, -5_00)])
def test_lending_from_idle_equity_costs_what_borrowing_costs(borrowed, cost):
    market = SimpleNamespace(
        settings=SimpleNamespace(lender_funding_rate_ppm=50_000),
        shocks=SimpleNamespace(rate_rise_ppm=[0]),
        lenders=[lender(1000_00, borrowed)],
    )
    lent = LentMoney()
    for _ in range(365):
        lent.note(market, 0)
    assert lent.capital_fen_years == 100_00  # a tenth of what is lent binds capital, and costs no funding
    assert lent.cost_fen == cost


def test_deciding_is_paid_once_whole_for_an_offer_in_part_for_a_refusal_and_not_for_its_echo():
    paid = []
    stage = SimpleNamespace(
        day=0, platform=SimpleNamespace(slot=7, cash_fen=10**9),
        entries=SimpleNamespace(pay_costs=lambda slot, amount: paid.append((slot, amount))),
    )  # fmt: skip
    settings = SimpleNamespace(screening_cost_ppm=20_000)
    costs = DecisionCosts(SimpleNamespace(stage=stage, decision_cost_fen=150_00, settings=settings))
    for day, is_refusal in ((0, False), (0, True), (1, True), (REFUSAL_HOLDS_DAYS, True)):
        stage.day = day
        costs.pay(4, "machine_lease", is_refusal=is_refusal)
    costs.pay(4, "growth_loan", is_refusal=True)
    assert paid == [(7, 150_00), (7, 3_00), (7, 3_00), (7, 3_00)]
    assert costs.paid_fen == 159_00


def test_live_data_are_never_asked_for_less_than_nothing_and_never_told_enough_where_they_pay_in_no_world():
    shares = {"noise": 0.0, "weak": 0.5, "informative": 1.0}
    by_chance = {"noise": Difference(0.0, 0.0, 0.0), "weak": Difference(-0.2, -0.3, -0.1), "informative": TELLS}
    late = auc_needed(BreakEven("from", 0.75, 0.25, 0.9), shares, by_chance)
    assert (late.value, late.low) == (pytest.approx(0.025), 0.0)
    assert late.value < late.high < TELLS.value
    nowhere = auc_needed(BreakEven("never", 1.0, 0.75, 1.0), shares, by_chance)
    assert np.isnan([nowhere.value, nowhere.high]).all()
    assert nowhere.low == pytest.approx(0.025)
    assert np.isnan(auc_needed(BreakEven("from", 0.5, 0.2, 0.9), shares, dict.fromkeys(shares)).value)
