"""Policies that nobody in the repository wrote: to nobody, to everybody, for products that the market does not live.

Each is lived soundly or refused by name before a day is lived.
"""

import copy

import pytest
import yaml

from credit.errors import BadInput
from credit.files import DATA, read_yaml, write_text
from credit.products import load_product
from sim.arms.arm import arm_named, simulate
from sim.books.records import records_of
from sim.books.records_audit import audit, waterfall
from sim.desk.forms import FORM_OF
from sim.scenarios.scenario import load_scenario

LADDER = DATA / "policies" / "ladder.yaml"
WHOLE = {"unit": "share", "as_of": "2026-01-01", "confidence": "assumption", "source": "a test"}


def written(tmp_path, change, name="own_ladder"):
    """A copy of the ladder, changed, as a file outside the repository."""
    content = copy.deepcopy(read_yaml(LADDER))
    content["name"] = name
    change(content)
    path = tmp_path / f"{name}.yaml"
    write_text(path, yaml.safe_dump(content))
    return path


def to_nobody(content):
    for stage in content["stages"][1:]:
        for gate in stage["gates"]:
            if gate["measure"] == "pd_annual":
                gate["at_most"]["value"] = 0.0


def to_everybody(content):
    for stage in content["stages"]:
        stage["gates"] = []
    for offer in content["offers"]:
        offer["gates"] = []
        offer["expected_loss_maximum"]["value"] = 1.0
        offer["bands"] = [offer["bands"][-1]]
        offer["bands"][0]["pd_annual_up_to"]["value"] = 0.99
        offer["bands"][0]["rate_annual"]["value"] = 0.16


def lived(make_market, path, firms=40, seed=5, **settings):
    market = make_market(firms=firms, days=200, seed=seed, policy=arm_named(str(path)), **settings)
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
    return market


def test_a_policy_that_lends_to_nobody_is_a_sound_market_without_credit(make_market, tmp_path):
    market = lived(make_market, written(tmp_path, to_nobody))
    records = records_of(market)
    assert not market.book.facilities
    assert audit(records, {}) == []
    assert waterfall(records).to_numpy().sum() == 0
    decisions = market.observed.tables()["decisions"]
    assert set(decisions["outcome"]) == {"refused"}
    assert decisions["reasons"].notna().all()


def test_a_policy_that_lends_to_everybody_lends_more_at_more_risk_and_every_fen_is_still_told(make_market, tmp_path):
    hard = {"firms": 90, "margin_shock_spread_ppm": 150_000, "sudden_stop_ppm": 300_000}
    everybody = written(tmp_path, to_everybody)
    pairs = [[lived(make_market, path, seed=seed, **hard) for path in (everybody, LADDER)] for seed in (4, 5, 6)]
    loose, strict = pairs[0]
    fees = {("purchase_loan", form): load_product(DATA / "products" / "purchase_loan.yaml").any_form(form)
            .upfront_fee_share.ppm for form in ("open_account", "goods_controlled")}  # fmt: skip
    fees |= {
        (product, form): load_product(DATA / "products" / f"{product}.yaml").any_form(form).upfront_fee_share.ppm
        for product, form in FORM_OF.items()
    }
    assert audit(records_of(loose), fees) == []
    refused = loose.observed.tables()["decisions"].query("outcome == 'refused'")["reasons"]
    assert not refused.str.contains("pd_annual|expected_loss|orders|match|revenue|growth").any()
    assert len({one.obligor.row for one in loose.book.facilities}) >= len(
        {f.obligor.row for f in strict.book.facilities}
    )
    lost = [
        sum(waterfall(records_of(market)).loc["all", "exposure"] for market in arm) for arm in zip(*pairs, strict=True)
    ]
    assert lost[0] > lost[1]


