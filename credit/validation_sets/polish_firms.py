"""Polish manufacturers one year before bankruptcy or survival (UCI 365, CC BY 4.0), ARFF, missing values as `?`.

Source of the names: M. Zięba, S. K. Tomczak and J. M. Tomczak, Ensemble boosted trees with synthetic features
generation in application to bankruptcy prediction, Expert Systems with Applications 58 (2016), table 1.
"""

import gzip
import re
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.export_files import decode, file_bytes
from credit.files import sha256_of_file
from credit.validation_sets.base import ValidationSet

FILE = "firms/polish_bankruptcy_5year.arff.gz"

RATIOS = (
    "net_profit_to_assets", "liabilities_to_assets", "working_capital_to_assets", "current_ratio",
    "defensive_interval_days", "retained_earnings_to_assets", "ebit_to_assets", "equity_to_liabilities",
    "sales_to_assets", "equity_to_assets", "gross_profit_and_financial_expenses_to_assets",
    "gross_profit_to_short_liabilities", "gross_profit_and_depreciation_to_sales",
    "gross_profit_and_interest_to_assets",
    "liabilities_to_cash_profit_days", "cash_profit_to_liabilities", "assets_to_liabilities", "gross_profit_to_assets",
    "gross_profit_to_sales", "inventory_to_sales_days", "sales_growth", "operating_profit_to_assets",
    "net_profit_to_sales", "gross_profit_3_years_to_assets", "reserves_to_assets",
    "net_profit_and_depreciation_to_liabilities", "operating_profit_to_financial_expenses",
    "working_capital_to_fixed_assets", "log_assets", "liabilities_less_cash_to_sales",
    "gross_profit_and_interest_to_sales", "current_liabilities_to_cost_days", "operating_expenses_to_short_liabilities",
    "operating_expenses_to_liabilities", "profit_on_sales_to_assets", "total_sales_to_assets",
    "liquid_assets_to_long_liabilities", "constant_capital_to_assets", "profit_on_sales_to_sales", "cash_ratio",
    "liabilities_to_operating_cash_months", "operating_profit_to_sales", "receivables_and_inventory_days",
    "receivables_to_sales_days", "net_profit_to_inventory", "quick_ratio", "inventory_to_cost_days", "ebitda_to_assets",
    "ebitda_to_sales", "current_assets_to_liabilities", "short_liabilities_to_assets", "short_liabilities_to_cost_days",
    "equity_to_fixed_assets", "constant_capital_to_fixed_assets", "working_capital", "gross_margin",
    "liquid_gap_to_cost", "costs_to_sales", "long_liabilities_to_equity", "sales_to_inventory", "sales_to_receivables",
    "short_liabilities_to_sales_days", "sales_to_short_liabilities", "sales_to_fixed_assets",
)  # fmt: skip
"""Attr1 to Attr64."""

DIRECTIONS = {
    "net_profit_to_assets": -1,  # what is earned stays available to creditors
    "operating_profit_to_assets": -1,  # the same, before financing
    "gross_profit_to_sales": -1,  # a margin absorbs bad months
    "liabilities_to_assets": 1,  # leverage
    "equity_to_assets": -1,  # its mirror
    "retained_earnings_to_assets": -1,  # past profits kept in the firm (Altman's second ratio)
    "current_ratio": -1,  # what falls due is covered
    "cash_ratio": -1,  # the strictest form of it
    "operating_profit_to_financial_expenses": -1,  # interest is earned
    "short_liabilities_to_sales_days": 1,  # creditors wait longer
}
"""Where theory speaks plainly. Most of the 64 ratios repeat these; on turnover and size it is silent."""


def polish(source: Path) -> ValidationSet:
    """Read the ARFF file (plain or gzip), or find it in a folder of real data.

    Returns:
        5,910 rows in the published file; y = 1 is bankrupt within the year.

    Raises:
        BadInput: not that file, or a cell is neither a number nor `?`.
    """
    path = source / FILE if source.is_dir() else source
    names, cells = _arff(path)
    expected = [f"Attr{number}" for number in range(1, len(RATIOS) + 1)] + ["class"]
    if names != expected:
        absent = [name for name in expected if name not in names] or [name for name in names if name not in expected]
        rule = "must declare the attributes Attr1 to Attr64 and class, in this order"
        raise BadInput(Problem(rule, str(path), absent[0] if absent else None))
    is_missing = cells == "?"
    values = pd.to_numeric(pd.Series(np.where(is_missing, "nan", cells).ravel()), errors="coerce")
    numbers = values.to_numpy(dtype=float).reshape(cells.shape)
    wrong = (np.isnan(numbers) & ~is_missing) | np.isinf(numbers)
    wrong[:, -1] |= ~np.isin(numbers[:, -1], (0.0, 1.0))
    if wrong.any():
        raise BadInput(
            [
                Problem(
                    "must be 0 or 1" if column == len(RATIOS) else "must be a number or ?",
                    str(path), names[column], str(cells[row, column]), int(row) + 1,
                )
                for row, column in np.argwhere(wrong)
            ]
        )  # fmt: skip
    return ValidationSet(
        name="polish",
        X=pd.DataFrame(numbers[:, :-1], columns=list(RATIOS)),
        y=numbers[:, -1].astype(np.int64),
        weights=np.ones(len(numbers)),
        vintage=np.zeros(len(numbers), dtype=np.int64),
        directions=dict(DIRECTIONS),
        groups=dict.fromkeys(RATIOS, "B"),
        data_hash=sha256_of_file(path),
        exclusions={},
        outcome="bankrupt within one year",
        outcome_column="class",
        segments={"size": _size(numbers[:, RATIOS.index("log_assets")])},
    )


def _size(log_assets: np.ndarray) -> np.ndarray:
    """Thirds of the firms by total assets."""
    low, high = np.nanquantile(log_assets, [1 / 3, 2 / 3])
    labels = np.where(log_assets <= low, "small third", np.where(log_assets <= high, "middle third", "large third"))
    return np.where(np.isnan(log_assets), "not told", labels).astype(object)


def _arff(path: Path) -> tuple[list[str], np.ndarray]:
    """Attribute names and cells of a dense ARFF file.

    Raises:
        BadInput: no ARFF, or a data line has too few or too many cells.
    """
    content = file_bytes(path)
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(Problem(f"is a damaged gzip file: {error}", str(path), remedy="fetch it again")) from error
    text, _ = decode(content, str(path))
    head, mark, data = re.split(r"(?im)^(@data)\s*$", text, maxsplit=1) if "@data" in text.lower() else (text, "", "")
    names = re.findall(r"(?im)^@attribute\s+'?([^\s']+)'?\s", head)
    if not mark or not names:
        raise BadInput(Problem("must be ARFF: @attribute lines, then @data", str(path)))
    lines = [line.split(",") for line in data.splitlines() if line.strip() and not line.startswith("%")]
    problems = [
        Problem(f"must hold {len(names)} cells", str(path), value=f"{len(cells)} cells", row=at)
        for at, cells in enumerate(lines, 1)
        if len(cells) != len(names)
    ]
    if problems or not lines:
        raise BadInput(problems or Problem("must hold data lines", str(path), "@data"))
    return names, np.char.strip(np.array(lines, dtype=str))
