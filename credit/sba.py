"""Reads the public SBA 7(a) loan file: the national CSV, a sample of it with weights, or a folder that was ingested.

Gaps of the file are counted and named, and the rows stay as they are: who fits a model excludes by reason. What breaks
a row's structure (no loan number, a number twice, a date that is none) is an error.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit.errors import BadInput, Problem
from credit.export_files import csv_cells, file_bytes
from credit.files import write_json
from credit.intake import LINEAGE, read_lineage
from credit.sba_columns import COLUMNS, GAPS, LAST_CHARGE_OFF, LATEST_EVENT, LEFT_OUT, PIVOT_YEAR, RAW_COLUMNS
from credit.table_casts import MISSING, cast
from credit.table_hash import hash_of_table
from credit.tables import read_parquet

LOANS_FILE = "loans.parquet"
_UNIQUE = "must name a loan once"


@dataclass(frozen=True)
class SbaLoans:
    """The SBA loans and what is known about them as a set.

    Attributes:
        loans: one row a loan; columns, meanings and units in `credit.sba_columns.COLUMNS`; index 0..n-1 in file order.
        gaps: number of loans by the names of `credit.sba_columns.GAPS`, zeros included.
        cut_off: last day on which outcomes are known: paid loans stay at risk up to it.
        has_weights: whether the file had a weight column; otherwise every weight is 1.
        source: the file's name.
        source_hash: SHA-256 of its bytes.
        encoding: how its text was encoded.
    """

    loans: pd.DataFrame
    gaps: dict[str, int]
    cut_off: date
    has_weights: bool
    source: str
    source_hash: str
    encoding: str


def read(path: Path) -> SbaLoans:
    """The loans of a public file (CSV, plain or gzip) or of a folder that `creditlab ingest sba` wrote.

    Raises:
        BadInput: with every structural problem.
    """
    return read_ingested(path) if path.is_dir() else read_public(path)


def read_public(path: Path) -> SbaLoans:
    """The loans of the public file or of a sample of it, told apart by nothing but the weight column.

    Raises:
        BadInput: the file is no such file, or rows break its structure.
    """
    content = file_bytes(path)
    source_hash = hashlib.sha256(content).hexdigest()
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(Problem(f"is a damaged gzip file: {error}", str(path), remedy="fetch it again")) from error
        if not content:
            raise BadInput(Problem("the compressed file is empty", str(path), remedy="fetch it again"))
    raw, encoding, problems = csv_cells(content, path)
    problems += _check_columns(raw, path)
    loans, unfit = _cast(raw, path)
    if problems or unfit:
        raise BadInput(problems + unfit)
    loans, gaps = _with_gaps(loans, raw)
    return SbaLoans(loans, gaps, _cut_off(loans), "weight" in raw.columns, path.name, source_hash, encoding)


def _check_columns(raw: pd.DataFrame, path: Path) -> list[Problem]:
    """Refuse at once what is another file; the teaching sample is the usual mix-up."""
    missing = [name for name in RAW_COLUMNS if name not in raw.columns and name != "weight"]
    if missing:
        remedy = "the teaching sample of Li, Mickel & Taylor (2018) is read by `creditlab fit li2018`"
        raise BadInput([Problem("the column is missing", str(path), name, remedy=remedy) for name in missing])
    return [
        Problem("unknown column", str(path), name, remedy="remove it; the public file has no such column")
        for name in raw.columns
        if name not in RAW_COLUMNS and name not in LEFT_OUT
    ]


def _cast(raw: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Our columns in canonical dtypes, and every cell that breaks the file's structure."""
    problems: list[Problem] = []
    loans: dict[str, pd.Series] = {}

    def tell(positions: np.ndarray, name: str, rule: str, remedy: str | None = None) -> None:
        row = raw.index.to_numpy()
        cells = raw[name] if name in raw.columns else pd.Series(1.0, index=raw.index)
        for at in positions:
            cell = cells.iloc[at]
            problems.append(Problem(rule, str(path), name, None if cell == "" else cell, int(row[at]), remedy))

    for name, column in RAW_COLUMNS.items():
        if name not in raw.columns:
            loans[column.name] = pd.Series(np.ones(len(raw)))
            continue
        cells = _REWRITTEN.get(name, _as_it_is)(raw[name])
        loans[column.name], failures = cast(cells, column)
        for failure in failures:
            is_missing = failure.rule == MISSING
            tell(failure.rows, name, MISSING if is_missing else _FORMS.get(name, failure.rule))
        if column.low is not None:
            below = (loans[column.name] < column.low).fillna(False).to_numpy(dtype=bool)
            tell(np.flatnonzero(below), name, f"must be >= {column.low:g}")
        if column.kind == "date":
            before = (loans[column.name] < pd.Timestamp(column.earliest)).to_numpy()
            tell(np.flatnonzero(before), name, f"must not lie before {column.earliest}")
    tell(np.flatnonzero(loans["weight"].to_numpy() <= 0), "weight", "must be > 0")
    numbers = loans["loan_number"]
    twice = (numbers.duplicated(keep=False) & numbers.notna()).to_numpy()
    tell(np.flatnonzero(twice), "LoanNr_ChkDgt", _UNIQUE, "remove the duplicate")
    return pd.DataFrame(loans), problems


