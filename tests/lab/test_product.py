"""`creditlab product`: shipped products and one written from scratch check, show, lay out and price without code."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.files import DATA
from credit.products import load_product
from lab.commands.price import price

PRODUCTS = sorted((DATA / "products").glob("*.yaml"))
FORMS = [(path, form) for path in PRODUCTS for form in load_product(path).forms]
ids = [f"{path.stem}-{form}" for path, form in FORMS]

FROM_SCRATCH = """
name: mould_loan
title: Mould loan
title_zh: 模具贷
need: A factory must pay a new mould before the first parts are sold.
valid_from: 2026-01-01
priced_on: 2026-03-01
forms:
  step_up:
    title: Mould loan in two steps
    title_zh: 模具贷（阶梯）
    contract: growth_loan
    wrapper: micro_loan
    is_guaranteed: true
    reference_loan: {value: 200000, unit: yuan, as_of: 2026-01-01, source: a test, confidence: assumption}
    rate_annual: {value: 0.11, unit: share per year, as_of: 2026-01-01, source: a test, confidence: assumption}
    season:
      values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
      unit: share of a usual month
      as_of: 2026-01-01
      source: a test
      confidence: assumption
    step_up_share: {value: 0.2, unit: share, as_of: 2026-01-01, source: a test, confidence: assumption}
    step_every: {value: 6, unit: months, as_of: 2026-01-01, source: a test, confidence: assumption}
    shaped: payment
    minimum_instalment: {value: 0, unit: yuan, as_of: 2026-01-01, source: a test, confidence: assumption}
    upfront_fee_share: {value: 0.01, unit: share, as_of: 2026-01-01, source: a test, confidence: assumption}
    term:
      default: {value: 12, unit: months, as_of: 2026-01-01, source: a test, confidence: assumption}
      shortest: {value: 6, unit: months, as_of: 2026-01-01, source: a test, confidence: assumption}
      longest: {value: 18, unit: months, as_of: 2026-01-01, source: a test, confidence: assumption}
    grace: {value: 3, unit: days, as_of: 2026-01-01, source: a test, confidence: assumption}
    overdue_day_rate: {value: 0.0005, unit: share per day, as_of: 2026-01-01, source: a test, confidence: assumption}
    loss_given_default: {value: 0.4, unit: share, as_of: 2026-01-01, source: a test, confidence: assumption}
    eligibility:
      months_on_platform_minimum: {value: 6, unit: count, as_of: 2026-01-01, source: a test, confidence: assumption}
      orders_minimum: {value: 6, unit: count, as_of: 2026-01-01, source: a test, confidence: assumption}
      match_share_minimum: {value: 0.8, unit: share, as_of: 2026-01-01, source: a test, confidence: assumption}
      days_past_due_maximum: {value: 6, unit: days, as_of: 2026-01-01, source: a test, confidence: assumption}
