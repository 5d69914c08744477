"""The answer follows from the limits: worse never sounds better, and what is unknown cannot speak for a launch."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from reports.appetite import SEVERITY, Rule, judge, load_appetite, verdict
from sim.runs.measures import UNITS

DAY = date(2025, 6, 30)
SHARES = st.floats(0, 1)


def rule(**changes):
    limits = {"valid_from": date(2024, 1, 1), "go": 0.1, "stop": 0.2, "source": "a test", "confidence": "assumption"}
    fields = {
        "meaning": "a rule of this test", "measure": "loss_share", "scope": "stress", "statistic": "mean",
        "direction": "at_most", "unit": "share", "values": [limits],
    }  # fmt: skip
    return Rule.model_validate(fields | changes)


def level(value, **changes):
    return judge("r", rule(**changes), DAY, {"crash": np.array([value])}).level


def test_the_limits_themselves_belong_to_the_milder_side():
    assert [level(value) for value in (0.1, 0.1001, 0.2, 0.2001)] == ["go", "caution", "caution", "stop"]


@given(SHARES, SHARES)
def test_a_worse_number_never_gives_a_milder_answer(one, other):
    worse, better = max(one, other), min(one, other)
    assert SEVERITY[level(worse)] >= SEVERITY[level(better)]


@given(SHARES, SHARES)
def test_where_more_is_better_less_never_gives_a_milder_answer(one, other):
    limits = [{"valid_from": date(2024, 1, 1), "go": 0.5, "stop": 0.2, "source": "a test", "confidence": "assumption"}]
    worse, better = min(one, other), max(one, other)
    upward = {"direction": "at_least", "values": limits}
    assert SEVERITY[level(worse, **upward)] >= SEVERITY[level(better, **upward)]


def test_the_worst_scenario_is_judged_and_named():
    found = judge("r", rule(), DAY, {"mild": np.array([0.05]), "harsh": np.array([0.3]), "odd": np.array([np.nan])})
    assert (found.scenario, found.level) == ("harsh", "stop")


def test_a_measure_that_no_run_defines_cannot_speak_for_a_launch():
    assert level(np.nan) == "caution"


def test_one_broken_rule_is_enough():
    judged = [judge("r", rule(), DAY, {"crash": np.array([value])}) for value in (0.01, 0.15, 0.3)]
    assert verdict(judged) == "stop"
    assert verdict(judged[:2]) == "caution"
    assert verdict(judged[:1]) == "go"


def test_the_statistic_looks_at_the_bad_tail():
    values = np.array([0.0] * 9 + [1.0])
    assert rule(statistic="percentile_90").statistic_of(values) > 0
    assert rule(statistic="percentile_10").statistic_of(values) == 0
    assert rule().statistic_of(values) == pytest.approx(0.1)


def test_a_number_whose_interval_holds_a_limit_is_called_close():
    assert judge("r", rule(), DAY, {"crash": np.array([0.05, 0.1, 0.12, 0.3])}).is_close
    assert not judge("r", rule(), DAY, {"crash": np.array([0.04, 0.05, 0.05, 0.06])}).is_close


def test_more_seeds_narrow_the_interval():
    few = np.array([0.0, 0.1, 0.2, 0.3])
    (low_few, high_few), (low, high) = rule().interval_of(few), rule().interval_of(np.tile(few, 16))
    assert low_few < low < few.mean() < high < high_few


def test_limits_are_those_in_force_on_the_day():
    limits = rule().values[0]
    later = limits.model_copy(update={"valid_from": date(2025, 1, 1), "stop": 0.5})
    dated = rule(values=[limits.model_dump(), later.model_dump()])
    assert dated.on(date(2024, 12, 31)).stop == 0.2
    assert dated.on(date(2025, 1, 1)).stop == 0.5
    with pytest.raises(BadInput, match="no limits are known before"):
        dated.on(date(2023, 12, 31))


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="good side"):
        rule(direction="at_least")


def test_the_shipped_appetite_names_measures_that_exist_and_owns_up_to_its_assumptions():
    rules = load_appetite()
    own = {"equity_consumed_share", "liquidity_floor_share", "has_lender_failure", "seeds"}
    assert {rule.measure for rule in rules.values()} <= UNITS.keys() | own
    assert all(limits.source for rule in rules.values() for limits in rule.values)
