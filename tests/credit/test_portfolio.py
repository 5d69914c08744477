"""A small book worked by hand; flow is not balance; arrears never flatter a young cohort."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit import portfolio, vintages
from credit.concentration import concentration
from credit.errors import BadInput
from credit.portfolio import book_of, day_number, implied_balance_fen, non_performing

JAN = date(2024, 1, 10)


def facility(name, firm, opened, due, principal, status="open", closed=None):
    return {
        "facility_id": name,
        "firm_id": firm,
        "opened_on": opened,
        "due_on": due,
        "principal_fen": principal,
        "status": status,
        "closed_on": closed,
    }


def instalment(facility_id, due, due_fen, paid=None, paid_fen=0):
    return {"facility_id": facility_id, "due_on": due, "due_fen": due_fen, "paid_on": paid, "paid_fen": paid_fen}


def tables(facilities, payments):
    frames = pd.DataFrame(facilities), pd.DataFrame(payments)
    for frame, columns in zip(frames, (("opened_on", "due_on", "closed_on"), ("due_on", "paid_on")), strict=True):
        for column in columns:
            frame[column] = pd.to_datetime(frame[column])
    return frames


def after(days):
    return JAN + timedelta(days=days)


def by_hand():
    """Four loans of January (on time, 40 days late, in default since day 120, a half-paid lease) and one of March."""
    return tables(
        [
            facility("on_time", "F1", JAN, after(30), 100_000, "repaid", after(30)),
            facility("late", "F2", JAN, after(30), 200_000, "repaid", after(70)),
            facility("lost", "F3", JAN, after(30), 300_000, "defaulted", after(120)),
            facility("lease", "F1", JAN, after(120), 400_000),
            facility("young", "F2", date(2024, 3, 5), date(2024, 6, 3), 50_000),
        ],
        [
            instalment("on_time", after(30), 101_000, after(30), 101_000),
            instalment("late", after(30), 202_000, after(70), 204_000),
            instalment("lost", after(30), 303_000),
            instalment("lease", after(60), 210_000, after(60), 210_000),
            instalment("lease", after(120), 210_000, after(125), 105_000),
            instalment("young", date(2024, 6, 3), 51_000),
        ],
    )


def book(as_of):
    return book_of(*by_hand(), as_of)


def test_days_past_due_by_hand():
    told = book(after(200))
    assert told.days_past_due(day_number(after(30))).tolist() == [0, 0, 0, 0, 0]
    assert told.days_past_due(day_number(after(31))).tolist() == [0, 1, 1, 0, 0]
    assert told.days_past_due(day_number(after(70))).tolist() == [0, 0, 40, 0, 0]
    young = (after(130) - date(2024, 6, 3)).days
    assert told.days_past_due(day_number(after(130))).tolist() == [0, 0, 100, 10, max(young, 0)]


def test_balance_by_hand_and_partial_payment_is_no_settlement():
    told = book(after(200))
    assert told.balance_fen(day_number(after(10))).tolist() == [100_000, 200_000, 300_000, 400_000, 0]
    assert told.balance_fen(day_number(after(65))).tolist() == [0, 200_000, 300_000, 200_000, 50_000]
    assert told.balance_fen(day_number(after(130))).tolist() == [0, 0, 300_000, 100_000, 50_000]


def test_marks_by_hand():
    told = book(after(200))
    first_30 = told.first_day_at(30) - day_number(JAN)
    assert first_30[[1, 2, 3]].tolist() == [60, 60, 150]
    assert told.first_day_at(30)[0] == told.first_day_at(90)[1] == portfolio.NEVER
    assert told.first_day_at(90)[2] == day_number(after(120))


def test_what_came_later_is_not_known():
    on_day_50 = book(after(50))
    facilities, payments = by_hand()
    future = payments["paid_on"] > pd.Timestamp(after(50))
    payments.loc[future, ["paid_on", "paid_fen"]] = [pd.NaT, 0]
    gone = facilities["closed_on"] > pd.Timestamp(after(50))
    facilities.loc[gone, "status"] = "open"
    facilities.loc[gone, "closed_on"] = pd.NaT
    blind = book_of(facilities, payments, after(50))
    for day in (after(20), after(45), after(50)):
        np.testing.assert_array_equal(on_day_50.balance_fen(day_number(day)), blind.balance_fen(day_number(day)))
        np.testing.assert_array_equal(on_day_50.days_past_due(day_number(day)), blind.days_past_due(day_number(day)))
    assert on_day_50.size == 4


def test_vintages_by_hand():
    table = vintages.vintages(book(after(200)), 30).set_index(["cohort", "months_on_book"])
    january = table.loc[pd.Period("2024-01", "M")]
    assert january["facilities"].tolist() == [4] * len(january)
    assert january["bad"].tolist()[:6] == [0, 0, 2, 2, 2, 3]
    assert january.loc[2, "share_by_amount"] == pytest.approx(500_000 / 1_000_000)
    assert january.loc[5, "share_by_amount"] == pytest.approx(600_000 / 1_000_000)
    assert np.all((january["low"] <= january["share"]) & (january["share"] <= january["high"]))
    # The book ends on 28 July: July is not over, so January is told up to month 5 and March up to month 3.
    assert january.index.max() == 5
    assert table.loc[pd.Period("2024-03", "M")].index.max() == 3
    ninety = vintages.vintages(book(after(200)), 90, cohort="Q").set_index(["cohort", "months_on_book"])
    quarter = ninety.loc[pd.Period("2024Q1", "Q")]
    assert quarter["facilities"].iloc[0] == 5
    assert quarter.index.max() == 3
    assert quarter["bad"].tolist() == [0, 0, 0, 0]


def test_vintages_never_fall_with_age():
    table = vintages.vintages(random_book(400), 30)
    for _, part in table.groupby("cohort"):
        assert part["share"].is_monotonic_increasing
        assert part["share_by_amount"].is_monotonic_increasing


def test_cycles_count_only_when_they_can_be_judged():
    opened = [after(60 * i) for i in range(3)]
    facilities = [facility(f"c{i}", "F1", day, day + timedelta(days=30), 100) for i, day in enumerate(opened)]
    facilities += [facility("d0", "F2", JAN, after(30), 100)]
    payments = [instalment(f"c{i}", day + timedelta(days=30), 100) for i, day in enumerate(opened)]
    payments[0] |= {"paid_on": after(30), "paid_fen": 100}
    payments += [instalment("d0", after(30), 100)]
    told = vintages.cycle_vintages(book_of(*tables(facilities, payments), after(125)), 30)
    assert told[["cycle", "facilities", "bad", "obligors"]].to_numpy().tolist() == [[1, 2, 1, 2], [2, 1, 1, 2]]
    assert told["cumulative_share"].tolist() == [0.5, 1.0]


def test_roll_rates_by_hand_and_rows_sum_to_one():
    days = [after(20), after(50), after(80)]
    table = vintages.roll_rates(book(after(200)), days)
    told = table.set_index(["start", "end"])
    assert told.loc[("0", "repaid"), "moved"] == 1
    assert told.loc[("0", "16-30"), "moved"] == 2
    assert told.loc[("16-30", "31-60"), "moved"] == 1
    assert told.loc[("16-30", "repaid"), "share"] == 0.5
    assert told.loc[("16-30", "31-60"), "share_by_amount"] == pytest.approx(0.6)
    for column in ("share", "share_by_amount"):
        np.testing.assert_allclose(table.groupby("start")[column].sum(), 1.0)


def test_buckets_are_those_of_the_classification():
    edges = [0, 1, 7, 8, 15, 16, 30, 31, 60, 61, 90, 91, 180, 181, 270, 271, 360, 361]
    names = [portfolio.BUCKETS[b] for b in portfolio.bucket_of(np.array(edges))]
    assert names == ["0", "1-7", "1-7", "8-15", "8-15", "16-30", "16-30", "31-60", "31-60", "61-90", "61-90",
                     "91-180", "91-180", "181-270", "181-270", "271-360", "271-360", ">360"]  # fmt: skip


def test_ten_billion_of_flow_is_not_ten_billion_of_balance():
    assert implied_balance_fen(10e9, 365, 30) == pytest.approx(0.8e9, rel=0.03)
    assert implied_balance_fen(10e9, 365, 60) == pytest.approx(1.6e9, rel=0.03)


def steady_book(tenor_days, loans=600):
    start = date(2022, 1, 1)
    opened = [start + timedelta(days=i) for i in range(loans)]
    due = [day + timedelta(days=tenor_days) for day in opened]
    facilities = [
        facility(f"x{i}", f"F{i % 50}", o, d, 1_000_000, "repaid", d)
        for i, (o, d) in enumerate(zip(opened, due, strict=True))
    ]
    payments = [instalment(f"x{i}", d, 1_010_000, d, 1_010_000) for i, d in enumerate(due)]
    return book_of(*tables(facilities, payments), start + timedelta(days=loans - 1))


@pytest.mark.parametrize("tenor_days", [30, 45, 60])
def test_a_steady_book_turns_as_littles_law_says(tenor_days):
    told = steady_book(tenor_days)
    speed = told.speed(told.as_of - 364, told.as_of)
    assert speed.disbursed_fen == 365 * 1_000_000
    assert speed.mean_balance_fen == pytest.approx(tenor_days * 1_000_000)
    assert speed.closing_balance_fen == tenor_days * 1_000_000
    assert speed.turns_annual == pytest.approx(365 / tenor_days)
    assert speed.implied_tenor_days == pytest.approx(tenor_days)
    assert told.weighted_average_life_days() == tenor_days == told.weighted_average_life_days(is_realised=True)


def random_book(loans, seed=0):
    chance = np.random.default_rng(seed)
    start = date(2023, 1, 1)
    facilities, payments = [], []
    for i in range(loans):
        opened = start + timedelta(days=int(chance.integers(0, 400)))
        parts = int(chance.integers(1, 4))
        dues = [opened + timedelta(days=30 * (k + 1)) for k in range(parts)]
        status, closed = "open", None
        lates = chance.choice([0, 5, 20, 45, 200], size=parts, p=[0.6, 0.15, 0.1, 0.1, 0.05])
        paid = [d + timedelta(days=int(late)) for d, late in zip(dues, lates, strict=True)]
        if i % 17 == 0:
            status, closed = "written_off", dues[-1] + timedelta(days=150)
        elif i % 3 == 0:
            status, closed = "repaid", max(paid)
        facilities.append(
            facility(f"r{i}", f"F{i % 60}", opened, dues[-1], int(chance.integers(1, 50)) * 10_000, status, closed)
        )
        payments += [
            instalment(
                f"r{i}", d, 100_000, None if status == "written_off" else p, 0 if status == "written_off" else 100_000
            )
            for d, p in zip(dues, paid, strict=True)
        ]
    return book_of(*tables(facilities, payments), date(2024, 12, 31))


def test_the_mean_balance_is_that_of_a_walk_through_the_days():
    told = random_book(150)
    first, last = told.as_of - 500, told.as_of - 200
    walked = np.mean([told.balance_fen(day).sum() for day in range(first, last + 1)])
    assert told.speed(first, last).mean_balance_fen == pytest.approx(walked, rel=1e-12)


def test_first_day_at_a_mark_is_that_of_a_walk_through_the_days():
    told = random_book(120, seed=3)
    is_status_default = np.isin(told.status, ("defaulted", "restructured", "written_off"))
    walked = np.full(told.size, portfolio.NEVER)
    for day in range(told.as_of, int(told.opened.min()), -1):
        walked[told.days_past_due(day) >= 30] = day
    walked = np.minimum(walked, np.where(is_status_default, told.closed, portfolio.NEVER))
    np.testing.assert_array_equal(told.first_day_at(30), walked)


def test_growth_flatters_the_plain_share_of_non_performing_loans():
    def npl(growth):
        start = date(2022, 1, 1)
        facilities, payments = [], []
        for month in range(24):
            opened = start + timedelta(days=30 * month)
            for i in range(round(20 * growth**month)):
                name = f"g{month}_{i}"
                due = opened + timedelta(days=60)
                is_bad = i % 20 == 0
                facilities.append(
                    facility(name, name, opened, due, 100, "open" if is_bad else "repaid", None if is_bad else due)
                )
                payments.append(instalment(name, due, 100, None if is_bad else due, 0 if is_bad else 100))
        told = book_of(*tables(facilities, payments), start + timedelta(days=720))
        return non_performing(told, [start + timedelta(days=715)], lag_days=150).iloc[0]

    flat, growing = npl(1.0), npl(1.15)
    assert growing["share"] < flat["share"] * 0.75
    assert growing["lagged_share"] / growing["share"] > flat["lagged_share"] / flat["share"]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60).filter(lambda xs: sum(xs) > 0))
def test_concentration_bounds(balances):
    told = concentration(np.array(balances))
    assert 1.0 / told.names - 1e-12 <= told.hhi <= 1.0 + 1e-12
    assert told.top_shares["top_1"] <= told.top_shares["top_10"] <= told.top_shares["top_20"] <= 1.0 + 1e-12


def test_equal_names_have_the_least_concentration():
    told = concentration(np.full(50, 7))
    assert told.effective_names == pytest.approx(50)
    assert told.top_shares["top_10"] == pytest.approx(0.2)


def test_a_hundred_thousand_facilities_are_a_matter_of_seconds():
    count = 100_000
    opened = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(count) % 700, unit="D")
    due = opened + pd.to_timedelta(30 + np.arange(count) % 31, unit="D")
    paid = due + pd.to_timedelta(np.where(np.arange(count) % 23 == 0, 50, 0), unit="D")
    names = np.arange(count).astype(str)
    facilities = pd.DataFrame(
        {
            "facility_id": names,
            "firm_id": (np.arange(count) % 9000).astype(str),
            "opened_on": opened,
            "due_on": due,
            "principal_fen": 25_000_000,
            "status": "repaid",
            "closed_on": paid,
        }
    )
    payments = pd.DataFrame(
        {"facility_id": names, "due_on": due, "due_fen": 25_300_000, "paid_on": paid, "paid_fen": 25_300_000}
    )
    told = book_of(facilities, payments, date(2025, 6, 30))
    assert vintages.vintages(told, 30)["bad"].max() > 0
    assert len(vintages.roll_rates(told, [date(2024, m, 28) for m in range(1, 13)])) > 10
    assert vintages.cycle_vintages(told, 30)["bad"].sum() == len(range(0, count, 23))
    assert concentration(told.by_firm(told.balance_fen(day_number(date(2024, 6, 30))))).hhi < 0.001


def test_orphans_and_empty_windows_are_refused():
    facilities, payments = by_hand()
    with pytest.raises(BadInput, match="must name a row of facilities"):
        book_of(facilities, payments.assign(facility_id="ghost"), after(100))
    told = book(after(100))
    with pytest.raises(BadInput, match="first <= last"):
        told.speed(told.as_of, told.as_of + 1)
    with pytest.raises(BadInput, match="two or more days"):
        vintages.roll_rates(told, [after(10)])
    with pytest.raises(BadInput, match="positive sum"):
        concentration(np.zeros(3))
