"""Tailored growth: whatever the shape, the instalments are worth the loan; a share of sales stops at its cap."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credit.contract_rates import rates_of
from credit.contracts import (
    FlowKind,
    GrowthLoan,
    GrowthLoanTerms,
    LeaseTerms,
    Party,
    RevenueShareLoan,
    RevenueShareTerms,
    SaleLeaseback,
    Shaped,
)
from credit.errors import BadInput

START = date(2026, 1, 15).toordinal()
LOAN = 100_000_000
SPRING_DIP = (600_000, 300_000, 900_000, *[1_000_000] * 5, *[1_200_000] * 4)


@st.composite
def loans(draw):
    shaped = draw(st.sampled_from(Shaped))
    terms = GrowthLoanTerms(
        months=draw(st.integers(2, 48)),
        rate_annual_ppm=draw(st.integers(0, 240_000)),
        season_ppm=tuple(draw(st.integers(400_000, 2_000_000)) for _ in range(12)),
        step_up_ppm=draw(st.integers(0, 200_000)),
        step_months=draw(st.integers(3, 24)),
        shaped=shaped,
        minimum_instalment_fen=draw(st.integers(0, 500_000)) if shaped is Shaped.PAYMENT else 0,
        fee_ppm=draw(st.integers(0, 30_000)),
    )
    return GrowthLoan(START, draw(st.integers(10**7, 10**10)), terms)


@settings(max_examples=60, deadline=None)
@given(loans())
def test_whatever_the_shape_the_instalments_are_worth_the_loan(loan):
    try:
        plan = loan.instalments()
    except BadInput as refused:  # a weak season of a dear loan does not pay its interest: refused, never hidden
        assume("interest" not in str(refused))
        raise
    value, discount = 0.0, 1.0
    for instalment in plan:
        discount /= 1 + loan.terms.rate_annual_ppm / 12e6
        value += instalment.payment_fen * discount
    assert abs(value - loan.principal_fen) <= len(plan)
    assert plan[-1].closing_fen == 0
    assert sum(instalment.principal_fen for instalment in plan) == loan.principal_fen
    assert min(instalment.payment_fen for instalment in plan) >= loan.terms.minimum_instalment_fen
    assert set(loan.net_by_day(list(Party)).values()) == {0}
    assert all(sooner.closing_fen == later.opening_fen for sooner, later in pairwise(plan))


def test_a_level_season_is_the_annuity():
    terms = GrowthLoanTerms(24, 100_000)
    leaseback = SaleLeaseback(START, LOAN, 1_000_000, LeaseTerms(24, 100_000))
    assert GrowthLoan(START, LOAN, terms).instalments() == leaseback.instalments()
    assert rates_of(GrowthLoan(START, LOAN, terms)).nominal_irr == pytest.approx(0.1, abs=1e-6)


def test_payments_follow_the_season_and_step_up():
    plan = GrowthLoan(START, LOAN, GrowthLoanTerms(24, 100_000, SPRING_DIP, 100_000, 12)).instalments()
    usual = plan[3].payment_fen  # May, 1.0
    assert plan[0].payment_fen == pytest.approx(0.3 * usual, abs=1)  # February
    assert plan[10].payment_fen == pytest.approx(1.2 * usual, abs=1)  # December
    assert plan[15].payment_fen == pytest.approx(1.1 * usual, abs=1)  # May a year later
    assert rates_of(GrowthLoan(START, LOAN, GrowthLoanTerms(24, 100_000, SPRING_DIP))).nominal_irr == pytest.approx(
        0.1, abs=1e-6
    )


def test_a_minimum_lifts_weak_months_and_nothing_else_is_lost():
    terms = GrowthLoanTerms(12, 100_000, SPRING_DIP, minimum_instalment_fen=5_000_000)
    payments = [plan.payment_fen for plan in GrowthLoan(START, LOAN, terms).instalments()]
    assert payments[0] == payments[11] == 5_000_000 or min(payments) == 5_000_000
    assert rates_of(GrowthLoan(START, LOAN, terms)).nominal_irr == pytest.approx(0.1, abs=1e-6)


def test_debt_that_would_grow_is_refused_by_instalment():
    weak_february = (1_000_000, 10_000, *[1_000_000] * 10)
    with pytest.raises(BadInput, match="instalment 1"):
        GrowthLoan(START, LOAN, GrowthLoanTerms(12, 120_000, weak_february)).instalments()


@settings(max_examples=30, deadline=None)
@given(loans())
def test_a_dearer_loan_never_yields_less(loan):
    def yield_of(rate, fee):
        terms = GrowthLoanTerms(loan.terms.months, rate, loan.terms.season_ppm, shaped=Shaped.PRINCIPAL, fee_ppm=fee)
        return rates_of(GrowthLoan(START, loan.principal_fen, terms)).effective_annual

    assert yield_of(60_000, 0) < yield_of(120_000, 0) < yield_of(120_000, 10_000)


def revenue_share(monthly_revenue, cap=1_120_000, months=36, floor=1_500_000):
    terms = RevenueShareTerms(months, 50_000, floor, cap)
    return RevenueShareLoan(START, LOAN, terms, (monthly_revenue,) * months)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**10), st.integers(1_000_000, 2_000_000), st.integers(2, 48))
def test_a_share_of_revenue_pays_the_cap_and_not_a_fen_more(revenue, cap, months):
    loan = revenue_share(revenue, cap, months)
    plan = loan.instalments()
    assert sum(instalment.payment_fen for instalment in plan) == loan.cap_fen
    assert sum(instalment.principal_fen for instalment in plan) == LOAN
    assert all(instalment.interest_fen >= 0 for instalment in plan)
    assert plan[-1].closing_fen == 0
    assert set(loan.net_by_day(list(Party)).values()) == {0}


def test_good_sales_end_a_revenue_share_sooner_and_make_it_dearer():
    slow, fast = revenue_share(60_000_000), revenue_share(120_000_000)
    assert fast.months < slow.months
    assert rates_of(fast).effective_annual > rates_of(slow).effective_annual
    assert fast.total_fen(Party.SME, FlowKind.INTEREST) == slow.total_fen(Party.SME, FlowKind.INTEREST) == 12_000_000


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"months": 0}, "months"),
        ({"season_ppm": (1,) * 11}, "season_ppm"),
        ({"season_ppm": (-1,) * 12}, "season_ppm"),
        ({"shaped": Shaped.PRINCIPAL, "minimum_instalment_fen": 1}, "minimum_instalment_fen"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(terms, field):
    with pytest.raises(BadInput) as refused:
        GrowthLoanTerms(**({"months": 12, "rate_annual_ppm": 100_000} | terms))
    assert refused.value.problems[0].field == field


def test_a_season_of_nothing_and_a_minimum_above_the_loan_are_refused():
    for terms in (GrowthLoanTerms(12, 100_000, (0,) * 12), GrowthLoanTerms(12, 0, minimum_instalment_fen=LOAN)):
        with pytest.raises(BadInput, match="weights"):
            GrowthLoan(START, LOAN, terms).instalments()