def test_the_whole_run_of_a_policy_that_lends_to_nobody_has_no_rate_that_is_not_a_number(tmp_path):
    outcome = simulate(20, 40, 1, load_scenario("baseline"), policy=str(written(tmp_path, to_nobody)))
    assert outcome.summary["default_rate_annual"] == outcome.summary["loss_share"] == 0.0
    assert outcome.summary["loans"] == outcome.summary["still_open_fen"] == outcome.summary["open_before_fen"] == 0


@pytest.mark.parametrize(
    ("product", "form", "told"),
    [
        ("machine_lease", "flat", "offers.2.form"),
        ("machine_lease", None, None),
        ("purchase_loan", None, "offers.0.form"),
        ("assigned_receivable", "recourse", "offers.2.product"),
    ],
)
def test_what_the_market_does_not_live_is_refused_by_name(make_market, tmp_path, product, form, told):
    def change(content):
        number = 0 if product == "purchase_loan" else 2
        if number == 0:
            del content["offers"][1]
        content["offers"][number]["product"] = product
        content["offers"][number].pop("form", None)
        if form is not None:
            content["offers"][number]["form"] = form

    path = written(tmp_path, change)
    if told is None:
        make_market(firms=5, days=5, policy=arm_named(str(path)))
        return
    with pytest.raises(BadInput, match=told) as refused:
        make_market(firms=5, days=5, policy=arm_named(str(path)))
    if told.endswith("product"):
        assert "name here the product and form that have its contract" in str(refused.value)


def costs_nothing(content):
    offer = next(one for one in content["offers"] if one["upfront_fee_share"]["value"] == 0)
    for band in offer["bands"]:
        band["rate_annual"]["value"] = 0.0


IMPOSSIBLE = {
    "money for nothing": costs_nothing,
    "a negative limit": lambda c: c["offers"][0]["maximum_limit"].update(value=-1),
    "a rate above one": lambda c: c["offers"][0]["bands"][0]["rate_annual"].update(value=17.0),
    "riskier is cheaper": lambda c: c["offers"][0]["bands"][-1]["rate_annual"].update(value=0.01),
    "a deposit of everything": lambda c: c["offers"][0]["deposits"][0].update(value=1.0),
    "a gate on nothing": lambda c: c["stages"][1]["gates"].append(
        {"measure": "luck", "at_least": WHOLE | {"value": 1}}
    ),
    "no offers": lambda c: c.update(offers=[]),
    "an unknown key": lambda c: c.update(generosity=1),
}


def test_a_loan_that_costs_its_fee_alone_is_judged_and_does_not_pay(make_market, tmp_path):
    def change(content):
        to_everybody(content)
        for offer in content["offers"]:
            offer["bands"][0]["rate_annual"]["value"] = 0.0
            offer["upfront_fee_share"]["value"] = max(offer["upfront_fee_share"]["value"], 0.0001)

    market = lived(make_market, written(tmp_path, change))
    assert not market.book.facilities
    assert market.observed.tables()["decisions"]["reasons"].str.contains("break_even").any()


@pytest.mark.parametrize("harm", list(IMPOSSIBLE))
def test_impossible_values_in_a_policy_are_named_errors(tmp_path, harm):
    with pytest.raises(BadInput) as refused:
        arm_named(str(written(tmp_path, IMPOSSIBLE[harm])))
    assert all(problem.rule and problem.file for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("field", "value"), [("rate_annual", -0.1), ("upfront_fee_share", 1.5), ("step_every", 0), ("term", None)]
)
def test_a_product_edited_to_an_impossible_value_is_refused_before_a_day_is_lived(tmp_path, field, value):
    content = copy.deepcopy(read_yaml(DATA / "products" / "growth_loan.yaml"))
    form = content["forms"]["seasonal"]
    if value is None:
        form[field]["longest"]["value"] = 1
    else:
        form[field]["value"] = value
    path = tmp_path / "growth_loan.yaml"
    write_text(path, yaml.safe_dump(content))
    with pytest.raises(BadInput, match=field):
        load_product(path).any_form("seasonal")
