"""Products as files: what is wrong is refused with file, field, value and rule; what is right becomes a contract."""

import json
from datetime import date

import pytest
import yaml

from credit.contracts import GoodsControlledPurchase, OpenAccountPurchase
from credit.errors import BadInput
from credit.files import DATA
from credit.products import load_product, product_schema

PURCHASE_LOAN = DATA / "products" / "purchase_loan.yaml"
TEXT = PURCHASE_LOAN.read_text(encoding="utf-8")


@pytest.fixture
def refusal(tmp_path):
    """Load an edited copy of the purchase loan and give the problems it is refused with."""

    def refused(old, new):
        assert old in TEXT
        path = tmp_path / "edited.yaml"
        path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(BadInput) as error:
            load_product(path)
        assert all(problem.file == str(path) for problem in error.value.problems)
        return error.value.problems

    return refused


def test_both_forms_become_the_contracts_they_name():
    product = load_product(PURCHASE_LOAN)
    open_account, goods = (product.reference_contract(form) for form in ("open_account", "goods_controlled"))
    assert isinstance(open_account, OpenAccountPurchase)
    assert isinstance(goods, GoodsControlledPurchase)
    assert open_account.principal_fen == goods.principal_fen == 24_480_000
    assert (
        product.form("goods_controlled").loss_given_default.value
        < product.form("open_account").loss_given_default.value
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "value", "rule"),
    [
        (
            "{value: 0.15, low: 0.1",
            "{value: 1.0, low: 0.1",
            "forms.open_account.deposit_share.value",
            1.0,
            "must be below 1",
        ),
        (
            "{value: 30, unit",
            "{value: 0, unit",
            "forms.open_account.term.default.value",
            0,
            "must be at least 1",
        ),
        (
            "{value: 288000",
            "{value: -288000",
            "forms.open_account.reference_goods_value.value",
            -288000,
            "must be above 0",
        ),
        ("{value: 0.0004", "{value: '0.0004'", "forms.open_account.day_rate.value", "0.0004", "must be a number"),
        ("{value: 0.0004", "{value: .nan", "forms.open_account.day_rate.value", None, "finite"),
        ("{value: 0.0004", "{value: 0.00030001", "forms.open_account.day_rate.value", 0.00030001, "six decimals"),
        (
            "unit: share per day",
            "unit: percent per day",
            "forms.open_account.day_rate.unit",
            "percent per day",
            "share per",
        ),
        ("unit: days", "unit: months", "forms.open_account.term.default.unit", "months", "days"),
        ("wrapper: credit_sale", "wrapper: gift", "forms.open_account.wrapper", "gift", "micro_loan"),
        ("wrapper: credit_sale", "wrapper: finance_lease", "forms.open_account.wrapper", "finance_lease", "Civil Code"),
        ("lots:", "lotz:", "forms.goods_controlled.lotz", None, "not a field"),
        ("    is_guaranteed: true\n", "", "forms.open_account.is_guaranteed", None, "is missing"),
        ("priced_on: 2026-01-01", "priced_on: 2025-12-31", "priced_on", "2025-12-31", "validity"),
        ("priced_on:", "valid_until: 2020-01-01\npriced_on:", "valid_until", "2020-01-01", "before valid_from"),
        (
            "confidence: medium",
            "confidence: sure",
            "forms.open_account.reference_goods_value.confidence",
            "sure",
            "medium",
        ),
    ],
)
def test_one_wrong_field_is_named_with_its_value_and_rule(refusal, old, new, field, value, rule):
    problems = refusal(old, new)
    named = [problem for problem in problems if problem.field == field]
    assert named, problems
    assert rule in named[0].rule
    if value is not None:
        assert named[0].value == value


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("longest: {value: 90", "longest: {value: 20", "forms.open_account.term", "7 <= 30 <= 20"),
        (
            "{value: 0.0008, low: 0.0005",
            "{value: 0.0001, low: 0.0001",
            "forms.open_account.overdue_day_rate",
            "cheaper",
        ),
        ("{value: 0.003, low: 0, high: 0.005", "{value: 0.85", "forms.open_account.upfront_fee_share", "disburse"),
        (
            "{value: 0.12, low: 0.12",
            "{value: 0.07, low: 0.06",
            "forms.goods_controlled.stop_loss_drop",
            "0.08 and 0.07",
        ),
        ("low: 0.1, high: 0.3", "low: 0.2, high: 0.3", "forms.open_account.deposit_share", "0.2 <= 0.15 <= 0.3"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(refusal, old, new, field, rule):
    assert any(problem.field == field and rule in problem.rule for problem in refusal(old, new))


def test_a_key_said_twice_is_refused_with_its_line(refusal):
    (problem,) = refusal("need:", "need: something else entirely\nneed:")
    assert "need" in problem.rule
    assert "twice" in problem.rule
    assert problem.row


def test_a_term_outside_the_form_and_a_form_outside_the_product_are_refused():
    product = load_product(PURCHASE_LOAN)
    with pytest.raises(BadInput, match="term_days"):
        product.reference_contract("open_account", 91)
    with pytest.raises(BadInput, match="goods_controlled"):
        product.form("barter")


def test_the_hash_follows_the_terms_and_not_the_layout(tmp_path):
    laid_out_anew, changed = tmp_path / "same.yaml", tmp_path / "changed.yaml"
    laid_out_anew.write_text(yaml.safe_dump(yaml.safe_load(TEXT), allow_unicode=True), encoding="utf-8")
    changed.write_text(TEXT.replace("value: 0.003", "value: 0.004", 1), encoding="utf-8")
    assert load_product(laid_out_anew).hash == load_product(PURCHASE_LOAN).hash != load_product(changed).hash


def test_no_number_lacks_source_day_and_confidence():
    def numbers(node):
        if isinstance(node, dict) and "value" in node:
            yield node
        elif isinstance(node, dict):
            for child in node.values():
                yield from numbers(child)

    content = yaml.safe_load(TEXT)
    found = list(numbers(content))
    assert len(found) > 25
    assert all(isinstance(n["as_of"], date) and n["source"] and n["confidence"] and n["unit"] for n in found)


def test_eligibility_says_which_minimum_is_missed():
    rules = load_product(PURCHASE_LOAN).form("open_account").eligibility
    assert rules.refusals(months_on_platform=3, orders=3, match_share=0.8, days_past_due=6) == ()
    assert rules.refusals(2, 3, None, 0) == ("too_new",)
    assert rules.refusals(2, 2, 0.79, 7) == ("too_new", "too_few_orders", "orders_do_not_match", "in_arrears")


def test_the_schema_that_editors_read_is_the_one_that_is_enforced():
    assert json.loads((DATA / "products" / "schema.json").read_text(encoding="utf-8")) == product_schema()


def test_a_change_in_code_is_the_change_in_the_file(tmp_path):
    text = TEXT
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace("deposit_share:\n      {value: 0.15", "deposit_share:\n      {value: 0.2"), "utf-8")
    in_file, shipped = load_product(path), load_product(PURCHASE_LOAN)
    in_code = shipped.changed({"deposit_share": 0.2})
    assert in_code.hash != shipped.hash
    for form in shipped.forms:
        assert in_code.reference_contract(form) == in_file.reference_contract(form)
        assert shipped.form(form).deposit_share.value == 0.15  # the product itself stays as it is
    number = in_code.form("open_account").deposit_share
    assert (number.unit, number.confidence, number.high) == ("share", "assumption", 0.3)
    assert number.source.startswith("changed by hand; before: ")
    one = shipped.changed({"forms.open_account.term.longest.value": 60, "name": "shorter_loan"})
    assert [one.form(form).term.longest.value for form in one.forms] == [60, 90]
    assert one.name == "shorter_loan"


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"deposit_share": 1.2}, "forms.open_account.deposit_share.value", "must be below 1"),
        ({"day_rate": 0.0009}, "forms.open_account.day_rate", "low <= value <= high"),
        ({"deposit_shar": 0.2}, "deposit_shar", "did you mean deposit_share"),
        ({"forms.barter.deposit_share": 0.2}, "forms.barter.deposit_share", "is not a field"),
        ({"term.longest": 20}, "forms.open_account.term", "shortest <= default <= longest"),
        ({"term.longest": "long"}, "forms.open_account.term.longest.value", "must be a whole number"),
        ({"priced_on": date(2020, 1, 1)}, "priced_on", "must lie within the product's validity"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_by_its_field(changes, field, told):
    product = load_product(PURCHASE_LOAN)
    with pytest.raises(BadInput) as refused:
        product.changed(changes)
    assert refused.value.problems[0].field == field
    assert told in str(refused.value)