"""


@pytest.fixture
def told(command):
    """The JSON answer of `creditlab product WORDS`."""

    def answer(*words):
        result = command("product", *words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return answer


@pytest.fixture
def from_scratch(tmp_path):
    path = tmp_path / "mould_loan.yaml"
    path.write_text(FROM_SCRATCH, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_a_shipped_product_is_sound_and_every_number_has_its_source(told, path):
    checked, shown = told("check", path), told("show", path)
    assert checked["product"] == shown["product"] == path.stem
    assert [form["form"] for form in checked["forms"]] == [form["form"] for form in shown["forms"]]
    for form in shown["forms"]:
        assert {"loss_given_default", "term.default"} <= {number["field"] for number in form["numbers"]}
        assert all(number["source"] and number["unit"] and number["as_of"] for number in form["numbers"])


@pytest.mark.parametrize(("path", "form"), FORMS, ids=ids)
def test_a_form_is_laid_out_with_value_conserved_and_priced_on_the_same_rates(told, path, form):
    laid_out = told("schedule", path, "--form", form)
    priced = told("price", path, "--form", form, "--pd", "0.03")
    assert sum(party["net_fen"] for party in laid_out["parties"]) == 0
    assert laid_out["nominal_irr"] == priced["nominal_irr"]
    assert laid_out["effective_annual_rate"] == priced["effective_annual_rate"] > laid_out["simple_annual_rate"]
    assert len(laid_out["exposure"]) == priced["term_days"] + 1
    assert [flow["day"] for flow in laid_out["flows"]] == sorted(flow["day"] for flow in laid_out["flows"])
    assert priced["break_even_pd"] > 0.03  # what is shipped pays at the base PD


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FORMS), st.floats(0.0, 0.4), st.floats(0.0, 0.4))
def test_riskier_is_never_cheaper_in_any_form(chosen, one, other):
    path, form = chosen
    safe, risky = (price(load_product(path), form, pd, None, None, None) for pd in sorted((one, other)))
    assert safe.required_rate_annual <= risky.required_rate_annual
    assert safe.raroc >= risky.raroc
    assert safe.nominal_irr == risky.nominal_irr


def test_a_line_that_costs_fees_before_it_is_drawn_has_two_rates_and_says_so(told, command, tmp_path):
    path = tmp_path / "late.yaml"
    text = (DATA / "products" / "turnover_revolver.yaml").read_text(encoding="utf-8")
    late = text.replace("after_days: 0, drawn_share: 0.6", "after_days: 60, drawn_share: 0.6")
    path.write_text(late.replace("{value: 0.0, low: 0,", "{value: 0.01, low: 0,"), encoding="utf-8")
    laid_out = told("schedule", path)
    assert laid_out["nominal_irr"] is None
    assert "several yearly rates" in laid_out["rate_problem"]
    assert sum(party["net_fen"] for party in laid_out["parties"]) == 0
    assert "several yearly rates" in " ".join(command("product", "price", path, "--pd", "0.03").stderr.split())


def test_a_flat_quote_of_six_percent_is_told_as_what_it_costs(told):
    """DESIGN §5 with its 100-yuan option on top: 16.04 % where 6 % was quoted."""
    laid_out = told("schedule", DATA / "products" / "machine_lease.yaml", "--form", "flat")
    assert laid_out["nominal_irr"] == pytest.approx(0.1604, abs=5e-5)
    assert laid_out["simple_annual_rate"] == pytest.approx(0.1107, abs=5e-5)  # holidays delay some rents


def test_rents_wait_for_the_end_of_the_spring_festival(told):
    laid_out = told("schedule", DATA / "products" / "machine_lease.yaml", "--start", "2026-01-18")
    assert {flow["day"] for flow in laid_out["flows"]} >= {"2026-01-18", "2026-02-24", "2026-03-18"}


def test_payment_days_whose_holidays_nobody_knows_yet_are_named(told):
    laid_out = told("schedule", DATA / "products" / "machine_lease.yaml", "--start", "2026-01-18")
    years = [warning.split("holidays of ")[1][:4] for warning in laid_out["warnings"]]
    assert years == ["2027", "2028", "2029"]
    assert all(warning.startswith("calendar_not_published") for warning in laid_out["warnings"])
    assert told("schedule", DATA / "products" / "machine_lease.yaml", "--start", "2018-01-18")["warnings"] == []


def test_a_product_made_only_of_yaml_checks_shows_is_laid_out_and_priced(told, from_scratch):
    assert told("check", from_scratch)["forms"][0]["contract"] == "growth_loan"
    assert told("show", from_scratch)["title_zh"] == "模具贷"
    laid_out = told("schedule", from_scratch, "--term-months", "18")
    payments = {}
    for flow in laid_out["flows"]:
        if flow["payer"] == "sme" and flow["kind"] != "fee":
            payments[flow["day"]] = payments.get(flow["day"], 0) + flow["amount_fen"]
    level = list(payments.values())
    assert len(level) == 18
    assert level[6] == pytest.approx(1.2 * level[0], abs=2)
    assert level[12] == pytest.approx(1.44 * level[0], abs=2)
    risky, safe = (told("price", from_scratch, "--pd", pd)["required_rate_annual"] for pd in ("0.08", "0.01"))
    assert risky > safe


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("contract: growth_loan", "contract: growth_lone", "forms.step_up", "growth_loan"),
        ("shaped: payment", "shaped: both", "forms.step_up.shaped", "'payment' or 'principal'"),
        ("[1, 1, 1, 1,", "[1, 1, 1,", "forms.step_up.season.values", "at least 12 entries, not 11"),
        ("[1, 1, 1, 1,", "[1, -1, 1, 1,", "forms.step_up.season.values.1", "must be at least 0"),
        ("[1, 1, 1, 1,", "[1, 1, 0, 0.01,", "forms.step_up.instalment", "must cover its interest"),
        ("{value: 12, unit: months", "{value: 0, unit: months", "forms.step_up.term.default.value", "at least 1"),
        ("{value: 12, unit: months", "{value: 12, unit: days", "forms.step_up.term.default.unit", "'months'"),
        ("{value: 18, unit: months", "{value: 9, unit: months", "forms.step_up.term", "6 <= 12 <= 9"),
        ("grace:", "payments: {calendar: moon}\n    grace:", "forms.step_up.payments.calendar", "data/calendars"),
        ("grace:", "deposit: 1\n    grace:", "forms.step_up.deposit", "not a field that is known"),
        ("upfront_fee_share: {value: 0.01", "upfront_fee_share: {value: 1", "forms.step_up.upfront_fee_share", "leave"),
    ],
)
def test_a_mistake_is_told_with_field_and_rule_and_nothing_is_printed(command, from_scratch, old, new, field, rule):
    text = from_scratch.read_text(encoding="utf-8")
    assert old in text
    from_scratch.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = command("product", "check", from_scratch, "--json")
    told = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert field in told.replace(" ", "")
    assert rule in told


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--term-days", "90"], "term_days"),
        (["--term-months", "19"], "term_months"),
        (["--term-months", "0"], "term_months"),
        (["--form", "barter"], "form"),
    ],
)
def test_a_schedule_that_the_form_does_not_allow_is_refused(command, from_scratch, options, field):
    result = command("product", "schedule", from_scratch, *options, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert field in result.stderr


def test_the_pages_say_the_same_in_words(command, monkeypatch):
    lease = DATA / "products" / "machine_lease.yaml"
    assert "Sound." in command("product", "check", lease).stdout
    monkeypatch.setenv("COLUMNS", "100")
    shown = command("product", "show", lease).stdout
    assert re.search(r"down payment share +0\.3 share +0\.2 to 0\.3", shown)
    assert "600,000 yuan" in shown
    annuity, flat = shown.split("form flat")
    assert "rate annual  " in flat
    said_twice = [name for name in ("reference price  ", "purchase option  ") if name in annuity and name in flat]
    assert not said_twice, "what both forms say is said once"
    page = command("product", "schedule", lease, "--form", "flat").stdout
    assert "16.04%" in page
    assert "2026-05-06" in page  # Labour Day moves a rent
    assert "Pays." in command("product", "price", lease, "--pd", "0.03").stdout
