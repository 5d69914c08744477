"""An export is read exactly or refused with a name for what is wrong; never half, never with a traceback."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from example_tables import START, example_tables
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.export_files import decode
from credit.export_mapping import Mapping, mapping_schema, read_mapping
from credit.exports import Export, read_export
from credit.files import DATA
from credit.table_casts import Reading, cast
from credit.tables import TABLES, hash_of_tables, validate, visible, write_tables

TODAY = date(2024, 12, 31)
TABLES_THERE = example_tables()
HASH = hash_of_tables(TABLES_THERE)


def read(folder: Path, mapping: dict | None = None, today: date = TODAY, as_of: date | None = None) -> Export:
    if mapping is None:
        return read_export(folder, None, today, as_of)
    path = folder.parent / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    return read_export(folder, path, today, as_of)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An honest export in CSV, UTF-8."""
    return written(tmp_path / "export")


def written(folder: Path, tables: dict[str, pd.DataFrame] | None = None, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in (tables or TABLES_THERE).items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding=encoding)
    return folder


# --- one content, however it is written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_encoding_gives_the_same_tables(tmp_path, encoding):
    export = read(written(tmp_path / "export", encoding=encoding))
    assert hash_of_tables(export.tables) == HASH
    told = {"utf-8-sig": "utf-8 with BOM"}.get(encoding, encoding)
    assert export.encodings["firms"] == told  # firms hold Chinese text; the other tables are plain ASCII
    assert export.encodings["payments"] == ("utf-8 with BOM" if encoding == "utf-8-sig" else "utf-8")


def test_parquet_gives_the_same_tables(tmp_path):
    write_tables(TABLES_THERE, tmp_path / "ours")
    (tmp_path / "pandas").mkdir()
    for (
        name,
        table,
    ) in TABLES_THERE.items():  # as pandas writes it by default: time stamps, floats where cells are missing
        plain = table.astype({column: "float64" for column, dtype in table.dtypes.items() if str(dtype) == "Int64"})
        plain.to_parquet(tmp_path / "pandas" / f"{name}.parquet")
    for one in ("ours", "pandas"):
        export = read(tmp_path / one)
        assert hash_of_tables(export.tables) == HASH
        assert set(export.encodings.values()) == {"parquet"}


