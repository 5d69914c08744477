"""Scenarios are checked when they are read, and each moves the channels it claims and no others on its first day."""

import numpy as np
import pytest

from credit.errors import BadInput
from credit.files import DATA
from sim.scenario import load_scenario
from sim.shocks import Shocks

NAMES = sorted(path.stem for path in (DATA / "scenarios").glob("*.yaml"))
SHOCK_DAY = 30


@pytest.fixture(scope="module")
def frames(lived):
    """Paired markets, mean over three seeds, by scenario."""
    runs = {}
    for name in NAMES:
        daily = [lived(firms=60, days=200, seed=seed, scenario=name).recorder.frame() for seed in (1, 2, 3)]
        runs[name] = sum(frame.drop(columns="date").fillna(0).to_numpy(dtype=float) for frame in daily) / len(daily)
        columns = list(daily[0].columns.drop("date"))
    return {name: dict(zip(columns, values.T, strict=True)) for name, values in runs.items()}


def change(frames, name, column, start, stop):
    """A scenario's mean over some days relative to the baseline's."""
    shocked, calm = (frames[which][column][start:stop] for which in (name, "baseline"))
    return shocked.mean() / calm.mean() - 1


def test_the_four_scenarios_of_the_first_stress_test_are_there():
    assert {"baseline", "resin_crash_2008", "payment_delay", "funding_freeze"} <= set(NAMES)
    assert load_scenario("baseline").channels == ()
    assert load_scenario("resin_crash_2008").channels == ("resin_price", "demand", "payment_delay")


@pytest.mark.parametrize("name", NAMES)
def test_magnitudes_are_those_of_the_domain(name):
    shocks = Shocks.of(load_scenario(name), 0, 365)
    told = {
        "price": min(shocks.price_ppm) / 1e6 - 1,
        "demand": min(shocks.demand_ppm) / 1e6 - 1,
        "delay": max(shocks.extra_delay_days),
        "new": min(shocks.new_funding_ppm) / 1e6,
        "rollover": min(shocks.rollover_ppm) / 1e6,
        "frozen days": sum(share < 10**6 for share in shocks.new_funding_ppm),
    }
    calm = {"price": 0, "demand": 0, "delay": 0, "new": 1, "rollover": 1, "frozen days": 0}
    expected = {
        "baseline": {},
        "resin_crash_2008": {"price": -0.5, "demand": -0.25, "delay": 20},
        "payment_delay": {"delay": 20},
        "funding_freeze": {"new": 0.3, "rollover": 0.3, "frozen days": 60},
    }
    if name in expected:
        assert told == pytest.approx(calm | expected[name], abs=1e-6)


def test_the_crash_halves_the_price_within_ninety_days_and_not_at_once(frames):
    price = frames["resin_crash_2008"]["resin_price_fen_per_tonne"] / frames["baseline"]["resin_price_fen_per_tonne"]
    assert np.all(price[:SHOCK_DAY] == 1)
    assert price[SHOCK_DAY] > 0.99
    assert price[SHOCK_DAY + 89] == pytest.approx(0.5, abs=1e-4)
    assert np.all(np.diff(price[SHOCK_DAY : SHOCK_DAY + 90]) < 0)


def test_the_crash_takes_a_quarter_of_demand(frames):
    assert change(frames, "resin_crash_2008", "output_g", SHOCK_DAY + 80, 200) == pytest.approx(-0.25, abs=0.07)


@pytest.mark.parametrize("name", ["resin_crash_2008", "payment_delay"])
def test_buyers_pay_twenty_days_later(frames, name):
    shocked, calm = (frames[which]["mean_payment_delay_days"][SHOCK_DAY + 30 :].mean() for which in (name, "baseline"))
    assert shocked - calm == pytest.approx(20, abs=6)  # a few days without payments count as zero


def test_the_freeze_lets_three_in_ten_through_and_ends(frames):
    during = change(frames, "funding_freeze", "disbursed_fen", SHOCK_DAY, SHOCK_DAY + 60)
    assert during == pytest.approx(-0.7, abs=0.15)
    after = change(frames, "funding_freeze", "disbursed_fen", SHOCK_DAY + 75, 200)
    assert after > -0.15
    refused = frames["funding_freeze"]["refusals_lender"][SHOCK_DAY : SHOCK_DAY + 60].mean()
    assert refused > 3 * frames["baseline"]["refusals_lender"][SHOCK_DAY : SHOCK_DAY + 60].mean()


@pytest.mark.parametrize(
    ("name", "still"),
    [
        ("payment_delay", ("resin_price_fen_per_tonne", "output_g", "sales_fen")),
        ("funding_freeze", ("resin_price_fen_per_tonne", "output_g", "sales_fen", "mean_payment_delay_days")),
        ("resin_crash_2008", ("approvals", "refusals_lender")),
    ],
)
def test_what_a_scenario_does_not_claim_stands_still_on_its_first_day(frames, name, still):
    for column in still:
        assert frames[name][column][SHOCK_DAY] == frames["baseline"][column][SHOCK_DAY]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("demand: {change_share: -25, over_days: 30, starts_after_days: 0, source: me}", "demand.change_share"),
        ("demand: {change_share: -0.25, over_days: 0, starts_after_days: 0, source: me!}", "demand.over_days"),
        ("demand: {change_share: -0.25, over_days: 3, starts_after_days: 0}", "demand.source"),
        ("funding: {new_share: 1.3, rollover_share: 1.0, starts_after_days: 0, source: you}", "funding.new_share"),
        ("demnad: {}", "demnad"),
        ("severity: high", "severity"),
    ],
)
def test_a_scenario_that_breaks_a_rule_is_refused_by_field(tmp_path, text, told):
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\ntitle: My own\ndescription: something happens\n{text}\n")
    with pytest.raises(BadInput) as refusal:
        load_scenario(path)
    assert told in str(refusal.value)
    assert "mine.yaml" in str(refusal.value)


def test_an_unknown_scenario_is_told_which_there_are():
    with pytest.raises(BadInput, match="baseline, funding_freeze"):
        load_scenario("armageddon")


def test_titles_and_sources_change_no_run_and_numbers_do():
    story = load_scenario("payment_delay")
    assert story.model_copy(update={"title": "Another name"}).hash == story.hash
    assert story.model_copy(update={"severity": 1.5}).hash != story.hash
    late = story.payment_delay.model_copy(update={"source": "somebody else"})
    assert story.model_copy(update={"payment_delay": late}).hash == story.hash
