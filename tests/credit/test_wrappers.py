"""Legal wrappers: the law of the day decides, with its text, date and source; a looser cap never refuses more."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.contract_rates import rates_of
from credit.contracts import OpenAccountPurchase, PurchaseTerms
from credit.errors import BadInput
from credit.files import DATA, read_text
from credit.parameters import parameters
from credit.pricing import LenderCosts, quote
from credit.products import CONTRACTS, Wrapper
from credit.taxes import Entity, vat_on_interest
from credit.wrapper_rules import WRAPPERS, WrapperRules, conduct, in_force, wrapper_rules, wrapper_schema
from credit.wrappers import LossCover, Offer, rate_cap, review, treatment

PAIRS = [(name, Entity(entity)) for name in WRAPPERS for entity in wrapper_rules(name).lenders]
DAYS = st.dates(date(2019, 10, 18), date(2030, 12, 31))
RATES = st.floats(0, 1)


def test_the_wrappers_are_those_that_products_may_name():
    assert set(WRAPPERS) == set(get_args(Wrapper))


@pytest.mark.parametrize(
    ("wrapper", "entity", "day", "enforced", "void_above"),
    [
        ("micro_loan", "micro_lender", date(2019, 6, 1), 0.24, 0.36),
        ("micro_loan", "micro_lender", date(2020, 8, 19), 0.24, 0.36),
        ("micro_loan", "micro_lender", date(2020, 8, 20), 0.154, 0.154),  # 4 x 3.85 %
        ("micro_loan", "micro_lender", date(2020, 12, 31), 0.154, 0.154),
        ("micro_loan", "micro_lender", date(2021, 1, 1), 0.24, 0.24),  # exempt with six other kinds
        ("entrusted_bank_loan", "bank", date(2020, 9, 1), 0.24, 0.24),  # banks never were private lenders
        ("entrusted_bank_loan", "trading_company", date(2024, 8, 1), 0.134, 0.134),  # 4 x 3.35 %
        ("credit_sale", "trading_company", date(2019, 6, 1), 0.24, 0.36),
        ("credit_sale", "trading_company", date(2025, 5, 19), 0.124, 0.124),
        ("credit_sale", "trading_company", date(2025, 5, 20), 0.12, 0.12),  # 4 x 3.0 %
        ("assigned_receivable", "factor", date(2026, 1, 1), 0.24, 0.24),
        ("finance_lease", "finance_lessor", date(2026, 1, 1), 0.24, 0.24),
    ],
)
def test_the_cap_of_the_day(wrapper, entity, day, enforced, void_above):
    cap = rate_cap(wrapper, entity, day)
    assert (cap.rate_annual, cap.void_above_annual) == (enforced, void_above)
    assert cap.valid_from <= day
    assert cap.source
    assert cap.rule


def test_a_2019_product_at_18_percent_was_enforceable_then_and_lies_above_the_cap_now():
    offer = Offer("credit_sale", "trading_company", date(2019, 6, 1), 0.18)
    assert review(offer).is_allowed
    now = review(replace(offer, contract_date=date(2026, 1, 1)))
    assert not now.is_allowed
    (refusal,) = now.refusals
    assert refusal.code == "rate_above_cap"
    assert "12.00%" in refusal.told
    assert "Fashi 2020 No. 6, art. 26" in refusal.source
    assert refusal.valid_from == date(2025, 5, 20)


def test_the_cap_is_held_against_the_nominal_cost_of_the_money_received():
    """The reference loan costs 18.96 % nominal, 20.70 % effective: a cap of 19 % lets it by."""
    told = rates_of(OpenAccountPurchase(0, 28_800_000, PurchaseTerms(150_000, 400, 3_000, 30)))
    offer = Offer("micro_loan", "micro_lender", date(2026, 1, 1), told.nominal_irr, told.effective_annual)
    follows = treatment(offer.wrapper, offer.entity, offer.contract_date)
    for cap, is_allowed in ((0.19, True), (0.18, False)):
        judged = review(offer, replace(follows, rate_cap=replace(follows.rate_cap, rate_annual=cap)))
        assert judged.is_allowed is is_allowed
    assert "effective 20.70%" in judged.refusals[0].told


def test_a_cap_judges_a_whole_book_at_once_and_allows_itself():
    cap = rate_cap("micro_loan", "micro_lender", date(2026, 1, 1))
    assert cap.allows([[0.1, 0.24], [0.0004 * 600, 0.2401]]).tolist() == [[True, True], [True, False]]


def test_between_24_and_36_percent_interest_was_unenforceable_and_beyond_void():
    offer = Offer("credit_sale", "trading_company", date(2019, 6, 1), 0.30)
    assert "not enforceable" in review(offer).refusals[0].told
    assert "void" in review(replace(offer, nominal_annual_rate=0.37)).refusals[0].told


@pytest.mark.parametrize(("day", "word"), [(date(2019, 6, 1), "approval"), (date(2026, 1, 1), "void, at any price")])
def test_habitual_unlicensed_lending_is_refused_at_any_price(day, word):
    for offer in (
        Offer("micro_loan", "trading_company", day, 0.01),
        Offer("micro_loan", "micro_lender", day, 0.01, has_licence=False),
    ):
        (refusal,) = review(offer).refusals
        assert word in refusal.rule
        assert refusal.source


@pytest.mark.parametrize(
    ("wrapper", "entity", "cover", "code"),
    [
        ("micro_loan", "micro_lender", LossCover.NONE, None),
        ("micro_loan", "micro_lender", LossCover.PLATFORM_PROMISE, "platform_first_loss"),
        ("assigned_receivable", "factor", LossCover.PLATFORM_PROMISE, "platform_first_loss"),
        ("micro_loan", "micro_lender", LossCover.LICENSED_GUARANTOR, None),
        ("micro_loan", "micro_lender", LossCover.RECOURSE, "recourse_without_assignment"),
        ("assigned_receivable", "factor", LossCover.RECOURSE, None),
        ("finance_lease", "finance_lessor", LossCover.SUBORDINATED_TRANCHE, "subordinated_tranche_without_assignment"),
        ("assigned_receivable", "factor", LossCover.SUBORDINATED_TRANCHE, None),
    ],
)
def test_first_loss_needs_a_permitted_form(wrapper, entity, cover, code):
    judged = review(Offer(wrapper, entity, date(2026, 1, 1), 0.10, loss_cover=cover))
    assert [refusal.code for refusal in judged.refusals] == ([code] if code else [])


def test_a_guarantee_fee_outside_the_tested_rate_is_refused():
    offer = Offer(
        "entrusted_bank_loan", "bank", date(2026, 1, 1), 0.2,
        loss_cover=LossCover.LICENSED_GUARANTOR, is_guarantee_fee_included=False,
    )  # fmt: skip
    assert [refusal.code for refusal in review(offer).refusals] == ["guarantee_fee_left_out"]


def test_day_one_interest_on_a_credit_sale_is_a_caution_and_decides_whether_the_cap_binds():
    offer = Offer("credit_sale", "trading_company", date(2026, 1, 1), 0.11)
    assert [caution.code for caution in review(offer).cautions] == ["day_one_interest"]
    dear = replace(offer, nominal_annual_rate=0.15)
    assert not review(dear).is_allowed
    in_the_price = review(replace(dear, has_day_one_interest=False))
    assert in_the_price.is_allowed
    assert [caution.code for caution in in_the_price.cautions] == ["rate_above_cap"]


def test_the_wrapper_decides_tax_accounting_and_capital_of_the_same_cash_flows():
    day = date(2026, 1, 1)
    sale = treatment("credit_sale", "trading_company", day)
    loan = treatment("micro_loan", "micro_lender", day)
    bank = treatment("entrusted_bank_loan", "bank", day)
    factor = treatment("assigned_receivable", "factor", day)
    assert (sale.accounting.asset, sale.accounting.loss_allowance) == ("trade_receivable", "simplified_lifetime")
    assert (loan.accounting.asset, loan.accounting.loss_allowance) == ("loan", "three_stages")
    assert sale.vat.is_deductible
    assert not loan.vat.is_deductible
    assert loan.vat.kept_share == vat_on_interest("micro_lender", day).kept_share == pytest.approx(0.937, abs=5e-4)
    assert sale.vat.kept_share == pytest.approx(1 - 0.13 / 1.13 * 1.12)
    assert bank.capital_share == pytest.approx(0.75 * 0.105)
    assert (factor.capital_share, loan.capital_share, sale.capital_share) == (0.1, pytest.approx(1 / 6), None)


def test_a_leaseback_is_a_loan_service_and_a_direct_lease_is_not():
    lease, leaseback = (
        treatment("finance_lease", "finance_lessor", date(2026, 1, 1), is_leaseback=back) for back in (False, True)
    )
    assert (lease.vat.rate_ppm, lease.vat.is_deductible) == (130_000, True)
    assert (leaseback.vat.rate_ppm, leaseback.vat.is_deductible) == (60_000, False)
    assert (lease.accounting.asset, leaseback.accounting.asset) == ("lease_receivable", "loan")
    assert lease.capital_share == leaseback.capital_share == 0.125
    with pytest.raises(BadInput, match="leaseback"):
        treatment("micro_loan", "micro_lender", date(2026, 1, 1), is_leaseback=True)


def test_a_lease_priced_on_its_lessors_equity_costs_about_10_7_percent_before_vat():
    equity = treatment("finance_lease", "finance_lessor", date(2026, 1, 1)).capital_share
    costs = replace(LenderCosts.on(date(2026, 1, 1)), operating_cost_annual=0.02).with_equity(equity)
    assert quote(0.12, 0.035, 0.30, 1080, costs).required_rate_annual == pytest.approx(0.107, abs=5e-4)


def test_a_banks_small_loan_is_free_of_vat_up_to_one_and_a_half_times_the_lpr():
    day = date(2026, 1, 1)
    cheap = treatment("entrusted_bank_loan", "bank", day, credit_line_fen=3_000_000_00, rate_annual=0.045)
    dear = treatment("entrusted_bank_loan", "bank", day, credit_line_fen=3_000_000_00, rate_annual=0.09)
    large = treatment("entrusted_bank_loan", "bank", day, credit_line_fen=30_000_000_00, rate_annual=0.045)
    assert cheap.vat.kept_share == 1.0
    assert dear.vat.taxed_ppm == 500_000
    assert large.vat.kept_share == vat_on_interest("bank", day).kept_share


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ("hold_to_collect", True, "amortised_cost", "three_stages")),
        ({"is_held_to_be_sold": True}, ("hold_to_collect_and_sell", True, "fair_value_oci", "three_stages")),
        ({"has_revenue_share": True}, ("hold_to_collect", False, "fair_value_profit", "in_fair_value")),
    ],
)
def test_how_a_claim_is_held_and_what_it_pays_decide_its_measurement(change, told):
    offer = replace(Offer("micro_loan", "micro_lender", date(2026, 1, 1), 0.1), **change)
    judged = review(offer)
    books = judged.treatment.accounting
    assert (books.business_model, books.passes_sppi, books.measurement, books.loss_allowance) == told
    assert judged.is_allowed
    assert [caution.code for caution in judged.cautions] == (["revenue_share"] if offer.has_revenue_share else [])


@given(st.sampled_from(PAIRS), DAYS, RATES, st.floats(0, 0.5), st.floats(0, 0.5), st.sampled_from(LossCover))
def test_a_looser_cap_never_refuses_more(pair, day, rate, one, other, cover):
    offer = Offer(*pair, day, rate, loss_cover=cover)
    follows = treatment(*pair, day)
    tight, loose = (
        {
            refusal.code
            for refusal in review(
                offer, replace(follows, rate_cap=replace(follows.rate_cap, rate_annual=cap, void_above_annual=cap))
            ).refusals
        }
        for cap in sorted((one, other))
    )
    assert loose <= tight


@given(st.sampled_from(PAIRS), DAYS, st.sampled_from(CONTRACTS))
def test_a_contract_is_refused_exactly_where_its_wrapper_cannot_carry_it(pair, day, contract):
    wrapper, entity = pair
    refusals = review(Offer(wrapper, entity, day, 0.05, contract=contract)).refusals
    carried = contract in wrapper_rules(wrapper).carries[0].contracts
    assert [refusal.code for refusal in refusals] == ([] if carried else ["wrapper_cannot_carry"])
    assert any(contract in wrapper_rules(name).carries[0].contracts for name in WRAPPERS)


@given(st.sampled_from(PAIRS), DAYS, RATES, RATES)
def test_a_dearer_offer_is_never_refused_less(pair, day, one, other):
    cheap, dear = (
        {refusal.code for refusal in review(Offer(*pair, day, rate)).refusals} for rate in sorted((one, other))
    )
    assert cheap <= dear


@given(st.sampled_from([(name, entity) for name in WRAPPERS for entity in Entity]), DAYS)
def test_every_pair_is_either_treated_or_refused_with_a_source_of_its_day(pair, day):
    judged = review(Offer(*pair, day, 0.05))
    if pair in PAIRS:
        assert judged.treatment is not None
        assert judged.is_allowed
    else:
        assert judged.treatment is None
        assert [refusal.code for refusal in judged.refusals] == ["wrapper_closed_to_entity"]
        with pytest.raises(BadInput, match=str(judged.refusals[0].valid_from)):
            treatment(*pair, day)
    for finding in judged.findings:
        assert finding.valid_from <= day
        assert finding.source


@given(DAYS, st.integers(0, 400))
def test_whoever_is_licensed_may_charge_at_least_what_a_private_lender_may(day, later):
    from_2021 = max(day, date(2021, 1, 1)) + timedelta(days=later)
    private = rate_cap("credit_sale", "trading_company", from_2021).rate_annual
    assert private == pytest.approx(4 * parameters("rate_caps").value("lpr_one_year", from_2021))
    for pair in PAIRS:
        assert rate_cap(*pair, from_2021).rate_annual >= private


def test_a_cap_beyond_the_last_read_lpr_says_that_it_is_unsure():
    assert rate_cap("credit_sale", "trading_company", date(2026, 5, 20)).confidence == "medium"
    assert rate_cap("credit_sale", "trading_company", date(2026, 5, 21)).confidence == "low"


def test_conduct_is_known_for_every_day_on_which_a_cap_is():
    for name in type(conduct()).model_fields:
        in_force(getattr(conduct(), name), date(2016, 5, 1), name)


@pytest.mark.parametrize(
    ("wrapper", "entity", "day", "rate", "field"),
    [
        ("loan_shark", "bank", date(2026, 1, 1), 0.1, "wrapper"),
        ("micro_loan", "uncle", date(2026, 1, 1), 0.1, "entity"),
        ("micro_loan", "micro_lender", date(2014, 1, 1), 0.1, "contract_date"),
        ("micro_loan", "micro_lender", date(2026, 1, 1), float("nan"), "nominal_annual_rate"),
        ("micro_loan", "micro_lender", date(2026, 1, 1), -0.1, "nominal_annual_rate"),
    ],
)
def test_bad_values_are_named(wrapper, entity, day, rate, field):
    with pytest.raises(BadInput) as refused:
        review(Offer(wrapper, entity, day, rate))
    assert refused.value.problems[0].field == field


def test_rules_out_of_order_are_refused():
    content = wrapper_rules("micro_loan").model_dump()
    content["others"] = content["others"][::-1]
    with pytest.raises(ValueError, match="order of valid_from"):
        WrapperRules.model_validate(content)


def test_editors_get_the_schema_that_the_files_are_read_by():
    assert json.loads(read_text(DATA / "wrappers" / "schema.json")) == wrapper_schema()
