"""Lease and leaseback: published yields of flat quotes, plans that end at zero, taxes that differ."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.calendars import business_calendar
from credit.cashflows import annuity_payment
from credit.contract_rates import rates_of
from credit.contracts import (
    DayCount,
    DepositReturn,
    FlowKind,
    LeaseTerms,
    MachineLease,
    Party,
    PaymentDays,
    RateQuote,
    Roll,
    SaleLeaseback,
    Timing,
)
from credit.contracts.instalments import late_charge_fen
from credit.contracts.lease_taxes import lease_taxes
from credit.errors import BadInput

START = date(2026, 1, 15).toordinal()
F_420 = {"price_fen": 60_000_000, "down_payment_ppm": 300_000}  # finances 420,000 yuan


def flat_lease(months=36, **terms):
    return MachineLease(START, **F_420, terms=LeaseTerms(months, 60_000, RateQuote.FLAT, **terms))


@st.composite
def leases(draw):
    terms = LeaseTerms(
        months=draw(st.integers(2, 60)),
        rate_annual_ppm=draw(st.integers(0, 360_000)),
        quote=draw(st.sampled_from(RateQuote)),
        timing=draw(st.sampled_from(Timing)),
        deposit_ppm=draw(st.integers(0, 500_000)),
        deposit_return=draw(st.sampled_from(DepositReturn)),
        fee_ppm=draw(st.integers(0, 50_000)),
        option_fen=draw(st.integers(0, 10_000)),
        payment_days=PaymentDays(
            draw(st.sampled_from(DayCount)), draw(st.sampled_from(Roll)), business_calendar("prc")
        ),
    )
    start = draw(st.integers(START, START + 400))
    if draw(st.booleans()):
        return MachineLease(start, draw(st.integers(50_000, 10**10)), draw(st.integers(0, 700_000)), terms)
    return SaleLeaseback(start, draw(st.integers(50_000, 10**10)), draw(st.integers(300_000, 1_000_000)), terms)


@pytest.mark.parametrize(
    ("terms", "nominal", "effective"),
    [
        ({}, 0.1108, None),  # DESIGN §5
        ({"deposit_ppm": 100_000, "fee_ppm": 30_000}, 0.1602, 0.173),
        ({"months": 24, "deposit_ppm": 100_000, "fee_ppm": 30_000}, 0.173, None),  # DOMAIN §2.3
    ],
)
def test_what_a_flat_quote_of_six_percent_costs(terms, nominal, effective):
    rates = rates_of(flat_lease(**terms))
    assert rates.nominal_irr == pytest.approx(nominal, abs=5e-4 if nominal == 0.173 else 5e-5)
    if effective:
        assert rates.effective_annual == pytest.approx(effective, abs=5e-4)


def test_the_rents_of_the_flat_quote_are_those_of_the_formula():
    rents = [plan.payment_fen for plan in flat_lease().instalments()]
    assert sum(rents) == 42_000_000 * 118 // 100
    assert all(abs(rent - 42_000_000 * 1.18 / 36) <= 1 for rent in rents)


@pytest.mark.parametrize("months", [12, 24, 36])
def test_the_annuity_is_the_closed_form_and_so_is_its_balance(months):
    lease = MachineLease(START, **F_420, terms=LeaseTerms(months, 120_000))
    rents, m = lease.instalments(), 0.01
    level = -annuity_payment(m, months, 42_000_000)
    assert all(abs(plan.payment_fen - level) <= 1 for plan in rents[:-1])
    for plan in rents:
        owed = 42_000_000 * ((1 + m) ** months - (1 + m) ** plan.number) / ((1 + m) ** months - 1)
        assert abs(plan.closing_fen - owed) <= months


def test_without_extras_the_nominal_rate_is_the_quoted_one_wherever_holidays_move_the_rents():
    for timing in Timing:
        rolled = PaymentDays(roll=Roll.FOLLOWING, calendar=business_calendar("prc"))
        lease = MachineLease(START, **F_420, terms=LeaseTerms(36, 100_000, timing=timing, payment_days=rolled))
        assert rates_of(lease).nominal_irr == pytest.approx(0.1, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(leases())
def test_value_is_conserved_and_the_plan_ends_at_zero(lease):
    assert set(lease.net_by_day(list(Party)).values()) == {0}
    rents = lease.instalments()
    assert rents[0].opening_fen == lease.financed_fen
    assert rents[-1].closing_fen == 0
    assert all(sooner.closing_fen == later.opening_fen for sooner, later in pairwise(rents))
    assert all(plan.interest_fen >= 0 and plan.principal_fen >= 0 for plan in rents)
    assert lease.total_fen(Party.LENDER, FlowKind.REFUND) == lease.deposit_fen
    assert lease.total_fen(Party.SME, FlowKind.PRINCIPAL) == lease.financed_fen
    profile = lease.exposure_profile()
    assert len(profile) == lease.end_day - lease.start_day + 1
    assert profile[0] == lease.financed_fen
    assert max(profile) <= lease.financed_fen + max(plan.interest_fen for plan in rents)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300_000), st.integers(0, 40_000), st.integers(2, 48), st.sampled_from(RateQuote))
def test_a_dearer_quote_or_fee_never_yields_less(rate, fee, months, quote):
    def yield_of(rate_ppm, fee_ppm):
        terms = LeaseTerms(months, rate_ppm, quote, fee_ppm=fee_ppm, deposit_ppm=100_000)
        return rates_of(MachineLease(START, **F_420, terms=terms)).effective_annual

    assert yield_of(rate, fee) < yield_of(rate + 10_000, fee) < yield_of(rate + 10_000, fee + 5_000)


def test_a_deposit_set_off_earns_the_lessor_less_than_one_refunded_at_the_end():
    def yield_of(how):
        return rates_of(flat_lease(deposit_ppm=100_000, deposit_return=how)).effective_annual

    assert rates_of(flat_lease()).effective_annual < yield_of(DepositReturn.SET_OFF) < yield_of(DepositReturn.REFUND)


def test_a_deposit_is_held_until_its_rents_come():
    lease = flat_lease(deposit_ppm=100_000, deposit_return=DepositReturn.SET_OFF)
    rents = lease.instalments()
    assert lease.deposit_held_fen(lease.start_day) == 0
    assert lease.deposit_held_fen(rents[30].due_day) == lease.deposit_fen == 4_200_000
    last_three = sum(plan.payment_fen for plan in rents[-3:])
    first_used = (
        lease.deposit_fen - last_three
    )  # 42,000.00 less three rents of 13,766.67 leave 700.00 for the fourth last
    assert first_used == 70_000
    assert lease.deposit_held_fen(rents[-4].due_day + 1) == lease.deposit_fen - first_used
    assert lease.deposit_held_fen(lease.end_day + 1) == 0


def test_lease_and_leaseback_part_ways_in_tax():
    """Same money, other tax: 13 % on the rent and deducted, 6 % on the interest and lost to the client."""
    terms = LeaseTerms(36, 120_000, fee_ppm=30_000, option_fen=10_000)
    lease = MachineLease(START, **F_420, terms=terms)
    leaseback = SaleLeaseback(START, 60_000_000, 700_000, terms)
    assert lease.instalments() == leaseback.instalments()
    direct, loan = lease_taxes(lease), lease_taxes(leaseback)
    interest = lease.total_fen(Party.SME, FlowKind.INTEREST)
    assert direct.output_vat_fen == pytest.approx((42_000_000 * 1.03 + interest + 10_000) * 13 / 113, abs=40)
    assert direct.deducted_by_client_fen == direct.output_vat_fen
    assert direct.input_vat_fen == pytest.approx(42_000_000 * 13 / 113, abs=1)
    assert loan.output_vat_fen == pytest.approx((42_000_000 * 0.03 + interest) * 6 / 106, abs=40)
    assert loan.surcharge_fen == pytest.approx(loan.output_vat_fen * 0.12, abs=40)
    assert loan.deducted_by_client_fen == loan.input_vat_fen == 0


def test_a_late_rent_costs_nothing_within_grace_and_runs_from_the_due_day_after_it():
    terms = LeaseTerms(36, 100_000, grace_days=3, overdue_day_rate_ppm=800)
    assert late_charge_fen(terms, 1_000_000, 3) == 0
    assert late_charge_fen(terms, 1_000_000, 4) == 3_200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"months": 1}, "months"),
        ({"months": 0}, "months"),
        ({"rate_annual_ppm": -1}, "rate_annual_ppm"),
        ({"deposit_ppm": 1_000_000}, "deposit_ppm"),
        ({"fee_ppm": 900_000, "deposit_ppm": 100_000}, "fee_ppm"),
        ({"option_fen": 0.5}, "option_fen"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        LeaseTerms(**({"months": 36, "rate_annual_ppm": 100_000} | change))
    assert refused.value.problems[0].field == field


@pytest.mark.parametrize(
    ("machine", "field"),
    [
        ({"price_fen": -1, "down_payment_ppm": 0}, "price_fen"),
        ({"price_fen": 60_000_000, "down_payment_ppm": 1_000_000}, "down_payment_ppm"),
        ({"price_fen": 60_000_000, "down_payment_ppm": 999_999}, "down_payment_ppm"),
    ],
)
def test_machines_that_cannot_be_are_refused_by_name(machine, field):
    with pytest.raises(BadInput) as refused:
        MachineLease(START, **machine, terms=LeaseTerms(12, 100_000))
    assert refused.value.problems[0].field == field


def test_a_day_number_of_a_market_is_no_date():
    with pytest.raises(BadInput, match="start_day"):
        MachineLease(17, **F_420, terms=LeaseTerms(12, 100_000))
