"""Scenarios are checked when they are read, and each moves the channels it claims and no others on its first day."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from credit.errors import BadInput
from credit.files import DATA
from sim.scenarios.channels import CapacityMove
from sim.scenarios.scenario import load_scenario
from sim.scenarios.shocks import Shocks

NAMES = sorted(path.stem for path in (DATA / "scenarios").glob("*.yaml"))
SHOCK_DAY = 30


@pytest.fixture(scope="module")
def frames(lived):
    """Paired markets, mean over three seeds, by scenario."""
    runs = {}
    for name in ("baseline", "resin_crash_2008", "payment_delay", "funding_freeze", "power_rationing_2021"):
        daily = [lived(firms=60, days=200, seed=seed, scenario=name).recorder.frame() for seed in (1, 2, 3)]
        runs[name] = sum(frame.drop(columns="date").fillna(0).to_numpy(dtype=float) for frame in daily) / len(daily)
        columns = list(daily[0].columns.drop("date"))
    return {name: dict(zip(columns, values.T, strict=True)) for name, values in runs.items()}


def change(frames, name, column, start, stop):
    """A scenario's mean over some days relative to the baseline's."""
    shocked, calm = (frames[which][column][start:stop] for which in (name, "baseline"))
    return shocked.mean() / calm.mean() - 1


DOMAIN_STORIES = {
    "resin_crash_2008", "oil_slide_2014", "covid_2020", "power_rationing_2021", "energy_spike_2026", "demand_slump",
    "payment_delay", "funding_freeze", "rate_rise", "supplier_outage", "fraud_ring",
}  # fmt: skip


def test_the_stories_of_the_domain_are_there():
    assert len(DOMAIN_STORIES) == 11
    assert {"baseline"} | DOMAIN_STORIES <= set(NAMES)
    assert load_scenario("baseline").channels == ()
    assert load_scenario("resin_crash_2008").channels == ("resin_price", "demand", "payment_delay")


@pytest.mark.parametrize("name", sorted(DOMAIN_STORIES))
def test_every_story_is_dated_sourced_graded_and_composable(name):
    story = load_scenario(name)
    moves = [move for channel in story.channels for move in story.moves(channel)]
    assert moves
    assert all("DOMAIN 6.7" in move.source for move in moves)
    assert story.first_day() is not None
    halved, doubled = load_scenario(f"{name}@0.5"), load_scenario(f"{name}@1.5")
    assert len({halved.hash, story.hash, doubled.hash}) == 3
    both = load_scenario(f"{name}@0.5+payment_delay")
    assert set(both.channels) == set(story.channels) | {"payment_delay"}
    assert load_scenario(both.name).hash == both.hash


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
        "rate": max(shocks.rate_rise_ppm) / 1e6,
        "premium": max(shocks.supplier_premium_ppm) / 1e6,
        "power": min((min(cut.capacity_ppm) for cut in shocks.rationings), default=10**6) / 1e6,
        "restless": max(shocks.volatility_ppm) / 1e6,
    }
    calm = {"price": 0, "demand": 0, "delay": 0, "new": 1, "rollover": 1, "frozen days": 0}
    calm |= {"rate": 0, "premium": 0, "power": 1, "restless": 1}
    expected = {
        "baseline": {},
        "resin_crash_2008": {"price": -0.5, "demand": -0.25, "delay": 20},
        "payment_delay": {"delay": 20},
        "funding_freeze": {"new": 0.3, "rollover": 0.3, "frozen days": 60},
        "covid_2020": {"price": -0.27, "power": 0.4},
        "power_rationing_2021": {"price": 1.25 * 0.77 - 1, "power": 2 / 7},
        "energy_spike_2026": {"restless": 1.7},
        "demand_slump": {"demand": -0.2},
        "rate_rise": {"rate": 0.02},
        "supplier_outage": {"premium": 0.08},
    }
    if name in expected:
        assert told == pytest.approx(calm | expected[name], abs=2e-5)


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
    with pytest.raises(BadInput, match="baseline, covid_2020, demand_slump"):
        load_scenario("armageddon")


def test_titles_and_sources_change_no_run_and_numbers_do():
    story = load_scenario("payment_delay")
    assert story.model_copy(update={"title": "Another name"}).hash == story.hash
    assert story.model_copy(update={"severity": 1.5}).hash != story.hash
    late = story.payment_delay[0].model_copy(update={"source": "somebody else"})
    assert story.model_copy(update={"payment_delay": (late,)}).hash == story.hash


def test_rationed_power_takes_output_and_gives_it_back(frames):
    during = change(frames, "power_rationing_2021", "output_g", SHOCK_DAY, SHOCK_DAY + 28)
    assert during < -0.3  # firms run at about half of capacity in an ordinary week, so 2/7 of it binds most of them
    after = frames["power_rationing_2021"]["output_g"][SHOCK_DAY + 28 : SHOCK_DAY + 42].mean()
    assert after > frames["power_rationing_2021"]["output_g"][SHOCK_DAY : SHOCK_DAY + 28].mean()


def test_power_can_be_rationed_in_a_part_of_the_towns(make_market):
    cut = {"starts_after_days": 0, "remaining_share": 0.0, "towns_share": 0.5, "lasts_days": 5, "source": "test"}
    story = load_scenario("baseline").model_copy(update={"capacity": (CapacityMove(**cut),)})
    market = make_market(firms=300, days=5, scenario=story)
    for _ in range(market.settings.burn_in_days + 1):
        market.step()
    market.day -= 1
    power = market.power_by_town()
    market.day += 1
    assert set(power) == {0, 10**6}  # six towns, each with its own draw
    dark = {town for town, left in enumerate(power) if left == 0}
    made = {sme.factory.town: 0 for sme in market.smes}
    before = {sme.row: sme.made_month_g for sme in market.smes}
    market.step()
    for sme in market.smes:
        made[sme.factory.town] += max(sme.made_month_g - before[sme.row], 0)
    assert all((made[town] == 0) == (town in dark) for town in made)


def test_dearer_money_costs_lenders_what_they_borrow(make_market):
    market = make_market(firms=60, days=30)
    lender, calm, spent = market.lenders[0], market.shocks, []
    market.entries.borrow(lender.slot, 10**9)
    borrowed = lender._borrowed_fen
    for rise in (0, 20_000):
        market.shocks = replace(calm, rate_rise_ppm=(rise,) * len(calm.rate_rise_ppm))
        cash = lender.cash_fen
        lender.month_end()
        spent.append(cash - lender.cash_fen)
    assert spent[1] - spent[0] == pytest.approx(borrowed * 0.02 / 12, abs=2)


def test_the_largest_supplier_stands_still_and_others_charge_more(make_market):
    market = make_market(firms=120, days=80, scenario="supplier_outage")
    largest = min(market.suppliers, key=lambda one: one.rank)
    assert sum(largest.expected_week_g) == max(sum(one.expected_week_g) for one in market.suppliers)
    first = market.settings.burn_in_days + SHOCK_DAY
    delivered = {"before": 0, "during": 0}
    for _ in range(first + 30):
        market.step()
        orders = market.log.orders
        if len(orders) and market.day > first - 30:
            columns = orders.columns()
            today = (columns["placed_on"] == market.day - 1) & (columns["supplier"] == largest.row)
            delivered["before" if market.day <= first else "during"] += int(columns["quantity_g"][today].sum())
    assert delivered["before"] > 0
    assert delivered["during"] == 0


def test_a_restless_price_is_the_same_path_shaken_harder(make_market):
    calm, wild = (
        make_market(scenario=name, days=260).prices_ahead.paths[0] for name in ("baseline", "energy_spike_2026")
    )
    first = 60 + SHOCK_DAY
    assert calm[:first] == wild[:first]
    spread = [np.diff(np.log(path[first + 1 : first + 85])).std() for path in (calm, wild)]
    assert spread[1] / spread[0] == pytest.approx(1.7, rel=0.02)


def test_severity_grades_every_channel():
    for name in NAMES:
        story = load_scenario(name)
        whole, half, none = (Shocks.of(story.graded(severity), 0, 400) for severity in (1.0, 0.5, 0.0))
        still = Shocks.of(load_scenario("baseline"), 0, 400)
        for field in ("price_ppm", "demand_ppm", "new_funding_ppm", "extra_delay_days", "rate_rise_ppm"):
            neutral = getattr(still, field)
            assert getattr(none, field) == neutral
            reach = [np.abs(np.subtract(getattr(one, field), neutral)).max() for one in (half, whole)]
            assert reach[0] == 0 if reach[1] == 0 else 0 < reach[0] < reach[1]


def test_scenarios_compose_and_say_how_to_load_them_again():
    both = load_scenario("payment_delay@1.5+funding_freeze")
    assert both.channels == ("payment_delay", "funding")
    assert load_scenario(both.name) == both
    shocks = Shocks.of(both, 0, 365)
    assert max(shocks.extra_delay_days) == 30
    assert min(shocks.new_funding_ppm) == 300_000


def test_overlapping_moves_of_one_channel_multiply():
    twice = load_scenario("demand_slump+demand_slump@0.5")
    assert min(Shocks.of(twice, 0, 365).demand_ppm) == round(10**6 * 0.8 * 0.9)


def test_a_file_may_combine_others(tmp_path):
    path = tmp_path / "perfect_storm.yaml"
    text = "name: perfect_storm\ntitle: Storm\ndescription: everything at once\n"
    text += "combines: [resin_crash_2008@0.5, rate_rise]\n"
    path.write_text(text + "demand: {change_share: -0.1, over_days: 3, starts_after_days: 0, source: mine}\n")
    storm = load_scenario(path)
    assert storm.channels == ("resin_price", "demand", "payment_delay", "interest_rate")
    assert [move.change_share for move in storm.moves("demand")] == [-0.125, -0.1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("payment_delay@much", "behind @"),
        ("payment_delay@9", "between 0 and 5"),
        ("payment_delay+armageddon", "must be a path"),
        ("resin_crash_2008@-1", "between 0 and 5"),
    ],
)
def test_a_grade_or_a_part_that_is_none_is_refused(name, told):
    with pytest.raises(BadInput, match=told):
        load_scenario(name)


def combining(tmp_path, *lines, name="whole"):
    path = tmp_path / f"{name}.yaml"
    path.write_text("\n".join([f"name: {name}", "title: Whole", "description: made of other stories", *lines]))
    return path


def test_a_file_combines_what_the_command_line_composes(tmp_path):
    path = combining(tmp_path, "combines: [payment_delay~100, demand_slump@0.5~30, demand_slump~30@0.5]")
    assert load_scenario(path).hash == load_scenario("payment_delay~100+demand_slump@0.5~30+demand_slump~30@0.5").hash


@pytest.mark.parametrize("part", ["payment_delay@much", "payment_delay~soon", "payment_delay@9", "armageddon"])
def test_a_part_that_is_none_is_told_with_the_file_that_names_it(tmp_path, part):
    path = combining(tmp_path, f"combines: [{part}]")
    with pytest.raises(BadInput) as refused:
        load_scenario(path)
    assert {(problem.file, problem.field) for problem in refused.value.problems} == {(str(path), "combines")}


def test_what_is_combined_starts_on_one_day(tmp_path):
    combining(tmp_path, "starts_on: 2028-02-29", name="leap")
    assert load_scenario(combining(tmp_path, "combines: [leap]")).starts_on == date(2028, 2, 29)
    for line in ("combines: [leap, payment_delay]", "combines: [leap]\nstarts_on: 2026-01-01"):
        with pytest.raises(BadInput, match="must start on one day"):
            load_scenario(combining(tmp_path, line))


def test_a_path_may_hold_the_signs_that_grade_and_compose(tmp_path):
    folder = tmp_path / "a+b@1~2"
    folder.mkdir()
    assert load_scenario(str(combining(folder))).name == "whole"
    assert load_scenario(f"{combining(tmp_path)}@0.5").name == "whole@0.5"


def test_a_scenario_cannot_combine_itself(tmp_path):
    for own, other in (("one", "two"), ("two", "one")):
        text = f"name: {own}\ntitle: Loop\ndescription: goes round and round\ncombines: [{other}]\n"
        (tmp_path / f"{own}.yaml").write_text(text)
    with pytest.raises(BadInput, match="must not combine itself"):
        load_scenario(tmp_path / "one.yaml")