# --- the file's ways of writing, each rewritten as plain text ---


def _as_it_is(cells: pd.Series) -> pd.Series:
    return cells


def _by_word(rewrite: Callable[[str], str]) -> Callable[[pd.Series], pd.Series]:
    """Rewrite each distinct text once."""

    def rewritten(cells: pd.Series) -> pd.Series:
        coded = pa.array(cells).combine_chunks() if isinstance(pa.array(cells), pa.ChunkedArray) else pa.array(cells)
        coded = pc.utf8_trim_whitespace(coded).dictionary_encode()
        words = pa.array([rewrite(word) for word in coded.dictionary.to_pylist()], type=pa.string())
        return pd.Series(pd.arrays.ArrowExtensionArray(words.take(coded.indices)))

    return rewritten


def _iso_day(word: str) -> str:
    """28-Feb-97, 28-Feb-1997 and 28FEB1997 as 1997-02-28; anything else unchanged, to be judged as it stands."""
    for form in ("%d-%b-%y", "%d-%b-%Y", "%d%b%Y", "%d%b%y"):
        try:
            day = datetime.strptime(word, form)
        except ValueError:
            continue
        if "%y" in form:
            year = day.year % 100
            day = day.replace(year=(2000 if year < PIVOT_YEAR else 1900) + year)
        return day.date().isoformat()
    return word


def _plain_amount(cells: pd.Series) -> pd.Series:
    """$60,000.00 as 60000.00; anything else unchanged."""
    text = pc.utf8_trim_whitespace(pa.array(cells))
    is_priced = pc.match_substring_regex(text, r"^\$?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]{0,2})?$|^\$[0-9]+(\.[0-9]{0,2})?$")
    return pd.Series(
        pd.arrays.ArrowExtensionArray(pc.if_else(is_priced, pc.replace_substring_regex(text, "[$,]", ""), text))
    )


def _told(**words: str) -> Callable[[pd.Series], pd.Series]:
    """The words that tell something; all others mean that it is not told."""
    return _by_word(lambda word: words.get(word.removesuffix(".0").upper(), ""))


_REWRITTEN: dict[str, Callable[[pd.Series], pd.Series]] = {
    "ApprovalFY": _by_word(lambda word: "" if word.upper() == "1976A" else word),
    "MIS_Status": _by_word(lambda word: {"PIF": "false", "CHGOFF": "true"}.get(word.upper().replace(" ", ""), word)),
    "NewExist": _by_word(lambda word: {"1": "false", "2": "true"}.get(word.removesuffix(".0"), "")),
    "UrbanRural": _by_word(lambda word: {"1": "urban", "2": "rural"}.get(word.removesuffix(".0"), "")),
    "RevLineCr": _told(Y="true", N="false"),
    "LowDoc": _told(Y="true", N="false"),
    "NAICS": _by_word(lambda word: "" if word.removesuffix(".0") in ("", "0") else word.removesuffix(".0")),
} | {
    **dict.fromkeys(("ApprovalDate", "DisbursementDate", "ChgOffDate"), _by_word(_iso_day)),
    **dict.fromkeys(("DisbursementGross", "ChgOffPrinGr", "GrAppv", "SBA_Appv"), _plain_amount),
}


_FORMS = {
    "MIS_Status": "must be P I F (or PIF) or CHGOFF",
    **dict.fromkeys(("ApprovalDate", "DisbursementDate", "ChgOffDate"), "must be a date like 28-Feb-97 or 1997-02-28"),
    **dict.fromkeys(("DisbursementGross", "ChgOffPrinGr", "GrAppv", "SBA_Appv"), "must be an amount like $60,000.00"),
}
"""What a cell must look like, told in the file's own terms."""


