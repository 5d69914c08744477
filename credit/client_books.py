"""A book: the clients on whom a product is tried, from one file, or from the decisions in a folder of tables."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.export_files import read_csv
from credit.table_casts import Reading, cast
from credit.table_language import Column, count, fen, identifier, share
from credit.tables import conform, read_parquet

COLUMNS: tuple[Column, ...] = (
    identifier("firm_id", "the client; an identifier, never a name"),
    share("pd_annual", "probability of default within a year"),
    fen("amount_fen", "what is to be financed: goods, machine or invoices, VAT included, or loan or line", low=1),
    count("term_days", "days for which it is wanted", "days", low=1, high=3660),
    identifier("form", "the form asked for; missing: the product's first", is_optional=True),
    count("months_on_platform", "whole months since the client joined", "months", is_optional=True),
    count("orders", "resin orders known", "count", is_optional=True),
    share("match_share", "mean match of order, invoice and delivery", is_optional=True),
    count("days_past_due", "worst open arrears", "days", is_optional=True),
    Column("source", "text", "where the row comes from; `synthetic` marks an invented one", is_optional=True),
)
"""The columns of a book; `amount_yuan` may stand for `amount_fen`, optional columns may be left out."""

AMOUNT_IN_YUAN = "amount_yuan"
_AMOUNT_REMEDY = "plain digits, no thousands separators; call the column amount_yuan or amount_fen by its unit"
FACTS = ("months_on_platform", "orders", "match_share", "days_past_due")
"""What eligibility looks at; where a book does not say it, nothing is missed."""


@dataclass(frozen=True)
class ClientBook:
    """Clients with what they ask for.

    Attributes:
        clients: one row a client, the columns of `COLUMNS` without `source`; `amount_fen` and `term_days` are missing
            where a refused decision names none.
        source: where the clients come from, in words.
        file: the file that holds them, for errors.
    """

    clients: pd.DataFrame
    source: str
    file: str

    @property
    def unknown_facts(self) -> tuple[str, ...]:
        """What eligibility looks at and the book says for nobody."""
        return tuple(fact for fact in FACTS if self.clients[fact].isna().all())


def read_book(path: Path) -> ClientBook:
    """Read a book.

    Args:
        path: a CSV or Parquet file with the columns of `COLUMNS`, or a folder of observable tables, whose last decision
            on each firm is then its request.

    Raises:
        BadInput: the file cannot be read, a column is missing or unknown, or a cell breaks its rule; every problem
            names row, column, value and rule.
    """
    if path.is_dir():
        return _last_decisions(path)
    problems: list[Problem] = []
    if path.suffix.lower() == ".parquet":
        cells = read_parquet(path)
        cells.index = pd.RangeIndex(1, len(cells) + 1)
    else:
        cells, _, problems = read_csv(path)
    return ClientBook(_checked(cells, problems, path), f"{path.name}, {len(cells)} clients", str(path))


def _checked(cells: pd.DataFrame, problems: list[Problem], path: Path) -> pd.DataFrame:
    """The columns in their dtypes, or every problem."""
    file, problems = str(path), list(problems)
    in_yuan = AMOUNT_IN_YUAN in cells.columns
    if in_yuan and "amount_fen" in cells.columns:
        problems.append(Problem("must not stand beside amount_fen", file=file, field=AMOUNT_IN_YUAN))
    known = {AMOUNT_IN_YUAN if in_yuan and column.name == "amount_fen" else column.name: column for column in COLUMNS}
    told = f"a book has the columns {', '.join(known)}"
    for name in cells.columns:
        if name not in known and name != "amount_fen":
            problems.append(Problem("unknown column", file=file, field=str(name), remedy=told))
    table: dict[str, pd.Series] = {}
    for name, column in known.items():
        if name not in cells.columns:
            if not column.is_optional:
                problems.append(Problem("the column is missing", file=file, field=name, remedy=told))
            table[column.name], _ = cast(pd.Series([None] * len(cells), dtype=object), column)
            continue
        values, failures = cast(cells[name], column, Reading(is_money_in_yuan=in_yuan))
        failed = np.zeros(len(cells), dtype=bool)
        for failure in failures:
            failed[failure.rows] = True
            remedy = _AMOUNT_REMEDY if column.name == "amount_fen" else failure.remedy
            problems += [_at(failure.rule, file, name, cells, row, remedy) for row in failure.rows.tolist()]
        table[column.name] = values
        problems += [
            _at(rule, file, name, cells, row)
            for rule, is_broken in _broken_ranges(column, values)
            for row in np.flatnonzero(is_broken & ~failed).tolist()
        ]
    twice = table["firm_id"].duplicated() & table["firm_id"].notna()
    rule = "stands in an earlier row already; a book holds a client once"
    problems += [_at(rule, file, "firm_id", cells, row) for row in np.flatnonzero(twice).tolist()]
    if not len(cells):
        problems.append(Problem("must hold at least one client", file=file))
    if problems:
        raise BadInput(problems, headline=f"{path} is not a valid book")
    return pd.DataFrame(table).drop(columns="source")


def _broken_ranges(column: Column, values: pd.Series) -> list[tuple[str, np.ndarray]]:
    """Rules on the size of a number, and where they are broken."""
    if column.low is None or column.high is None:
        return []
    if column.name == "pd_annual":
        return [("must be from 0 to below 1", ~values.between(0.0, 1.0, inclusive="left").to_numpy())]
    if column.name == "amount_fen":
        return [("must be above 0", (values < column.low).to_numpy()), _too_large(values, column.high)]
    is_outside = ~values.between(column.low, column.high) & values.notna()
    return [(f"must be from {column.low:g} to {column.high:g}", is_outside.to_numpy(dtype=bool))]


def _too_large(values: pd.Series, high: float) -> tuple[str, np.ndarray]:
    return f"must be at most {high / 100:g} yuan", (values > high).to_numpy()


def _at(rule: str, file: str, field: str, cells: pd.DataFrame, row: int, remedy: str | None = None) -> Problem:
    """A broken rule with the row's number, from 1 below the header, and the cell as it stands in the file."""
    cell = cells[field].iloc[row]
    shown = None if pd.isna(cell) else cell.item() if isinstance(cell, np.generic) else cell
    return Problem(rule, file=file, field=field, value=shown, row=int(cells.index[row]), remedy=remedy)


