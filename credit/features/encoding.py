"""Tables larger than memory, cut into pieces of neighbouring firms: Parquet in, Parquet out, through DuckDB.

A piece holds everything that `credit.features.as_of` reads about its firms, so that features are computed by that very
function and no rule stands a second time in SQL. Identifiers become whole numbers in the order of the texts (buyers,
suppliers and firms share one numbering: one name is one entity), which changes no feature and takes a tenth of the
space and time.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from credit.errors import BadInput, Problem, WorkFailed
from credit.features.table import HAPPENED, rule_of
from credit.table_language import Column
from credit.table_specs import CONSENT_COLUMNS, TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

READ: dict[str, tuple[str, ...]] = {
    "firms": ("firm_id", "registered_on", "platform_since", "employees", "annual_revenue_fen", "total_assets_fen",
              "total_debt_fen", "tax_grade", "valid_from"),
    "controllers": ("controller_id", "firm_id", *CONSENT_COLUMNS, "consent_until", "valid_from"),
    "orders": ("firm_id", "supplier_id", "placed_on", "delivered_on", "quantity_kg", "price_fen_per_tonne", "paid_by",
               "match_share"),
    "invoices": ("firm_id", "buyer_id", "issued_on", "due_on", "amount_fen", "paid_on", "paid_fen", "dilution_fen"),
    "operations": ("firm_id", "month", "logins", "quotes"),
    "facilities": ("facility_id", "firm_id", "product", "opened_on", "principal_fen", "status", "closed_on"),
    "payments": ("facility_id", "due_on", "due_fen", "paid_on", "paid_fen"),
    "bureau": ("firm_id", "controller_id", "happened_on", "known_on", "kind"),
    "visits": ("firm_id", "visited_on", "finding"),
    "decisions": ("firm_id", "decided_on", "limit_fen"),
    "resin_prices": ("date", "grade", "price_fen_per_tonne"),
}  # fmt: skip
"""The columns that features read; the others are not loaded."""

BY_QUARTER: dict[str, tuple[tuple[str, ...], str, int]] = {
    "orders": (("firm_id", "supplier_id", "placed_on", "quantity_kg", "price_fen_per_tonne"), "placed_on", 2),
    "invoices": (READ["invoices"], "issued_on", 4),
}
"""What network features read of all firms at once, cut by calendar quarter instead of by firm:
columns, the day that decides, and how many earlier quarters the longest window (180 and 365 days) may touch."""

WHOLE = {
    "firms": ("firm_id", "platform_since", "valid_from"),
    "controllers": ("controller_id", "firm_id", "valid_from"),
    "facilities": ("facility_id", "firm_id", "opened_on", "status", "closed_on"),
    "payments": READ["payments"],
    "bureau": ("firm_id", "controller_id", "known_on", "kind"),
}
"""What network features read of these tables, whatever the day: one file each."""

FIRMS_A_PIECE = 2_500
MEMORY_LIMIT = "1GB"
"""What DuckDB may hold before it spills to the scratch folder."""
_TYPES = {"date": "TIMESTAMP_NS", "month": "TIMESTAMP_NS", "integer": "BIGINT", "number": "DOUBLE", "flag": "DOUBLE"}


@dataclass(frozen=True)
class Pieces:
    """What was cut.

    Attributes:
        folder: holds `TABLE/piece=K/*.parquet`, and `TABLE_by_quarter/quarter=Q/*.parquet` of orders and invoices,
            `TABLE_whole.parquet` of the others that network features read.
        firm_ids: identifiers of all firms, ascending.
        codes: the whole number that stands for each, ascending.
        count: number of pieces.
        first: the day on which the first firm came to the platform; None where none has.
        last: the last day on which anything happened; None where nothing did.
    """

    folder: Path
    firm_ids: np.ndarray
    codes: np.ndarray
    count: int
    first: date | None
    last: date | None


def cut(folder: Path, scratch: Path, threads: int = 1, firms_a_piece: int = FIRMS_A_PIECE) -> Pieces:
    """Check the tables of a folder and cut them into pieces.

    Args:
        folder: one Parquet file a table, as `credit.tables.write_tables` writes them.
        scratch: an empty folder for the pieces and for what DuckDB spills.
        threads: of DuckDB.
        firms_a_piece: size of a piece.

    Raises:
        BadInput: a file is missing or no Parquet, a column is missing, unknown or of another type, a cell that must be
            there is not, a number is not finite or out of range, a word of no category, or a key stands twice.
        WorkFailed: memory or disk did not suffice.
    """
    import duckdb

    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": threads})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = {_quoted(scratch / 'spilled')}")
        connection.execute("SET preserve_insertion_order = false")
        _check(connection, folder)
        return _cut(connection, scratch, firms_a_piece)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise WorkFailed(f"{folder} could not be cut into pieces: {error}") from error
    finally:
        connection.close()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _check(connection: "DuckDBPyConnection", folder: Path) -> None:
    """Make a view of every table with its canonical types; gather what is wrong."""
    import duckdb

    problems: list[Problem] = []
    for name, spec in TABLES.items():
        path = folder / f"{name}.parquet"
        if not path.is_file():
            remedy = "`creditlab ingest platform` and `creditlab simulate --out` write all eleven"
            problems.append(Problem("the file does not exist", file=str(path), remedy=remedy))
            continue
        try:
            connection.execute(f"CREATE VIEW {name}_file AS SELECT * FROM read_parquet({_quoted(path)})")
            there = {row[0] for row in connection.execute(f"DESCRIBE {name}_file").fetchall()}
        except duckdb.Error as error:
            told = str(error).splitlines()[0]
            problems.append(Problem(f"is no readable Parquet file: {told}", file=str(path), remedy="export it again"))
            continue
        columns = [spec.column(column) for column in READ[name]]
        missing = [column.name for column in columns if column.name not in there and not column.is_optional]
        problems += [Problem("the column is missing", str(path), column) for column in missing]
        unknown = sorted(there - set(spec.column_names))
        problems += [Problem("unknown column", str(path), column, remedy="leave it out") for column in unknown]
        if not missing:
            told = ", ".join(_cast(column, there) for column in columns)
            connection.execute(f"CREATE VIEW {name} AS SELECT {told} FROM {name}_file")
            problems += _wrong_cells(connection, name, columns, there, path)
    if problems:
        raise BadInput(problems)


def _cast(column: Column, there: set[str]) -> str:
    kind = _TYPES.get(column.kind, "VARCHAR")
    return f'CAST({column.name if column.name in there else "NULL"} AS {kind}) AS "{column.name}"'


def _wrong_cells(
    connection: "DuckDBPyConnection", name: str, columns: list[Column], there: set[str], path: Path
) -> list[Problem]:
    """Cells that must be there and are not, values that break their column's rule, keys that stand twice."""
    import duckdb

    asked = {
        (column.name, "must not be empty"): f'"{column.name}" IS NULL' for column in columns if not column.is_optional
    }
    asked |= {
        (column.name, "must be a finite number"): f'NOT isfinite("{column.name}")'
        for column in columns
        if column.kind == "number"
    }
    asked |= {(column.name, rule): _breaks(column) for column in columns if (rule := rule_of(column)) is not None}
    counts = ", ".join(f"count(*) FILTER (WHERE {wrong})" for wrong in asked.values())
    key = [column for column in TABLES[name].key if column in there]
    spare = f"SELECT count(*) - count(DISTINCT ({', '.join(key)})) FROM {name}_file"
    try:
        found = connection.execute(f"SELECT {counts} FROM {name}").fetchone() or ()
        twice = (connection.execute(spare).fetchone() or (0,))[0]
    except duckdb.ConversionException as error:
        return [Problem(f"a cell has another type: {str(error).splitlines()[0]}", file=str(path))]
    told = [
        Problem(f"{rule}: {rows} rows", str(path), field)
        for (field, rule), rows in zip(asked, found, strict=True)
        if rows
    ]
    if twice:
        told.append(Problem(f"the key stands twice: {twice} rows", str(path), key[0], remedy="drop duplicated rows"))
    return told