def _with_gaps(loans: pd.DataFrame, raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The loans with the fiscal year filled, and how many of them fall into each known gap."""
    is_charged_off = loans["is_charged_off"].fillna(False).astype(bool)
    is_paid = ~is_charged_off & loans["is_charged_off"].notna()
    charged_off_on, disbursed_on, approved_on = loans["charged_off_on"], loans["disbursed_on"], loans["approved_on"]
    latest = pd.Timestamp(LATEST_EVENT)
    found = {
        "no_status": loans["is_charged_off"].isna(),
        "no_disbursement_date": disbursed_on.isna(),
        "paid_with_charge_off_date": is_paid & charged_off_on.notna(),
        "paid_with_charged_off_principal": is_paid & (loans["charged_off_principal_usd"] > 0),
        "charged_off_without_date": is_charged_off & charged_off_on.isna(),
        "charged_off_without_principal": is_charged_off & (loans["charged_off_principal_usd"] == 0),
        "charged_off_before_disbursement": is_charged_off & (charged_off_on < disbursed_on),
        "charged_off_more_than_disbursed": loans["charged_off_principal_usd"] > loans["gross_disbursed_usd"],
        "disbursed_before_approval": disbursed_on < approved_on,
        "event_after_cut_off": (approved_on > latest) | (disbursed_on > latest) | (charged_off_on > latest),
        "fiscal_year_derived": loans["approval_fiscal_year"].isna(),
        "term_zero": loans["term_months"] == 0,
        "employees_zero": loans["employees"] == 0,
        "new_or_existing_unknown": loans["is_new_business"].isna(),
        "revolving_unknown": loans["is_revolving"].isna(),
        "low_doc_unknown": loans["is_low_doc"].isna(),
        "urban_rural_unknown": loans["urban_rural"].isna(),
        "naics_unknown": loans["naics"].isna(),
        "state_unknown": loans["state"].isna(),
        "bank_unknown": loans["bank"].isna(),
    }
    fiscal_year = approved_on.dt.year + (approved_on.dt.month >= 10)
    loans = loans.assign(approval_fiscal_year=loans["approval_fiscal_year"].fillna(fiscal_year.astype("Int64")))
    return loans, {name: int(found[name].fillna(False).sum()) for name in GAPS}


def _cut_off(loans: pd.DataFrame) -> date:
    """The day of the last known charge-off, at least that of the public file: outcomes are known up to it."""
    days = loans["charged_off_on"][loans["charged_off_on"] <= pd.Timestamp(LATEST_EVENT)]
    return max(LAST_CHARGE_OFF, days.max().date()) if len(days) else LAST_CHARGE_OFF


def hash_of_loans(loans: pd.DataFrame) -> str:
    """SHA-256, hexadecimal, over the loans as a set."""
    return hash_of_table("loans", loans, list(COLUMNS.values()), ["loan_number"])


def write_ingested(read_loans: SbaLoans, folder: Path) -> None:
    """Write `loans.parquet` and `lineage.json` into an existing folder."""
    import pyarrow.parquet as pq

    loans, fields, arrays = read_loans.loans, [], []
    kinds = {"integer": pa.int64(), "number": pa.float64(), "date": pa.date32(), "flag": pa.bool_()}
    for name, column in COLUMNS.items():
        about = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(name, kinds.get(column.kind, pa.string()), column.is_optional, about))
        arrays.append(pa.array(loans[name], type=fields[-1].type, from_pandas=True))
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), folder / LOANS_FILE, compression="zstd")
    write_json(
        folder / LINEAGE,
        {
            "kind": "sba",
            "source": read_loans.source,
            "source_hash": read_loans.source_hash,
            "encoding": read_loans.encoding,
            "rows": len(loans),
            "has_weights": read_loans.has_weights,
            "cut_off": read_loans.cut_off.isoformat(),
            "gaps": read_loans.gaps,
        },
    )


def read_ingested(folder: Path) -> SbaLoans:
    """The loans of a folder that `creditlab ingest sba` wrote.

    Raises:
        BadInput: the folder is something else, or was changed since.
    """
    lineage = read_lineage(folder)
    if lineage.get("kind") != "sba":
        rule = "must be a folder that `creditlab ingest sba` wrote"
        raise BadInput(Problem(rule, str(folder / LINEAGE), "kind", lineage.get("kind")))
    raw = read_parquet(folder / LOANS_FILE)
    if list(raw.columns) != list(COLUMNS) or len(raw) != lineage.get("rows"):
        remedy = "run `creditlab ingest sba` again"
        raise BadInput(
            Problem("does not hold the loans that its lineage tells of", str(folder / LOANS_FILE), remedy=remedy)
        )
    loans = {name: cast(raw[name], column)[0] for name, column in COLUMNS.items()}
    return SbaLoans(
        loans=pd.DataFrame(loans),
        gaps={str(name): int(count) for name, count in dict(lineage["gaps"]).items()},  # type: ignore[call-overload]
        cut_off=date.fromisoformat(str(lineage["cut_off"])),
        has_weights=bool(lineage["has_weights"]),
        source=str(lineage["source"]),
        source_hash=str(lineage["source_hash"]),
        encoding=str(lineage["encoding"]),
    )