def test_line_ends_blank_lines_padding_and_column_order_do_not_matter(folder):
    lines = (folder / "orders.csv").read_text(encoding="utf-8").splitlines()
    ends = ("\n", "\r\n", "\r", "\n\n")
    mixed = "".join(line.replace(",", " , ") + ends[at % 4] for at, line in enumerate(lines))
    (folder / "orders.csv").write_text(mixed, encoding="utf-8", newline="")
    visits = TABLES_THERE["visits"]
    visits[list(reversed(visits.columns))].to_csv(folder / "visits.csv", index=False)
    assert hash_of_tables(read(folder).tables) == HASH


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_yuan_become_fen_exactly(fen):
    column, yuan = TABLES["controllers"].column("net_assets_fen"), Reading(is_money_in_yuan=True)
    written_in_full = f"{Decimal(fen) / 100:.2f}"
    for form in (
        written_in_full,
        written_in_full + "000",
        written_in_full.rstrip("0").rstrip(".") if fen % 100 else str(fen // 100),
    ):
        assert cast(pd.Series([form]), column, yuan)[0].tolist() == [fen]
    assert cast(pd.Series([float(written_in_full)]), column, yuan)[0].tolist() == [fen]
    broken = f"{written_in_full}1"
    assert [failure.rows.tolist() for failure in cast(pd.Series([broken]), column, yuan)[1]] == [[0]]


def test_a_third_decimal_of_yuan_is_refused_also_in_floats():
    column, yuan = TABLES["controllers"].column("net_assets_fen"), Reading(is_money_in_yuan=True)
    values, failures = cast(pd.Series([0.1 + 0.2, 0.3, 1234.565, 1e300, np.nan]), column, yuan)
    assert failures[0].rows.tolist() == [0, 2, 3]
    assert values.tolist()[1] == 30


def test_the_example_mapping_reads_a_chinese_export(tmp_path):
    mapping = read_mapping(DATA / "mappings" / "example.yaml")
    export = tmp_path / "export"
    export.mkdir()
    (export / "说明.csv").write_bytes("随便写的".encode("gb18030"))
    wanted = {
        "firms": TABLES_THERE["firms"].drop(columns=["employees"]).assign(region="44"),
        "orders": TABLES_THERE["orders"].assign(paid_by="cash", match_share=np.nan).drop(columns="facility_id"),
        "resin_prices": TABLES_THERE["resin_prices"],
    }
    for name, table in wanted.items():
        theirs = {ours: name for name, ours in mapping.table(name).columns.items()}
        words = {
            column: {ours: word for word, ours in told.items()} for column, told in mapping.table(name).values.items()
        }
        foreign = table.drop(columns="source").replace(words)
        reading = mapping.reading_of(name)
        for column in TABLES[name].columns:
            if column.name in foreign and column.unit == "date" and reading.date_format:
                foreign[column.name] = foreign[column.name].dt.strftime(reading.date_format)
            if column.name in foreign and column.unit == "fen" and reading.is_money_in_yuan:
                foreign[column.name] = [
                    None if pd.isna(fen) else f"{fen // 100}.{fen % 100:02d}" for fen in foreign[column.name]
                ]
        foreign = foreign.rename(columns=theirs)
        if name == "firms":
            foreign = foreign.assign(备注="无")
        path = export / (mapping.table(name).file or f"{name}.csv")
        foreign.to_csv(path, index=False, na_rep="NULL", encoding=mapping.encoding_of(name))
    found = read_export(export, DATA / "mappings" / "example.yaml", TODAY)
    sources = {"resin_prices": "exchange"}
    for name, table in wanted.items():
        expected = table.assign(source=sources.get(name, "erp_2024"))
        assert hash_of_tables({name: found.tables[name]}) == hash_of_tables({name: expected}), name
    assert set(found.absent) == set(TABLES) - set(wanted)


def test_other_types_of_parquet_columns_are_taken_when_they_are_exact(tmp_path):
    firms = TABLES_THERE["firms"].assign(firm_id=np.arange(float(len(TABLES_THERE["firms"]))), region=44)
    firms["platform_since"] = firms["platform_since"].dt.tz_localize("Asia/Shanghai")  # midnight: a day after all
    decisions = TABLES_THERE["decisions"].assign(
        firm_id=3, reasons=[["low_match", "young_firm"]] * len(TABLES_THERE["decisions"])
    )
    decisions["decided_on"] = decisions["decided_on"] + pd.Timedelta(14, unit="h")  # a time of day is cut off
    for name, table in (("firms", firms), ("decisions", decisions)):
        table.to_parquet(tmp_path / f"{name}.parquet")
    export = read(tmp_path)
    assert export.tables["firms"]["firm_id"].tolist() == [str(number) for number in range(len(firms))]
    assert export.tables["firms"]["platform_since"].equals(TABLES_THERE["firms"]["platform_since"])
    assert set(export.tables["decisions"]["reasons"]) == {"low_match;young_firm"}
    assert export.tables["decisions"]["decided_on"].equals(TABLES_THERE["decisions"]["decided_on"])


def test_time_stamps_with_a_zone_need_the_zone_in_which_they_are_days(tmp_path):
    firms = TABLES_THERE["firms"]
    utc = firms["platform_since"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")  # 16:00 of the day before
    export = tmp_path / "export"
    export.mkdir()
    firms.assign(platform_since=utc).to_parquet(export / "firms.parquet")
    with pytest.raises(BadInput, match="time_zone"):
        read(export)
    assert read(export, {"time_zone": "Asia/Shanghai"}).tables["firms"].equals(firms)


# --- tables that are absent, cut or counted


def test_only_firms_are_mandatory_and_absent_tables_are_empty_and_told(tmp_path):
    export = read(written(tmp_path / "export", {"firms": TABLES_THERE["firms"]}))
    assert export.absent == tuple(name for name in TABLES if name != "firms")
    assert all(export.tables[name].empty for name in export.absent)
    assert validate(export.tables) == []


def test_gaps_count_missing_cells_of_optional_columns(folder):
    gaps = read(folder).gaps
    assert gaps["orders.delivered_on"] == int(TABLES_THERE["orders"]["delivered_on"].isna().sum())
    assert gaps["operations.headcount"] == len(TABLES_THERE["operations"])  # the column is empty throughout
    assert "orders.placed_on" not in gaps


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 360))
def test_as_of_gives_the_view_of_the_day(tmp_path_factory, days):
    day = START.date() + timedelta(days=days)
    export = read(written(tmp_path_factory.mktemp("view") / "export"), as_of=day)
    assert hash_of_tables(export.tables) == hash_of_tables(visible(TABLES_THERE, day))