def _last_decisions(folder: Path) -> ClientBook:
    """The last decision on each firm as its request; a refusal names neither amount nor term."""
    decisions = conform("decisions", read_parquet(folder / "decisions.parquet"))
    last = decisions.sort_values(["decided_on", "decision_id"]).drop_duplicates("firm_id", keep="last")
    file = str(folder / "decisions.parquet")
    if last.empty:
        raise BadInput(Problem("must hold at least one decision", file=file))
    impossible = last.loc[~last["pd_annual"].between(0.0, 1.0, inclusive="left"), "pd_annual"].sort_index()
    if not impossible.empty:
        rule = "must be from 0 to below 1"
        found = zip(impossible.index.tolist(), impossible.tolist(), strict=True)
        raise BadInput([Problem(rule, file, "pd_annual", value, row + 1) for row, value in found])
    last = last.sort_values("firm_id").reset_index(drop=True)
    blank = pd.Series([None] * len(last), dtype=object)
    empty = {column.name: cast(blank, column)[0] for column in COLUMNS if column.is_optional}
    clients = pd.DataFrame(
        {
            "firm_id": last["firm_id"],
            "pd_annual": last["pd_annual"],
            "amount_fen": last["limit_fen"].astype("Int64").where(last["limit_fen"] > 0),
            "term_days": last["term_days"].astype("Int64").where(last["term_days"] > 0),
        }
        | {name: cells for name, cells in empty.items() if name != "source"}
    )
    return ClientBook(clients, f"{folder.name}, the last decision on each of {len(clients)} firms", file)


def synthetic_book(clients: int, seed: int) -> pd.DataFrame:
    """An invented book, to try things on. Everything in it is assumed and nobody in it exists.

    A lognormal PD with median 2.5 % and spread 0.8; one to four trucks of 32 t at 7,500 to 10,500 yuan a tonne;
    15 to 90 days, mostly 30; up to three years on the platform with about two orders a month; nine in ten match well,
    one in ten poorly; one in sixteen in arrears of up to 20 days. `data/books/example.csv` is the book of 200 clients
    with seed 7.

    Args:
        clients: how many.
        seed: of every draw.
    """
    draw = random.Random(seed)
    rows = []
    for number in range(1, clients + 1):
        months = draw.randrange(37)
        rows.append(
            {
                "firm_id": f"S{number:04d}",
                "pd_annual": round(min(0.025 * draw.lognormvariate(0.0, 0.8), 0.6), 4),
                "amount_yuan": draw.choice((1, 1, 2, 2, 3, 4)) * 32 * draw.randrange(7500, 10501, 100),
                "term_days": draw.choice((15, 30, 30, 30, 45, 60, 90)),
                "months_on_platform": months,
                "orders": sum(draw.randrange(5) for _ in range(months)),
                "match_share": round(draw.uniform(0.85, 1.0) if draw.random() < 0.9 else draw.uniform(0.6, 0.84), 3),
                "days_past_due": draw.randrange(1, 21) if draw.random() < 1 / 16 else 0,
                "source": "synthetic",
            }
        )
    return pd.DataFrame(rows)
