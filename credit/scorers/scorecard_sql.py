"""A scorecard as SQL: CASE expressions of ANSI SQL, adding the same whole numbers as Python does.

Three things make it say the same everywhere:

* Numbers are written with an exponent (`1.5e0`), which makes them doubles; `1.5` would be a decimal and be compared as
  one.
* Missing is the ELSE, never a comparison. NULL compares with nothing; not-a-number compares with nothing under IEEE
  rules and above everything in DuckDB and PostgreSQL. The last interval therefore ends at the largest double, and
  whatever no comparison claims is missing. Infinities, which Python refuses by name, end there too.
* Words are compared as text; a quote in a word or a name is doubled.

Flags must be stored as 0 and 1: databases refuse to compare a truth value with a number, and say so.
"""

from typing import Literal

from credit.errors import BadInput, Problem
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.bins import CategoryBins, NumericBins
from credit.scorers.scorecard_table import ScorecardTable, ScoredFeature

SelectedColumns = Literal["points", "contributions", "everything"]
"""What a query gives: `points` and `pd`; those and each feature's points; those and all columns of the table."""

_LARGEST = 1.7976931348623157e308


def scorecard_sql(card: ScorecardTable, table: str, select: SelectedColumns = "points") -> str:
    """A query that gives `points` (whole) and `pd` for each row of a database table.

    Args:
        card: the scorecard.
        table: name of the table, quoted here.
        select: which columns come along.

    Raises:
        BadInput: names that a database cannot tell apart or hold.
    """
    refuse_unfit_names(card, table)
    sums = "\n  + ".join([str(card.base_points), *(points_expression(feature) for feature in card.features)])
    columns = ["scored.*"] if select == "everything" else ["scored.points"]
    if select == "contributions":
        columns += [f"scored.{identifier(feature.name + ' points')}" for feature in card.features]
    columns.append(f"1 / (1 + EXP((scored.points - {number(OFFSET)}) / {number(FACTOR)})) AS pd")
    inner = ["*"] if select == "everything" else []
    inner.append(f"{sums} AS points")
    if select == "contributions":
        inner += [f"{points_expression(one)} AS {identifier(one.name + ' points')}" for one in card.features]
    listed = ",\n  ".join(inner)
    return f"SELECT {', '.join(columns)}\nFROM (\nSELECT\n  {listed}\nFROM {identifier(table)}\n) AS scored"


def points_expression(feature: ScoredFeature) -> str:
    """The CASE expression of one feature."""
    column, points = identifier(feature.name), feature.points
    bins = feature.bins
    if isinstance(bins, NumericBins):
        cases = _interval_cases(bins, column, points)
    else:
        cases = _group_cases(bins, column, points)
    return f"CASE {' '.join(cases)} ELSE {points[-1]} END"


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def word(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    """A double with an exponent, all its digits."""
    told = repr(float(value))
    return told if "e" in told else f"{told}e0"


def refuse_unfit_names(card: ScorecardTable, table: str) -> None:
    """Refuse names that SQL cannot hold or does not tell apart (it may fold case).

    Raises:
        BadInput: each such name.
    """
    names = [feature.name for feature in card.features]
    folded = [name.casefold() for name in names]
    rule = "differs from another column by upper and lower case only, which databases may not tell apart"
    problems = [
        Problem(rule, field=name, remedy="rename it")
        for name, fold in zip(names, folded, strict=True)
        if folded.count(fold) > 1
    ]
    problems += [
        Problem("a name must not be empty or hold a NUL character", field="name", value=name)
        for name in (table, *names)
        if not name or "\0" in name
    ]
    for feature in card.features:
        if isinstance(feature.bins, CategoryBins) and any("\0" in w for group in feature.bins.groups for w in group):
            problems.append(Problem("a category must not hold a NUL character", field=feature.name))
    if problems:
        raise BadInput(problems)


def _interval_cases(bins: NumericBins, column: str, points: tuple[int, ...]) -> list[str]:
    codes = points[len(bins.edges) + 1 : -1]
    cases = [f"WHEN {column} = {number(code)} THEN {p}" for code, p in zip(bins.special_codes, codes, strict=True)]
    cases.append(f"WHEN {column} < {number(-_LARGEST)} THEN {points[-1]}")
    cases += [f"WHEN {column} < {number(edge)} THEN {p}" for edge, p in zip(bins.edges, points, strict=False)]
    cases.append(f"WHEN {column} <= {number(_LARGEST)} THEN {points[len(bins.edges)]}")
    return cases


def _group_cases(bins: CategoryBins, column: str, points: tuple[int, ...]) -> list[str]:
    cases = [
        f"WHEN {column} IN ({', '.join(word(each) for each in group)}) THEN {p}"
        for group, p in zip(bins.groups, points, strict=False)
    ]
    cases.append(f"WHEN {column} IS NOT NULL THEN {points[len(bins.groups)]}")
    return cases