def test_no_event_may_lie_after_the_export(folder):
    last_day = max(TABLES_THERE["resin_prices"]["date"]).date()
    with pytest.raises(BadInput, match="must not lie after"):
        read(folder, today=last_day - timedelta(days=1))
    late = TABLES_THERE["visits"]["visited_on"].max().date()
    with pytest.raises(BadInput, match=f"must not lie after {late - timedelta(days=1)}"):
        read(folder, {"exported_on": late - timedelta(days=1)})


def test_a_simulated_market_may_live_ahead_of_its_time_but_not_in_2099(tmp_path):
    simulated = {name: table.assign(source="simulation") for name, table in TABLES_THERE.items()}
    assert read(written(tmp_path / "export", simulated), today=START.date())
    simulated["visits"].loc[0, "visited_on"] = pd.Timestamp(2099, 1, 1)
    with pytest.raises(BadInput, match="2099"):
        read(written(tmp_path / "export", simulated), today=START.date())


# --- what is wrong gets a name


def in_cell(table: str, column: str, row: int, text: str) -> Callable[[Path], None]:
    """Write a text into one cell of a CSV export; rows count from 1."""

    def spoil(folder: Path) -> None:
        frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
        frame.loc[row - 1, column] = text
        frame.to_csv(folder / f"{table}.csv", index=False)

    return spoil


