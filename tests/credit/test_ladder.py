"""The ladder: riskier never stands higher nor gets more, blind arms are blind, and a way out really leads out."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.ladder import MEANINGS, Standing, attainable_stage, open_offers, step
from credit.ladder_decision import Application, Judge
from credit.ladder_measures import MEASURES, Facts
from credit.ladder_rules import ARMS, POLICIES, ladder_schema, load_ladder
from credit.products import load_product
from credit.why_not import explain

DAY = date(2026, 1, 1)
JUDGES = {arm: Judge.on(load_ladder(arm), DAY) for arm in ARMS}
LADDER = JUDGES["ladder"]
TEXT = (POLICIES / "ladder.yaml").read_text(encoding="utf-8")

GROWN = {
    "months_known": 30, "repaid_cycles": 24, "worst_dpd_180d": 0, "dpd": 0, "days_clean": 900, "products_used": 2,
    "exposure_yuan": 0, "defaults": 0, "completeness": 0.85, "pd_annual": 0.015, "growth_coverage": 0.8,
    "orders_90d": 9, "match_share": 0.97, "monthly_purchases_yuan": 600_000, "monthly_invoices_yuan": 900_000,
    "logins_per_month": 12, "firm_age_years": 8, "annual_revenue_yuan": 12_000_000, "pledgeable_yuan": 2_000_000,
    "adverse_events_365d": 0,
}  # fmt: skip
NEWCOMER = GROWN | {
    "months_known": 4, "repaid_cycles": 2, "days_clean": 120, "products_used": 1, "completeness": 0.5,
    "pd_annual": 0.045, "monthly_purchases_yuan": 300_000,
}  # fmt: skip
ASKED = {
    "purchase_loan.open_account": Application("purchase_loan.open_account", 288_000, 30, 0.15),
    "purchase_loan.goods_controlled": Application("purchase_loan.goods_controlled", 288_000, 30, 0.15),
    "machine_lease": Application("machine_lease", 600_000, 720, 0.2),
    "turnover_revolver": Application("turnover_revolver", 500_000, 180, 0.0),
    "receivables_advance": Application("receivables_advance", 400_000, 60, 0.2),
    "growth_loan": Application("growth_loan", 1_000_000, 720, 0.0),
    "collateral_loan": Application("collateral_loan", 400_000, 360, 0.0),
}


def facts(values=GROWN, day=0, has_red_flag=False, **other):
    return Facts("F1", day, {**values, **other}, has_red_flag)


# Each measure between what ruins and what suffices, so that both sides of every gate are drawn.
firms = st.fixed_dictionaries(
    {
        "months_known": st.integers(0, 40), "repaid_cycles": st.integers(0, 30),
        "worst_dpd_180d": st.sampled_from([0, 0, 5, 10, 40]), "dpd": st.sampled_from([0, 0, 0, 5, 20]),
        "days_clean": st.integers(0, 400), "products_used": st.integers(0, 3),
        "exposure_yuan": st.sampled_from([0, 1_000_000, 7_900_000]), "completeness": st.floats(0.2, 1),
        "pd_annual": st.floats(0.0, 0.2), "growth_coverage": st.floats(0.5, 1), "orders_90d": st.integers(0, 12),
        "match_share": st.floats(0.5, 1), "monthly_purchases_yuan": st.integers(0, 900_000),
        "monthly_invoices_yuan": st.integers(0, 900_000), "firm_age_years": st.floats(0, 12),
        "annual_revenue_yuan": st.integers(0, 20_000_000), "pledgeable_yuan": st.integers(0, 3_000_000),
        "adverse_events_365d": st.sampled_from([0, 0, 1]),
    }
)  # fmt: skip


def riskier(values, by, measures):
    """The same firm, worse on some measures."""
    worse = dict(values)
    for name in measures:
        if MEASURES[name].safer > 0:
            worse[name] = values[name] * (1 - by)
        else:
            worse[name] = min(values[name] + by * 0.2, 1.0) if name == "pd_annual" else values[name] + 60 * by
    return worse


worse_on = st.sets(st.sampled_from(sorted(set(NEWCOMER) - {"defaults", "logins_per_month"})), min_size=1)


# --- riskier never gets more


@settings(max_examples=80, deadline=None)
@given(firms, st.floats(0, 1), worse_on, st.sampled_from(ARMS), st.data())
def test_riskier_never_gets_more_longer_cheaper_or_a_higher_stage(values, by, measures, arm, data):
    judge = JUDGES[arm]
    asked = ASKED[data.draw(st.sampled_from([offer.name for offer in judge.policy.offers]))]
    safe, bad = facts(values), facts(riskier(values, by, measures))
    assert attainable_stage(bad, judge.policy) <= attainable_stage(safe, judge.policy)
    well, ill = judge.decide(safe, asked), judge.decide(bad, asked)
    assert well.is_approved or not ill.is_approved
    assert ill.price is None or well.price is not None
    if ill.price is not None:
        assert ill.price.limit_yuan <= well.price.limit_yuan
        assert ill.price.longest_term_days <= well.price.longest_term_days
        assert ill.price.nominal_irr >= well.price.nominal_irr
        assert ill.price.expected_loss_share >= well.price.expected_loss_share - 1e-15


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), firms, st.floats(0, 1), worse_on, st.booleans()), min_size=1, max_size=20),
    st.sampled_from(ARMS),
)
def test_along_a_path_the_firm_that_was_never_safer_never_stands_higher(path, arm):
    policy, day, safe, bad = JUDGES[arm].policy, 0, Standing(), Standing()
    for gap, values, by, measures, flag in path:
        day += gap
        safe, why = step(safe, facts(values, day), policy)
        bad, _ = step(bad, facts(riskier(values, by, measures), day, flag and by > 0.7), policy)
        assert bad.stage <= safe.stage
        assert len(open_offers(bad, policy)) <= len(open_offers(safe, policy))
        assert set(why) <= set(MEANINGS)


# --- up, down, out and back


def test_a_life_on_the_ladder():
    """One rung a step; 30 days late sends down at once and back up only after the dwell; default ends it."""
    policy, told, here = LADDER.policy, [], Standing()

    def live(day, **values):
        nonlocal here
        here, why = step(here, facts(day=day, **values), policy)
        told.append((here.stage, *why))

    live(0)
    live(30)
    live(60)
    live(90, dpd=29)
    live(100, dpd=30)
    live(130)
    live(159)
    live(160)
    live(279)
    live(280)
    live(300, dpd=90)
    live(664)
    live(665)
    assert told == [
        (1, "entered"), (2, "graduated"), (3, "graduated"), (3, "suspended"), (1, "demoted"), (1,), (1,),
        (1, "re_entered"), (1,), (2, "graduated"), (0, "demoted", "suspended", "exited"), (0, "re_entered"),
        (1, "readmitted", "entered"),
    ]  # fmt: skip


def test_a_red_flag_freezes_without_taking_the_stage():
    here, _ = step(Standing(stage=2), facts(day=10, has_red_flag=True), LADDER.policy)
    assert (here.stage, here.is_suspended, open_offers(here, LADDER.policy)) == (2, True, [])
    with pytest.raises(BadInput, match="day"):
        step(here, facts(day=9), LADDER.policy)


@pytest.mark.parametrize(
    ("stage", "measure", "just", "missed"),
    [
        (2, "months_known", 6, 5.9), (2, "repaid_cycles", 6, 5), (2, "worst_dpd_180d", 15, 16),
        (2, "completeness", 0.6, 0.599), (2, "pd_annual", 0.05, 0.0501), (3, "months_known", 24, 23.9),
        (3, "products_used", 2, 1), (3, "pd_annual", 0.03, 0.0301), (3, "completeness", 0.8, 0.799),
    ],
)  # fmt: skip
def test_the_gates_of_the_brief_hold_at_their_bounds(stage, measure, just, missed):
    assert attainable_stage(facts(**{measure: just}), LADDER.policy) >= stage
    assert attainable_stage(facts(**{measure: missed}), LADDER.policy) == stage - 1


def test_without_a_growth_model_nobody_reaches_tailored_lending():
    values = {name: value for name, value in GROWN.items() if name != "growth_coverage"}
    assert attainable_stage(facts(values), LADDER.policy) == 2


# --- the arms


@settings(max_examples=60, deadline=None)
@given(firms, firms, st.sampled_from(["ladder_without_live_data", "traditional_bank"]), st.data())
def test_blind_arms_do_not_see_trade_or_behaviour(values, others, arm, data):
    judge = JUDGES[arm]
    live = {name: others.get(name, 99.0) for name in MEASURES if MEASURES[name].evidence in ("T", "P")}
    asked = ASKED[data.draw(st.sampled_from([offer.name for offer in judge.policy.offers]))]
    assert judge.decide(facts(values), asked) == judge.decide(facts({**values, **live}), asked)
    first, second = step(Standing(), facts(values), judge.policy), step(Standing(), facts(values, **live), judge.policy)
    assert first == second


def test_the_ladder_itself_does_see_them():
    asked = ASKED["purchase_loan.open_account"]
    assert LADDER.is_approved(facts(), asked)
    assert not LADDER.is_approved(facts(match_share=0.6), asked)
    assert JUDGES["ladder_without_live_data"].is_approved(facts(match_share=0.6), asked)


def test_arms_differ_where_they_must():
    ladder, single, blind, bank = (JUDGES[arm].policy for arm in (ARMS[0], ARMS[2], ARMS[3], ARMS[1]))
    assert [stage.gates for stage in single.stages] == [stage.gates for stage in ladder.stages[:2]]
    assert [stage.gates for stage in blind.stages] == [stage.gates for stage in ladder.stages]
    assert single.offers == ladder.offers[:2]
    assert (bank.decision_days.value, bank.decision_cost.fen) > (ladder.decision_days.value, ladder.decision_cost.fen)
    poor = facts(pledgeable_yuan=0)
    assert not JUDGES["traditional_bank"].is_approved(poor, ASKED["collateral_loan"])
    assert LADDER.is_approved(poor, ASKED["turnover_revolver"])


def test_purchase_finance_is_priced_as_in_its_product_file():
    """30 days at 0.04 % a day, 15 % deposit, 0.3 % of the goods: 18.96 % nominal, 20.70 % effective (DOMAIN 2.2)."""
    product = load_product(POLICIES.parent / "products" / "purchase_loan.yaml")
    price = LADDER.decide(facts(pd_annual=0.03), ASKED["purchase_loan.open_account"]).price
    assert (round(price.nominal_irr, 4), round(price.effective_annual_rate, 4)) == (0.1896, 0.2070)
    for offer, form in (
        ("purchase_loan.open_account", "open_account"),
        ("purchase_loan.goods_controlled", "goods_controlled"),
    ):
        ours, theirs = LADDER.policy.offer(offer), product.form(form)
        assert ours.upfront_fee_share.value == theirs.upfront_fee_share.value
        assert ours.deposits[0].value == theirs.deposit_share.value
        assert ours.loss_given_default_guaranteed.value == theirs.loss_given_default.value


# --- why not


@settings(max_examples=12, deadline=None)
@given(firms, st.sampled_from(ARMS), st.data())
def test_every_refusal_names_a_gate_and_every_change_turns_it(values, arm, data):
    judge = JUDGES[arm]
    asked = ASKED[data.draw(st.sampled_from(sorted(ASKED)))]
    told = explain(judge, facts(values), asked)
    if told.decision.is_approved:
        assert not told.reasons
        assert not told.changes
        return
    assert told.reasons
    costs = [change.client_cost_yuan for change in told.changes]
    assert costs == sorted(costs)
    for change in told.changes:
        again = judge.decide(change.facts, change.asked)
        assert again.is_approved
        assert again.price == change.price
        assert change.price.raroc >= judge.costs.hurdle_rate_annual - 1e-9  # whoever is turned pays for itself
        assert (change.facts, change.asked) != (facts(values), asked)
        assert change.facts.values["pd_annual"] == values["pd_annual"]  # no change is sold as less risk


def test_a_newcomer_is_told_what_turns_the_refusal():
    """Limit 180,000 for 244,800: buy less, pay more down, or bring more orders; a lease is four months away."""
    told = explain(LADDER, facts(NEWCOMER), ASKED["purchase_loan.open_account"])
    assert [(check.code, check.found, round(check.needed)) for check in told.reasons] == [("limit", 244_800, 180_000)]
    assert {"amount": 211_700.0} in [change.values for change in told.changes]  # 180,000 / 0.85, in whole hundreds
    lease = explain(LADDER, facts(NEWCOMER), ASKED["machine_lease"])
    assert {check.code for check in lease.reasons} == {
        "stage_2_months_known", "stage_2_repaid_cycles", "stage_2_completeness",
    }  # fmt: skip
    assert lease.changes[0].values == {"data": 1.0, "wait": 4.0}


def test_what_is_owed_already_counts_under_the_limit_and_under_no_other():
    asked = Application("purchase_loan.open_account", 100_000, 30, 0.15)
    owing = [Facts("F1", 0, NEWCOMER, owed_yuan={name: 95_001.0}) for name in ("purchase_loan", "turnover_revolver")]
    assert [check.code for check in LADDER.decide(owing[0], asked).failed] == ["limit"]  # 180,000 - 85,000 are left
    assert LADDER.is_approved(owing[1], asked)
    assert LADDER.is_approved(Facts("F1", 0, NEWCOMER, owed_yuan={"purchase_loan": 95_000.0}), asked)
    with pytest.raises(BadInput, match="owed_yuan"):
        Facts("F1", 0, {}, owed_yuan={"purchase_loan": -1.0})


def test_no_part_of_a_change_would_do_as_cheaply():
    told = explain(LADDER, facts(NEWCOMER), ASKED["purchase_loan.open_account"], most=99)
    by_levers = {frozenset(change.values): change.client_cost_yuan for change in told.changes}
    for levers, cost in by_levers.items():
        assert all(cost < other for part, other in by_levers.items() if part < levers)


@pytest.mark.parametrize(
    ("values", "flag", "code"),
    [({"pd_annual": 0.4}, False, "pd_annual"), ({}, True, "red_flag"), ({"defaults": 1, "days_clean": 0}, False, None)],
)
def test_where_nothing_would_do_nothing_is_promised(values, flag, code):
    told = explain(LADDER, facts(GROWN, has_red_flag=flag, **values), ASKED["purchase_loan.open_account"])
    assert code is None or code in [check.code for check in told.reasons]
    if code is None:  # only a clean year leads back
        assert all(change.values.get("wait", 0) >= 12 for change in told.changes)
    else:
        assert told.changes == ()


def test_arrears_are_paid_first_and_then_waited_off():
    told = explain(LADDER, facts(NEWCOMER, dpd=9, worst_dpd_180d=9, days_clean=0), Application(
        "purchase_loan.goods_controlled", 100_000, 30, 0.15))  # fmt: skip
    assert {"suspended", "not_clean_long_enough"} <= {check.code for check in told.reasons}
    assert told.changes[0].values == {"settle": 1.0, "wait": 2.0}


def test_what_a_lender_does_not_offer_is_said():
    told = explain(JUDGES["single_product"], facts(), ASKED["machine_lease"])
    assert [check.code for check in told.reasons] == ["product_not_offered"]
    assert told.changes == ()


# --- the files


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("measure: pd_annual, at_most: {value: 0.05,", "measure: pd_annual, at_least: {value: 0.05,", "reward risk"),
        ("measure: pd_annual, at_most: {value: 0.03,", "measure: pd_annual, at_most: {value: 0.06,", "asks for less"),
        ("measure: repaid_cycles", "measure: shoe_size", "measure must be one of"),
        ("at_least: {value: 6, unit: months", "at_least: {value: 6, unit: days", "counted in months"),
        ("rate_annual: {value: 0.1825", "rate_annual: {value: 0.1", "rate_annual must not fall"),
        ("limit_share: {value: 0.5,", "limit_share: {value: 0.7,", "limit_share must not rise"),
        ("demotion_dpd: {value: 30", "demotion_dpd: {value: 5", "suspension_dpd <= demotion_dpd"),
        ("demotion_to_stage: 1", "demotion_to_stage: 3", "demotion_to_stage"),
        ("evidence: [C, B, T, P, X]", "evidence: [C, B, X]", "its evidence does not show"),
        ("default_guaranteed: {value: 0.55", "default_guaranteed: {value: 0.8", "must not exceed"),
        ("    stage: 3", "    stage: 4", "offers.5.stage"),
        ("unit: share per year", "unit: percent", "servicing_cost.unit"),
        ("reach:", "reech:", "reech"),
        ("product: turnover_revolver", "product: turnover_loan", "offers.3.product.*on the shelf: .*turnover_revolver"),
        ("form: goods_controlled", "form: goods_in_hand", "offers.0.form.*must be a form of purchase_loan: "),
        ("    form: open_account\n", "", "offers.1.form.*must be named"),
        ("    form: open_account\n", "    is_off_shelf: true\n", "offers.1.is_off_shelf"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_meant_is_refused_by_name(tmp_path, old, new, rule):
    assert old in TEXT
    path = tmp_path / "ladder.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=rule):
        load_ladder(path)


@pytest.mark.parametrize(
    ("values", "field"), [({"pd": 0.1}, "pd"), ({"pd_annual": 1.5}, "pd_annual"), ({"dpd": -1}, "dpd")]
)
def test_facts_must_be_possible(values, field):
    with pytest.raises(BadInput, match=field):
        Facts("F1", 0, values)


def test_every_policy_says_where_each_number_comes_from_and_has_its_own_hash():
    assert len({judge.policy.hash for judge in JUDGES.values()}) == len(ARMS)
    for judge in JUDGES.values():
        assert all(gate.bound.source for gate in judge.policy.gates())


def test_the_schema_that_editors_read_is_the_one_that_is_enforced():
    assert json.loads((POLICIES / "ladder.schema.json").read_text(encoding="utf-8")) == ladder_schema()
