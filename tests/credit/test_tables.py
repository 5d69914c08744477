"""The tables reject what they must, let pass what is honest, and never look ahead."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pandera.errors
import pytest
from example_tables import DAYS, START, example_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.table_hash import hash_of_table
from credit.tables import (
    CONSENT_COLUMNS,
    TABLES,
    conform,
    empty,
    hash_of_tables,
    latest_rows,
    read_tables,
    schema,
    validate,
    visible,
    write_tables,
)

LATEST = date(2024, 12, 31)
HONEST = example_tables()
LARGER = example_tables(firms=100, rows=80)
EACH_COLUMN = [(name, column) for name, spec in TABLES.items() for column in spec.columns]
EACH_RULE = [(name, rule) for name, spec in TABLES.items() for rule in spec.rules]


def days_of(first: int = 0, last: int = DAYS) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda day: (START + timedelta(days=day)).date())


def spoilt(name: str, row: int, **cells) -> dict[str, pd.DataFrame]:
    """The honest tables with some cells of one row replaced."""
    table = HONEST[name].copy()
    for column, value in cells.items():
        table[column] = table[column].astype(object)
        table.loc[row, column] = value
    return HONEST | {name: table}


def found(tables: dict[str, pd.DataFrame], latest: date | None = LATEST) -> set[tuple]:
    return {(problem.file, problem.row, problem.field) for problem in validate(tables, latest)}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_honest_tables_have_no_problem(seed):
    assert validate(example_tables(seed=seed, rows=25), LATEST) == []


def test_long_tables_are_checked_too():
    assert validate(example_tables(500, rows=30_000), LATEST) == []


def test_every_column_has_a_meaning_and_every_quantity_a_unit():
    for _, column in EACH_COLUMN:
        assert len(column.meaning) > 2
        assert column.unit or column.kind not in ("integer", "number", "date", "month")
        assert ("_fen" in column.name) == (column.unit == "fen")


def spoilt_in_turn(name: str, spoils: list[tuple[str, object]]) -> set[tuple]:
    """Spoil one cell a row, row after row, and give what should be found."""
    table = LARGER[name].astype(object)
    expected = set()
    for row, (column, value) in enumerate(spoils):
        table.loc[row, column] = value
        expected.add((name, row + 1, column))
    missed = expected - found(LARGER | {name: table})
    assert len(spoils) <= len(table)
    assert not missed
    return expected


@pytest.mark.parametrize("name", TABLES)
def test_a_mandatory_cell_may_not_be_missing(name):
    mandatory = [column.name for column in TABLES[name].columns if not column.is_optional]
    assert spoilt_in_turn(name, [(column, None) for column in mandatory])
    expected = {(name, None, column) for column in mandatory}
    assert expected <= found(HONEST | {name: HONEST[name].drop(columns=mandatory)})


@pytest.mark.parametrize("name", TABLES)
def test_values_out_of_range_are_told_with_row_and_column(name):
    spoils = []
    for column in TABLES[name].columns:
        step = 1 if column.kind == "integer" else 0.001
        if column.low is not None:
            spoils.append((column.name, column.low - step))
        if column.high is not None:
            spoils.append((column.name, column.high + max(step, column.high * 1e-6)))
        if column.allowed:
            spoils.append((column.name, "Bakelite"))
        if column.pattern:
            spoils.append((column.name, "\x07"))
        if column.unit == "date":
            spoils += [(column.name, pd.Timestamp(column.earliest) - pd.Timedelta(1, unit="D"))]
            spoils += [(column.name, pd.Timestamp(2099, 1, 1))]
    assert spoilt_in_turn(name, spoils)


@pytest.mark.parametrize("name", [name for name, column in EACH_COLUMN if column.references])
def test_references_must_name_a_row(name):
    columns = [column.name for column in TABLES[name].columns if column.references]
    assert spoilt_in_turn(name, [(column, "nobody") for column in columns])


@pytest.mark.parametrize("name", TABLES)
def test_a_key_names_one_row(name):
    twice = HONEST[name].iloc[[*range(len(HONEST[name])), 0]]
    rows = {problem.row for problem in validate(HONEST | {name: twice}) if "must name a row once" in problem.rule}
    assert rows == {1, len(twice)}


BROKEN_RULES = {
    "platform_since must not lie before registered_on": ("firms", {"platform_since": pd.Timestamp(1998, 1, 1)}),
    "valid_from must not lie before registered_on": ("firms", {"valid_from": pd.Timestamp(1998, 1, 1)}),
    "industry_since must not lie before birth_year": ("controllers", {"birth_year": 1970, "industry_since": 1969}),
    "delivered_on must not lie before placed_on": ("orders", {"delivered_on": pd.Timestamp(2022, 12, 31)}),
    "an order with a facility_id must be paid by facility": ("orders", {"facility_id": "L0000", "paid_by": "cash"}),
    "due_on must not lie before issued_on": ("invoices", {"due_on": pd.Timestamp(2022, 12, 31)}),
    "paid_on must not lie more than a year before issued_on": ("invoices", {"paid_on": pd.Timestamp(2021, 12, 30)}),
    "paid_fen + dilution_fen must not exceed amount_fen": (
        "invoices", {"amount_fen": 100, "paid_fen": 60, "dilution_fen": 41, "paid_on": pd.Timestamp(2023, 6, 1)},
    ),
    "what was paid must carry the day it was paid": ("payments", {"paid_fen": 1, "paid_on": pd.NaT}),
    "due_on must not lie before opened_on": ("facilities", {"due_on": pd.Timestamp(2022, 12, 31)}),
    "closed_on must not lie before opened_on": (
        "facilities", {"closed_on": pd.Timestamp(2022, 12, 1), "status": "repaid"},
    ),
    "closed_on must stand exactly where status is not open": (
        "facilities", {"closed_on": pd.NaT, "status": "defaulted"},
    ),
    "fee_fen must not exceed principal_fen": ("facilities", {"fee_fen": 101, "principal_fen": 100}),
    "known_on must not lie before happened_on": ("bureau", {"known_on": pd.Timestamp(2022, 12, 31)}),
    "an event must concern a firm or a controller": ("bureau", {"firm_id": None, "controller_id": None}),
    "an override must carry its reason": ("decisions", {"is_override": True, "override_reason": None}),
}  # fmt: skip


def test_every_rule_between_columns_is_put_to_the_test():
    assert {rule.says for _, rule in EACH_RULE} == set(BROKEN_RULES)


@pytest.mark.parametrize(("says", "broken"), BROKEN_RULES.items(), ids=list(BROKEN_RULES))
def test_a_broken_rule_is_told_once_and_pandera_agrees(says, broken):
    name, cells = broken
    tables = spoilt(name, 1, **cells)
    told = [problem for problem in validate(tables, LATEST) if problem.rule == says]
    assert [(problem.file, problem.row) for problem in told] == [(name, 2)]
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        schema(name).validate(conform(name, tables[name]), lazy=True)
    assert says in set(caught.value.failure_cases["check"])


def test_instalments_follow_their_facility():
    before = HONEST["facilities"]["opened_on"].min() - pd.Timedelta(1, unit="D")
    assert found(spoilt("payments", 0, due_on=before)) == {("payments", 1, "due_on")}
    assert ("payments", 1, "paid_on") in found(spoilt("payments", 0, paid_on=before, paid_fen=5))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("invoices", {"paid_on": pd.Timestamp(2023, 1, 3), "issued_on": pd.Timestamp(2023, 3, 1),
                      "due_on": pd.Timestamp(2023, 3, 1), "paid_fen": 5, "dilution_fen": 0}),
        ("invoices", {"paid_on": pd.Timestamp(2023, 9, 1), "paid_fen": 0, "dilution_fen": 100, "amount_fen": 100}),
        ("payments", {"due_fen": 100, "paid_fen": 130, "paid_on": pd.Timestamp(2024, 1, 1)}),
        ("payments", {"due_fen": 0}),
        ("facilities", {"due_on": pd.Timestamp(2033, 1, 1)}),
        ("facilities", {"rate_annual": 0.0, "fee_fen": 0, "deposit_fen": 0}),
        ("orders", {"delivered_on": None, "match_share": None}),
        ("controllers", {"net_assets_fen": -5_000_000_00}),
        ("firms", {"valid_from": pd.Timestamp(2024, 6, 1)}),
        ("decisions", {"is_override": True, "override_reason": "经理复核"}),
        ("bureau", {"firm_id": None, "controller_id": "C0000"}),
    ],
    ids=["prepaid", "credited in full", "penalty interest", "grace", "ten years", "free of charge", "under way",
         "over-indebted", "changed firm", "override", "about the controller"],
)  # fmt: skip
def test_what_can_happen_passes(name, cells):
    assert validate(spoilt(name, 0, **cells), LATEST) == []


def test_dates_are_held_to_the_day_of_the_export_and_due_dates_to_ten_years_more():
    day = pd.Timestamp(LATEST)
    after = day + pd.Timedelta(1, unit="D")
    assert found(spoilt("visits", 0, visited_on=day)) == set()
    assert found(spoilt("visits", 0, visited_on=after)) == {("visits", 1, "visited_on")}
    assert found(spoilt("visits", 0, visited_on=after), latest=None) == set()
    assert found(spoilt("payments", 0, due_on=day + pd.DateOffset(years=10))) == set()
    assert found(spoilt("payments", 0, due_on=after + pd.DateOffset(years=10))) == {("payments", 1, "due_on")}


def test_unknown_tables_and_columns_are_named():
    problems = validate(HONEST | {"order": HONEST["orders"], "visits": HONEST["visits"].assign(mood="fine")})
    assert {(problem.file, problem.field) for problem in problems} == {("order", None), ("visits", "mood")}
    assert [problem.file for problem in validate({})] == ["firms"]


@settings(max_examples=12, deadline=None)
@given(days_of(-100, DAYS + 200))
def test_a_view_is_valid_and_seeing_it_again_changes_nothing(day):
    seen = visible(HONEST, day)
    assert validate(seen, day) == []
    assert hash_of_tables(visible(seen, day)) == hash_of_tables(seen)


@settings(max_examples=12, deadline=None)
@given(days_of(), st.integers(0, 300))
def test_an_early_view_of_a_later_view_is_the_early_view(day, days_later):
    def without_people(tables):  # a consent that ends takes knowledge away
        return tables | {"controllers": tables["controllers"].drop(columns=list(CONSENT_COLUMNS))}

    later = visible(HONEST, day + timedelta(days=days_later))
    assert hash_of_tables(without_people(visible(later, day))) == hash_of_tables(without_people(visible(HONEST, day)))


@settings(max_examples=12, deadline=None)
@given(days_of(), st.integers(0, 10_000))
def test_the_future_does_not_reach_back(day, seed):
    """Whatever is done to what happened after a day, the view of the day stays the same."""
    rng = np.random.default_rng(seed)
    after = pd.Timestamp(day) + pd.Timedelta(1, unit="D")

    def moved(days):  # future outcomes fall on other future days, or away
        later = days >= after
        return days.mask(later & (rng.random(len(days)) < 0.5), pd.NaT).mask(later & days.notna(), after)

    other = {name: table.copy() for name, table in HONEST.items()}
    for name, outcome in (("orders", "delivered_on"), ("payments", "paid_on"), ("invoices", "paid_on")):
        later = other[name][outcome] >= after
        other[name][outcome] = moved(other[name][outcome])
        if "paid_fen" in other[name]:
            other[name]["paid_fen"] = other[name]["paid_fen"].mask(later, 7)
    other["invoices"]["dilution_fen"] = other["invoices"]["dilution_fen"].mask(
        HONEST["invoices"]["paid_on"] >= after, 3
    )
    other["facilities"]["status"] = other["facilities"]["status"].mask(
        other["facilities"]["closed_on"] >= after, "written_off"
    )
    for name, known in (
        ("orders", "placed_on"),
        ("invoices", "issued_on"),
        ("bureau", "known_on"),
        ("visits", "visited_on"),
    ):
        other[name] = other[name][other[name][known] < after].sample(frac=1, random_state=seed)
    assert hash_of_tables(visible(other, day)) == hash_of_tables(visible(HONEST, day))


def test_personal_data_are_not_seen_without_consent():
    people = HONEST["controllers"].assign(
        consent_until=pd.to_datetime([None, "2023-06-30"] + ["2030-01-01"] * (len(HONEST["firms"]) - 2))
    )
    tables = HONEST | {"controllers": conform("controllers", people)}
    on_the_day, day_after = (visible(tables, day)["controllers"] for day in (date(2023, 6, 30), date(2023, 7, 1)))
    assert on_the_day.loc[0, list(CONSENT_COLUMNS)].isna().all()
    assert on_the_day.loc[1, "birth_year"] == people.loc[1, "birth_year"]
    assert day_after.loc[1, list(CONSENT_COLUMNS)].isna().all()
    assert day_after.loc[2, "birth_year"] == people.loc[2, "birth_year"]


def test_a_changed_firm_is_a_new_row_from_its_day_on():
    old = HONEST["firms"]
    grown = old.iloc[[0]].assign(employees=999, valid_from=pd.Timestamp(2023, 9, 1))
    tables = HONEST | {"firms": conform("firms", pd.concat([old.astype(object), grown.astype(object)]))}
    assert validate(tables, LATEST) == []
    for day, employees in ((date(2023, 8, 31), old.loc[0, "employees"]), (date(2023, 9, 1), 999)):
        now = latest_rows(visible(tables, day)["firms"], "firm_id")
        assert now["firm_id"].is_unique
        assert now.set_index("firm_id").loc[old.loc[0, "firm_id"], "employees"] == employees


def test_the_hash_is_of_the_content_alone(tmp_path):
    shuffled = {
        name: table.sample(frac=1, random_state=3)[list(reversed(table.columns))] for name, table in HONEST.items()
    }
    write_tables(shuffled, tmp_path / "out")
    assert hash_of_tables(shuffled) == hash_of_tables(HONEST) == hash_of_tables(read_tables(tmp_path / "out"))


def test_the_hash_notices_every_cell():
    for name, column in EACH_COLUMN:
        spec = TABLES[name]
        cell = HONEST[name][column.name].iloc[3]
        if column.kind in ("date", "month"):
            other = pd.Timestamp(2023, 5, 1) if pd.isna(cell) else cell + pd.Timedelta(1, unit="D")
        elif column.kind == "flag":
            other = True if pd.isna(cell) else not cell
        elif column.kind in ("integer", "number"):
            other = 1 if pd.isna(cell) else cell + 1
        else:
            other = "other" if pd.isna(cell) else f"{cell}x"
        table = conform(name, spoilt(name, 3, **{column.name: other})[name])
        hashes = {hash_of_table(name, one, spec.columns, spec.key) for one in (table, HONEST[name])}
        assert len(hashes) == 2, column.name


def test_equal_tables_give_equal_bytes_and_come_back_as_they_were(tmp_path):
    for folder in ("one", "two"):
        write_tables(HONEST, tmp_path / folder)
    back = read_tables(tmp_path / "one")
    for name in TABLES:
        assert (tmp_path / "one" / f"{name}.parquet").read_bytes() == (
            tmp_path / "two" / f"{name}.parquet"
        ).read_bytes()
        pd.testing.assert_frame_equal(back[name], HONEST[name])
        assert (
            back[name].dtypes.astype(str).to_dict() == TABLES[name].dtypes == empty(name).dtypes.astype(str).to_dict()
        )


def test_casting_takes_what_is_exact_and_refuses_what_is_not():
    payments = pd.DataFrame(
        {"payment_id": [1.0, 2.0], "facility_id": [7, 8], "due_on": ["2023-05-01", "2023-06-01"],
         "due_fen": [100.0, 200.0], "source": "x",
         "paid_on": [None, date(2023, 6, 1)], "paid_fen": pd.array([0, 200], dtype="Int64")}
    )  # fmt: skip
    cast = conform("payments", payments)
    assert cast["payment_id"].tolist() == ["1", "2"]
    assert cast["due_fen"].tolist() == [100, 200]
    for column, cell in (
        ("due_fen", 100.5), ("due_fen", float("inf")), ("due_fen", 2.0**60), ("due_fen", "1,000"), ("due_fen", True),
        ("due_on", "2023-02-30"), ("due_on", 45_000), ("due_on", date(9999, 12, 31)), ("payment_id", 1.5),
    ):  # fmt: skip
        frame = payments.astype(object)
        frame.loc[1, column] = cell
        with pytest.raises(BadInput) as caught:
            conform("payments", frame)
        assert [(problem.field, problem.row) for problem in caught.value.problems] == [(column, 2)]
