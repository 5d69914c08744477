"""Limits: riskier never gets more, and a policy that says otherwise is refused."""

import json
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.files import DATA
from credit.limits import load_purchase_policy, purchase_limit_fen, purchase_policy_schema
from credit.products import load_product

PATH = DATA / "policies" / "purchase_policy.yaml"
POLICY = load_purchase_policy(PATH)
TEXT = PATH.read_text(encoding="utf-8")

probabilities = st.floats(0, 1)
purchases = st.integers(0, 10**10)


@given(probabilities, probabilities, purchases)
def test_riskier_never_gets_more(pd, other_pd, bought):
    safer, riskier = (POLICY.offer(p, bought) for p in sorted((pd, other_pd)))
    assert riskier.limit_fen <= safer.limit_fen
    assert riskier.term_days <= safer.term_days
    assert set(riskier.forms) <= set(safer.forms)
    assert not riskier.forms or riskier.day_rate_ppm >= safer.day_rate_ppm


@given(probabilities, purchases, purchases, st.integers(7, 90), st.integers(7, 90))
def test_buying_more_or_borrowing_longer_never_lowers_the_limit(pd, bought, also, term, other_term):
    assert POLICY.offer(pd, bought + also).limit_fen >= POLICY.offer(pd, bought).limit_fen
    short, long = sorted((term, other_term))
    assert POLICY.offer(pd, bought, long).limit_fen >= POLICY.offer(pd, bought, short).limit_fen


def test_a_limit_worked_by_hand():
    """A client with PD 3 % buys resin for 400,000 a month: 75 % of 45 days' purchases of 600,000 are 450,000."""
    offer = POLICY.offer(0.03, 40_000_000)
    assert astuple(offer) == (45_000_000, 45, 400, ("open_account", "goods_controlled"))
    assert purchase_limit_fen(40_000_000, 45, 750_000, 44_000_000) == 44_000_000


def test_beyond_the_last_band_there_is_no_offer():
    assert POLICY.offer(0.12, 40_000_000).forms == ("goods_controlled",)
    assert astuple(POLICY.offer(0.1200001, 40_000_000)) == (0, 0, 0, ())


@pytest.mark.parametrize("pd", [-0.01, 1.01, float("nan")])
def test_what_is_no_probability_gets_an_error_not_an_offer(pd):
    with pytest.raises(BadInput, match="pd_annual"):
        POLICY.offer(pd, 1)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("limit_share: {value: 0.5,", "limit_share: {value: 0.7,", "limit_share must not rise"),
        ("longest_term: {value: 45", "longest_term: {value: 61", "longest_term must not rise"),
        ("day_rate: {value: 0.0005", "day_rate: {value: 0.0004", "day_rate must not fall"),
        ("pd_annual_up_to: {value: 0.06", "pd_annual_up_to: {value: 0.02", "pd_annual_up_to must rise"),
        ("forms: [goods_controlled]", "forms: [open_account, barter]", "no form may be added"),
    ],
)
def test_a_policy_that_rewards_risk_is_refused(tmp_path, old, new, rule):
    assert old in TEXT
    path = tmp_path / "policy.yaml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_purchase_policy(path)
    assert [problem.field for problem in refused.value.problems] == ["bands"]
    assert rule in refused.value.problems[0].rule


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("product: purchase_loan", "product: purchase_finance", "product", "on the shelf: .*purchase_loan"),
        (
            "[open_account, goods_controlled]",
            "[open_account, goods_controlled, barter]",
            "bands.0.forms",
            "a form of purchase",
        ),
    ],
)
def test_a_policy_speaks_of_a_product_and_forms_that_exist(tmp_path, old, new, field, rule):
    path = tmp_path / "policy.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=rule) as refused:
        load_purchase_policy(path)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_policy_and_product_fit_each_other():
    product = load_product(DATA / "products" / f"{POLICY.product}.yaml")
    for band in POLICY.bands:
        for name in band.forms:
            terms = product.form(name).purchase_terms(band.longest_term.value, band.day_rate.ppm)
            assert terms.overdue_day_rate_ppm >= terms.day_rate_ppm


def test_the_schema_that_editors_read_is_the_one_that_is_enforced():
    assert json.loads((DATA / "policies" / "schema.json").read_text(encoding="utf-8")) == purchase_policy_schema()