def _breaks(column: Column) -> str:
    """The condition under which a cell is of no category, or beyond the column's range."""
    if column.allowed:
        return f""""{column.name}" NOT IN ({", ".join(f"'{word}'" for word in column.allowed)})"""
    bounds = [f'"{column.name}" < {column.low:.17g}'] if column.low is not None else []
    bounds += [f'"{column.name}" > {column.high:.17g}'] if column.high is not None else []
    return " OR ".join(bounds)


_NUMBERED = """
CREATE TABLE entity AS SELECT id, (row_number() OVER (ORDER BY id) - 1)::INTEGER AS code FROM (
    SELECT firm_id AS id FROM firms UNION SELECT buyer_id FROM invoices UNION SELECT supplier_id FROM orders);
CREATE TABLE person AS SELECT id, (row_number() OVER (ORDER BY id) - 1)::INTEGER AS code
    FROM (SELECT DISTINCT controller_id AS id FROM controllers);
CREATE TABLE facility AS SELECT facility_id AS id, firm_id,
    (row_number() OVER (ORDER BY facility_id) - 1)::INTEGER AS code FROM facilities;
CREATE TABLE firm AS SELECT id, code, ((row_number() OVER (ORDER BY code) - 1) // {size})::INTEGER AS piece
    FROM entity WHERE id IN (SELECT firm_id FROM firms);
CREATE TABLE held AS SELECT DISTINCT t.controller_id, f.piece FROM controllers t JOIN firm f ON t.firm_id = f.id;
CREATE TABLE sought AS SELECT * FROM held UNION
    SELECT t.controller_id, f.piece FROM bureau t JOIN firm f ON t.firm_id = f.id
    WHERE t.controller_id IS NOT NULL;
"""
"""Whole numbers for identifiers. A person is held where it ever controlled a firm, sought where an event names it too.
"""