def in_bytes(table: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / f"{table}.csv"
        path.write_bytes(change(path.read_bytes()))

    return spoil


def as_frame(table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / f"{table}.csv"
        change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)

    return spoil


def as_parquet(table: str, **columns: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / f"{table}.csv").unlink()
        TABLES_THERE[table].assign(**columns).to_parquet(folder / f"{table}.parquet")

    return spoil


def replaced_by_folder(folder: Path) -> None:
    (folder / "orders.csv").unlink()
    (folder / "orders.csv").mkdir()


def not_parquet(folder: Path) -> None:
    (folder / "orders.csv").rename(folder / "orders.parquet")


def two_files(folder: Path) -> None:
    TABLES_THERE["orders"].to_parquet(folder / "orders.parquet")


ROWS = len(TABLES_THERE["orders"])
in_orders, in_firms = partial(in_bytes, "orders"), partial(in_bytes, "firms")
in_order, in_invoice = partial(in_cell, "orders"), partial(in_cell, "invoices")
CORRUPTED: dict[str, tuple[Callable[[Path], object], str | None, int | None, str]] = {
    "latin-1": (in_firms(lambda raw: raw.replace("顺德乐从".encode(), b"Caf\xe9,x")), "firms", None, "gb18030"),
    "a damaged byte": (in_firms(lambda raw: raw.replace("顺".encode(), b"\xe9\xa1", 1)), "firms", None, "be utf-8"),
    "utf-16": (in_orders(lambda raw: raw.decode().encode("utf-16")), "orders", None, "UTF-8 or GB18030"),
    "private": (
        in_firms(lambda raw: raw.decode().replace("顺", "\ue123").encode("gb18030")), "firms", None, "private"),
    "missing column": (as_frame("orders", lambda frame: frame.drop(columns="grade")), "orders", None, "is missing"),
    "unknown column": (as_frame("orders", lambda frame: frame.assign(mood="x")), "orders", None, "unknown column"),
    "column twice": (in_orders(lambda raw: raw.replace(b"supplier_id", b"firm_id", 1)), "orders", None, "twice"),
    "column without name": (in_orders(lambda raw: raw.replace(b"supplier_id", b"", 1)), "orders", None, "have a name"),
    "duplicated id": (in_order("order_id", 2, "O000000"), "orders", 2, "order_id must name a row once"),
    "negative amount": (in_invoice("amount_fen", 3, "-5"), "invoices", 3, "must be >= 1"),
    "2099": (in_order("placed_on", 4, "2099-01-01"), "orders", 4, "must not lie after 2024-12-31"),
    "1970": (in_order("placed_on", 4, "1970-01-01"), "orders", 4, "must not lie before 1990-01-01"),
    "30 February": (in_order("placed_on", 5, "2023-02-30"), "orders", 5, "date that exists"),
    "another form of date": (in_order("placed_on", 5, "01/02/2023"), "orders", 5, "date that exists"),
    "year 9999": (in_order("placed_on", 5, "9999-12-31"), "orders", 5, "date that exists"),
    "text in a number": (in_order("quantity_kg", 6, "two"), "orders", 6, "must be a finite number"),
    "not a number": (in_order("quantity_kg", 6, "NaN"), "orders", 6, "must be a finite number"),
    "infinite": (in_order("quantity_kg", 6, "1e999"), "orders", 6, "must be a finite number"),
    "thousands": (in_invoice("amount_fen", 7, "1,234"), "invoices", 7, "must be a whole number"),
    "yuan as fen": (in_invoice("amount_fen", 7, "12.34"), "invoices", 7, "must be a whole number"),
    "too large": (in_invoice("amount_fen", 7, "9" * 40), "invoices", 7, "must be a whole number"),
    "units mixed up": (in_cell("facilities", "rate_annual", 1, "12"), "facilities", 1, "must be <= 1"),
    "unknown grade": (in_order("grade", 8, "LLPDE"), "orders", 8, "must be one of"),
    "empty id": (in_order("order_id", 9, "  "), "orders", 9, "must not be missing"),
    "dangling reference": (in_order("firm_id", 10, "F9999"), "orders", 10, "must stand in firms.firm_id"),
    "delivered before placed": (in_order("delivered_on", 11, "2022-06-01"), "orders", 11, "before placed_on"),
    "a line end inside": (in_cell("firms", "cluster", 2, "two\nlines"), "firms", 2, "control characters"),
    "0 bytes": (in_orders(lambda raw: b""), "orders", None, "empty (0 bytes)"),
    "blank": (in_orders(lambda raw: b" \n \n"), "orders", None, "must name the columns"),
    "header only of firms": (in_firms(lambda raw: raw.partition(b"\n")[0]), "orders", 1, "stand in firms"),
    "NUL": (in_orders(lambda raw: raw[:500] + b"\x00" + raw[500:]), "orders", None, "NUL bytes"),
    "short row": (in_orders(lambda raw: raw + b"O1,F1\n"), "orders", ROWS + 1, "must have 12 cells"),
    "long row": (in_orders(lambda raw: raw + b"1," * 20 + b"\n"), "orders", ROWS + 1, "must have 12 cells"),
    "open quote": (in_orders(lambda raw: raw + b'"O1,F1\n'), "orders", ROWS + 1, "quotation mark"),
    "semicolons": (in_orders(lambda raw: raw.replace(b",", b";")), "orders", None, "separated by commas"),
    "a folder": (replaced_by_folder, "orders", None, "must be a file, not a directory"),
    "no parquet": (not_parquet, "orders", None, "no readable Parquet file"),
    "parquet named csv": (in_orders(lambda raw: b"PAR1" + raw), "orders", None, "must be CSV"),
    "excel named csv": (in_orders(lambda raw: b"PK\x03\x04" + raw), "orders", None, "must be CSV"),
    "firms missing": (lambda folder: (folder / "firms.csv").unlink(), None, None, "the table is missing"),
    "two files": (two_files, None, None, "two files hold the same table"),
    "a file too many": (lambda folder: (folder / "Orders2.csv").touch(), None, None, "belongs to no table"),
    "broken float ids": (as_parquet("visits", visit_id=np.arange(60) + 0.5), "visits", 1, "must be text"),
    "epoch numbers": (as_parquet("visits", visited_on=1_700_000_000), "visits", 1, "must be a date"),
    "true as amount": (as_parquet("visits", cost_fen=True), "visits", 1, "must be a whole number"),
    "nested cells": (as_parquet("visits", cost_fen=[[1, 2]] * 60), "visits", 1, "must be a whole number"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "table", "row", "rule"), CORRUPTED.values(), ids=list(CORRUPTED))
def test_a_corrupted_export_is_refused_by_name(folder, spoil, table, row, rule):
    spoil(folder)
    with pytest.raises(BadInput) as caught:
        read(folder)
    told = [
        problem
        for problem in caught.value.problems
        if rule in problem.rule and problem.row == row and (table is None or problem.table == table)
    ]
    assert told, [str(problem) for problem in caught.value.problems[:5]]
    assert str(folder) in str(told[0])


def test_every_failing_row_of_every_file_is_told_in_one_go(folder):
    in_cell("orders", "order_id", 1, "O000001")(folder)  # twice
    in_cell("orders", "quantity_kg", 5, "two")(folder)
    in_bytes("orders", lambda raw: raw + b"short\n")(folder)
    in_cell("invoices", "amount_fen", 7, "-1")(folder)
    in_cell("visits", "finding", 2, "good")(folder)
    with pytest.raises(BadInput) as caught:
        read(folder)
    told = {(problem.table, problem.row) for problem in caught.value.problems}
    assert told == {("orders", 1), ("orders", 2), ("orders", 5), ("orders", ROWS + 1), ("invoices", 7), ("visits", 2)}


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b",,,\n,,\n")
@example(b"order_id\n")
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    TABLES_THERE["firms"].to_csv(folder / "firms.csv", index=False)
    (folder / "orders.csv").write_bytes(content)
    with pytest.raises(BadInput):
        read(folder)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_as_valid_tables(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    honest = {name: TABLES_THERE[name] for name in ("firms", "visits")}
    written(folder, honest)
    raw = bytearray((folder / "visits.csv").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2))
    (folder / "visits.csv").write_bytes(bytes(raw))
    try:
        export = read(folder)
    except BadInput:
        return
    assert validate(export.tables, TODAY) == []


