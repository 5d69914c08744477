"""Features know what the day knew: nothing later moves them, and they say what their names say."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_platform import START, platform_tables
from work_done import calls_of

from credit.feature_specs import OWN_GROUPS, names_of
from credit.features import as_of
from credit.tables import conform, empty, validate, visible

HISTORY = platform_tables(firms=25, days=500)
DAYS = st.integers(0, 520).map(lambda days: START + timedelta(days=days))
KNOWN_ON = {
    "orders": "placed_on", "invoices": "issued_on", "facilities": "opened_on", "bureau": "known_on",
    "visits": "visited_on", "decisions": "decided_on", "resin_prices": "date", "operations": "month",
}  # fmt: skip
OUTCOME_ON = {"orders": "delivered_on", "invoices": "paid_on", "facilities": "closed_on", "payments": "paid_on"}


def test_the_made_up_platform_obeys_the_tables():
    assert validate(HISTORY) == []


@settings(max_examples=40, deadline=None)
@given(day=DAYS)
def test_features_need_no_more_than_what_was_visible(day):
    pd.testing.assert_frame_equal(as_of(HISTORY, day), as_of(visible(HISTORY, day), day))


@settings(max_examples=40, deadline=None)
@given(day=DAYS, shift=st.integers(1, 400), factor=st.sampled_from([2, 7]))
def test_shifting_and_changing_the_future_changes_nothing(day, shift, factor):
    now = pd.Timestamp(day)
    later = {name: table.copy() for name, table in HISTORY.items()}
    for name, column in KNOWN_ON.items():
        is_future = later[name][column] > now
        later[name].loc[is_future, column] += timedelta(days=shift)
        for amount in ("quantity_kg", "amount_fen", "principal_fen", "price_fen_per_tonne", "limit_fen", "logins"):
            if amount in later[name]:
                later[name].loc[is_future, amount] *= factor
    for name, column in OUTCOME_ON.items():
        is_future = later[name][column] > now
        later[name].loc[is_future, column] += timedelta(days=shift)
    later["orders"].loc[later["orders"]["delivered_on"] > now, "match_share"] = 0.0
    later["facilities"].loc[later["facilities"]["closed_on"] > now, "status"] = "written_off"
    later["payments"].loc[later["payments"]["paid_on"] > now, "paid_fen"] = 1
    later["firms"]["valid_from"] = later["firms"]["valid_from"].fillna(later["firms"]["platform_since"])
    changed = later["firms"].assign(valid_from=now + timedelta(days=shift), annual_revenue_fen=1)
    later["firms"] = conform("firms", pd.concat([later["firms"], changed]))
    pd.testing.assert_frame_equal(as_of(HISTORY, day), as_of(later, day))


def test_the_order_of_rows_changes_no_bit():
    shuffled = {name: table.sample(frac=1.0, random_state=3) for name, table in HISTORY.items()}
    day = START + timedelta(days=400)
    pd.testing.assert_frame_equal(as_of(HISTORY, day), as_of(shuffled, day), check_exact=True)


def test_one_firm_is_judged_by_its_own_rows():
    day, everyone = START + timedelta(days=450), as_of(HISTORY, START + timedelta(days=450))
    firm = everyone.index[3]
    own = {name: t[t["firm_id"] == firm] if "firm_id" in t else t for name, t in HISTORY.items()}
    people = HISTORY["controllers"].loc[HISTORY["controllers"]["firm_id"] == firm, "controller_id"]
    bureau = HISTORY["bureau"]
    own["bureau"] = bureau[(bureau["firm_id"] == firm) | bureau["controller_id"].isin(people)]
    own["payments"] = HISTORY["payments"][HISTORY["payments"]["facility_id"].isin(own["facilities"]["facility_id"])]
    pd.testing.assert_frame_equal(as_of(own, day), everyone.loc[[firm]], check_exact=True)


# --- one firm, counted by hand

DAY = date(2024, 7, 1)


def one_firm(**tables: list[dict]) -> dict[str, pd.DataFrame]:
    source = {"source": "by hand"}
    firm = {"firm_id": "F", "registered_on": "2014-07-01", "platform_since": "2023-07-01", "process": "film",
            "region": "44"}  # fmt: skip
    given_tables = {"firms": [firm]} | tables
    return {
        name: conform(name, pd.DataFrame([row | source for row in rows]).convert_dtypes())
        for name, rows in given_tables.items()
    }


def facility(name: str, opened: str, due: str, **more) -> dict:
    return {
        "facility_id": name, "firm_id": "F", "product": "purchase_loan", "wrapper": "micro_loan", "lender_id": "L",
        "opened_on": opened, "due_on": due, "principal_fen": 1000, "rate_annual": 0.1, "fee_fen": 0, "deposit_fen": 0,
        "collateral": "none", "status": "open",
    } | more  # fmt: skip


def instalment(name: str, due: str, paid: str | None = None, paid_fen: int = 0) -> dict:
    return {
        "payment_id": name,
        "facility_id": name,
        "due_on": due,
        "due_fen": 1000,
        "paid_on": paid,
        "paid_fen": paid_fen,
    }


def value(tables, feature: str) -> float:
    return float(as_of(tables, DAY).loc["F", feature])


@pytest.mark.parametrize(
    ("paid", "paid_fen", "current", "worst"),
    [
        (None, 0, 30, 30),  # due 1 June, open on 1 July
        ("2024-06-11", 1000, 0, 10),
        ("2024-06-11", 400, 30, 30),  # a part paid is not paid
        ("2024-06-11", 995, 0, 10),  # a rest below one in a hundred is immaterial
        ("2024-07-02", 1000, 30, 30),  # tomorrow's payment is not known today
        ("2024-05-20", 1000, 0, 0),
    ],
)
def test_days_past_due(paid, paid_fen, current, worst):
    tables = one_firm(
        facilities=[facility("A", "2024-04-15", "2024-06-01")], payments=[instalment("A", "2024-06-01", paid, paid_fen)]
    )
    assert value(tables, "current_dpd_days") == current
    assert value(tables, "worst_dpd_180d_days") == worst


def test_an_old_delay_is_forgotten_after_180_days_but_an_open_one_is_not():
    paid = one_firm(
        facilities=[facility("A", "2023-08-01", "2023-09-15")],
        payments=[instalment("A", "2023-09-15", "2023-11-15", 1000)],
    )
    still_open = one_firm(
        facilities=[facility("A", "2023-08-01", "2023-09-15")], payments=[instalment("A", "2023-09-15")]
    )
    assert np.isnan(value(paid, "worst_dpd_180d_days"))
    assert value(still_open, "current_dpd_days") == (DAY - date(2023, 9, 15)).days


def test_customers_who_have_not_paid_yet_count_as_late_to_date():
    def invoice(name: str, due: str, paid: str | None, buyer: str, amount: int) -> dict:
        sold = {"invoice_id": name, "firm_id": "F", "buyer_id": buyer, "issued_on": "2024-04-01", "due_on": due}
        return sold | {"amount_fen": amount, "paid_on": paid, "paid_fen": amount if paid else 0, "dilution_fen": 0}

    tables = one_firm(
        invoices=[
            invoice("1", "2024-06-01", "2024-06-11", "X", 300),  # 10 days late
            invoice("2", "2024-06-11", None, "X", 300),  # 20 days late and open
            invoice("3", "2024-08-01", None, "Y", 400),  # not due
        ]
    )
    assert value(tables, "customer_lateness_days") == 15
    assert value(tables, "overdue_receivables_share") == pytest.approx(300 / 700)
    assert value(tables, "top_buyer_share") == pytest.approx(0.6)


def test_personal_columns_are_unused_after_consent_ends():
    person = {"controller_id": "P", "firm_id": "F", "birth_year": 1980, "owns_home": True, "enquiries_3m": 4}
    enquiry = {
        "event_id": "E",
        "controller_id": "P",
        "happened_on": "2024-06-01",
        "known_on": "2024-06-02",
        "kind": "enquiry",
    }
    for until, age, enquiries in (("2024-07-01", 44, 1), ("2024-06-30", np.nan, 0), (None, np.nan, 0)):
        tables = one_firm(controllers=[person | {"consent_until": until}], bureau=[enquiry])
        features = as_of(tables, DAY).loc["F"]
        assert features["controller_age_years"] == pytest.approx(age, nan_ok=True)
        assert features["enquiries_90d"] == enquiries
        assert features[names_of("C")].isna().all() == bool(np.isnan(age))


def test_a_firm_without_history_has_a_row_of_what_is_known():
    features = as_of(one_firm(), DAY)
    assert list(features.columns) == names_of(*OWN_GROUPS)
    assert features.loc["F", "months_on_platform"] == pytest.approx(366 / 30.4375)
    assert features.loc["F", "repaid_facilities"] == 0
    assert np.isnan(features.loc["F", "order_gap_days"])
    assert len(as_of(one_firm(), date(2023, 6, 30))) == 0  # not on the platform yet
    assert len(as_of({"firms": empty("firms")}, DAY)) == 0


def test_ten_times_the_firms_are_reviewed_by_as_many_steps():
    day = START + timedelta(days=390)
    few, many = (platform_tables(firms=firms, days=400, seed=4) for firms in (40, 400))
    for tables in (few, many):
        as_of(tables, day)  # what is made once is made
    assert calls_of(lambda: as_of(many, day)) < 1.1 * calls_of(lambda: as_of(few, day))