_FIRM = "JOIN firm f ON t.firm_id = f.id"
_JOINS = {
    "orders": f"{_FIRM} JOIN entity o ON t.supplier_id = o.id",
    "invoices": f"{_FIRM} JOIN entity o ON t.buyer_id = o.id",
    "facilities": f"{_FIRM} JOIN facility c ON t.facility_id = c.id",
    "payments": "JOIN facility c ON t.facility_id = c.id JOIN firm f ON c.firm_id = f.id",
    "controllers": "JOIN person p ON t.controller_id = p.id JOIN sought s ON t.controller_id = s.controller_id "
    "LEFT JOIN firm f ON t.firm_id = f.id",
    "bureau": "LEFT JOIN firm f ON t.firm_id = f.id LEFT JOIN person p ON t.controller_id = p.id "
    "LEFT JOIN held s ON t.firm_id IS NULL AND t.controller_id = s.controller_id "
    "WHERE coalesce(f.piece, s.piece) IS NOT NULL",
}
"""How a table finds its numbers and its piece; a personal event goes to every piece that holds its person."""

_CODES = {
    "firm_id": "coalesce(f.code, -1)",
    "supplier_id": "o.code",
    "buyer_id": "o.code",
    "facility_id": "c.code",
    "controller_id": "p.code",
}
_CODES_OF_EVENTS = {
    "firm_id": "f.code",
    "controller_id": "CASE WHEN t.controller_id IS NULL THEN NULL ELSE coalesce(p.code, -1) END",
}
"""In an event a missing name and an unknown one are two things: NULL and -1."""


def _cut(connection: "DuckDBPyConnection", scratch: Path, firms_a_piece: int) -> Pieces:
    run = connection.execute
    run(_NUMBERED.format(size=firms_a_piece))
    for name, columns in READ.items():
        if name != "resin_prices":
            piece = {"controllers": "s.piece", "bureau": "coalesce(f.piece, s.piece)"}.get(name, "f.piece")
            _write(connection, name, columns, scratch / name, f"{piece} AS piece")
    for name, columns in WHOLE.items():
        _write(connection, name, columns, scratch / f"{name}_whole.parquet")
    for name, (columns, day, _) in BY_QUARTER.items():
        quarter = f"year(t.{day}) * 4 + quarter(t.{day}) - 1 AS quarter"
        _write(connection, name, columns, scratch / f"{name}_by_quarter", quarter)
    run(f"COPY (SELECT * FROM resin_prices) TO {_quoted(scratch / 'resin_prices.parquet')} (FORMAT parquet)")
    told = run("SELECT id, code FROM firm ORDER BY code").fetchnumpy()
    latest = " UNION ALL ".join(
        f'SELECT max(CAST("{column}" AS DATE)) AS day FROM {name}_file'
        for name, columns in HAPPENED.items()
        for column in columns
    )
    last = (run(f"SELECT max(day)::DATE FROM ({latest})").fetchone() or (None,))[0]
    first = (run("SELECT min(CAST(platform_since AS DATE)) FROM firms_file").fetchone() or (None,))[0]
    count = -(-len(told["id"]) // firms_a_piece)
    return Pieces(scratch, np.asarray(told["id"], dtype=object), np.asarray(told["code"]), count, first, last)


def _write(
    connection: "DuckDBPyConnection", name: str, columns: tuple[str, ...], target: Path, by: str | None = None
) -> None:
    """Some columns of a table, numbers for identifiers: one file, or one folder for each value of `by`."""
    codes = _CODES_OF_EVENTS if name == "bureau" else _CODES
    chosen = [f'{codes[column]} AS "{column}"' if column in codes else f't."{column}"' for column in columns]
    asked = f"SELECT {', '.join([*chosen, by] if by else chosen)} FROM {name} t {_JOINS.get(name, _FIRM)}"
    form = "FORMAT parquet, COMPRESSION lz4" + (f", PARTITION_BY ({by.rsplit(' ', 1)[-1]})" if by else "")
    connection.execute(f"COPY ({asked}) TO {_quoted(target)} ({form})")
