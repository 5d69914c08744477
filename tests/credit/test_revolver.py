"""The turnover revolver: quoted day rates as yields, limits kept, every draw repaid."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.contract_rates import rates_of
from credit.contracts import Ending, FlowKind, LineEvent, Party, RevolverTerms, TurnoverRevolver
from credit.errors import BadInput

START = date(2026, 1, 15).toordinal()
LIMIT = 50_000_000


def line(*events, months=12, **terms):
    planned = tuple(LineEvent(START + age, amount) for age, amount in events)
    return TurnoverRevolver(START, LIMIT, RevolverTerms(months, 350, **terms), planned)


@st.composite
def lines(draw):
    months = draw(st.integers(2, 18))
    repayment = draw(st.integers(0, months - 1))
    terms = RevolverTerms(
        months=months,
        day_rate_ppm=draw(st.integers(0, 1_000)),
        commitment_annual_ppm=draw(st.integers(0, 20_000)),
        fee_ppm=draw(st.integers(0, 10_000)),
        ending=Ending.EQUAL_PRINCIPAL if repayment else Ending.BULLET,
        repayment_months=repayment,
    )
    ages = sorted(draw(st.lists(st.integers(0, 28 * (months - repayment) - 1), min_size=1, max_size=8)))
    events, balance = [], 0
    for age in ages:
        target = draw(st.integers(0, LIMIT).filter(lambda level, now=balance: level != now))
        events.append(LineEvent(START + age, target - balance))
        balance = target
    return TurnoverRevolver(START, LIMIT, terms, tuple(events))


def test_thirty_five_hundred_thousandths_a_day_is_thirteen_and_a_half_percent_a_year():
    """DOMAIN §2.4: 0.035 % a day is 12.8 % nominal and 13.6 % effective."""
    rates = rates_of(line((0, LIMIT)))
    assert rates.simple_annual == pytest.approx(0.12775, abs=1e-9)
    assert rates.nominal_irr == pytest.approx(0.128, abs=5e-4)
    assert rates.effective_annual == pytest.approx(0.136, abs=6e-4)


def test_interest_runs_by_the_day_on_what_is_drawn():
    drawn_late = line((0, LIMIT // 2), (10, LIMIT // 2), months=1)
    assert drawn_late.statements()[0].interest_fen == round((25_000_000 * 10 + 50_000_000 * 21) * 350 / 1e6)


def test_equal_parts_wind_the_line_down():
    wound_down = line((0, 30_000_000), months=6, ending=Ending.EQUAL_PRINCIPAL, repayment_months=3)
    assert [month.principal_fen for month in wound_down.statements()] == [0, 0, 0, 10_000_000, 10_000_000, 10_000_000]


def test_what_may_no_longer_be_drawn_costs_no_commitment_fee():
    terms = {"months": 6, "ending": Ending.EQUAL_PRINCIPAL, "repayment_months": 3, "commitment_annual_ppm": 5_000}
    fees = [month.commitment_fen for month in line((0, 30_000_000), **terms).statements()]
    assert all(fee > 0 for fee in fees[:3])
    assert fees[3:] == [0, 0, 0]


@settings(max_examples=60, deadline=None)
@given(lines())
def test_value_is_conserved_every_draw_is_repaid_and_exposure_stays_under_the_limit(contract):
    assert set(contract.net_by_day(list(Party)).values()) == {0}
    assert contract.total_fen(Party.LENDER, FlowKind.DRAW) == contract.total_fen(Party.SME, FlowKind.PRINCIPAL)
    profile = contract.exposure_profile()
    assert len(profile) == contract.end_day - START + 1
    longest_month = 31 * contract.terms.day_rate_ppm / 1e6
    churn = max(
        sum(e.amount_fen for e in contract.events if e.day == d and e.amount_fen > 0) for d, _ in contract.events
    )
    assert max(profile) <= (LIMIT + churn) * (1 + longest_month) + 1
    last = contract.statements()[-1]
    assert profile[-1] == pytest.approx(last.closing_fen + last.interest_fen, abs=1)


@settings(max_examples=30, deadline=None)
@given(lines())
def test_a_dearer_line_never_costs_less(contract):
    def interest(day_rate_ppm):
        terms = RevolverTerms(
            contract.terms.months,
            day_rate_ppm,
            ending=contract.terms.ending,
            repayment_months=contract.terms.repayment_months,
        )
        dearer = TurnoverRevolver(START, LIMIT, terms, contract.events)
        return dearer.total_fen(Party.SME, FlowKind.INTEREST)

    assert interest(300) <= interest(400) <= interest(500)


@pytest.mark.parametrize(
    ("events", "rule"),
    [
        ([(0, LIMIT + 1)], "no more than the limit"),
        ([(0, 100), (5, -101)], "more than is drawn"),
        ([(5, 100), (4, 100)], "must not lie before"),
        ([(-1, 100)], "before the first day"),
        ([(0, 0)], "above 0 for a draw"),
        ([(365, 100)], "before the last day"),
    ],
)
def test_events_that_break_the_line_are_refused(events, rule):
    with pytest.raises(BadInput, match=rule):
        line(*events)


def test_nothing_is_drawn_in_the_months_of_repayment():
    with pytest.raises(BadInput, match="months of repayment"):
        line((0, 100), (200, 100), ending=Ending.EQUAL_PRINCIPAL, repayment_months=6)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"months": 0}, "months"),
        ({"months": 12, "repayment_months": 3}, "repayment_months"),
        ({"months": 12, "ending": Ending.EQUAL_PRINCIPAL}, "repayment_months"),
        ({"months": 12, "commitment_annual_ppm": -1}, "commitment_annual_ppm"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(terms, field):
    with pytest.raises(BadInput) as refused:
        RevolverTerms(**({"day_rate_ppm": 350} | terms))
    assert refused.value.problems[0].field == field