@given(st.text(st.characters(codec="gb18030", min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
def test_chinese_text_is_told_apart_by_its_bytes(text):
    assert decode(text.encode("utf-8"), "x") == (text, "utf-8")
    assert decode(text.encode("utf-8-sig"), "x") == (text, "utf-8 with BOM")
    decoded, encoding = decode(text.encode("gb18030"), "x", "gb18030")
    assert (decoded, encoding) == (text, "gb18030")


# --- mappings


def test_the_schema_of_mappings_is_at_hand():
    assert json.loads((DATA / "mappings" / "schema.json").read_text(encoding="utf-8")) == mapping_schema()


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"encodings": "utf-8"}, "encodings"),
        ({"encoding": "latin-1"}, "encoding"),
        ({"money": "dollar"}, "money"),
        ({"date_format": "%Y"}, "date_format"),
        ({"time_zone": "Guangdong"}, "time_zone"),
        ({"tables": {"order": {}}}, None),
        ({"tables": {"orders": {"columns": {"a": "amount"}}}}, None),
        ({"tables": {"orders": {"columns": {"a": "grade", "b": "grade"}}}}, "tables.orders"),
    ],
)
def test_a_wrong_mapping_is_refused_by_field(tmp_path, content, field):
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_mapping(path)
    assert caught.value.problems[0].field == field
    assert caught.value.problems[0].file == str(path)


def test_a_mapping_names_what_the_file_lacks(folder):
    with pytest.raises(BadInput, match="the mapping names a column that the file lacks"):
        read(folder, {"tables": {"orders": {"columns": {"bestellung": "order_id"}}}})
    with pytest.raises(BadInput, match=r"there is no bestellungen\.csv"):
        read(folder, {"tables": {"orders": {"file": "bestellungen.csv"}}})


def test_without_a_mapping_nothing_is_special():
    plain = Mapping.model_validate({})
    assert plain.reading_of("orders") == Reading()
    assert plain.constants_of("orders") == {}
