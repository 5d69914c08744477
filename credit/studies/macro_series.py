"""The economy as it was known at the start of each month: public series moved on by their publication lag."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.parameters import parameters

PRICES, OIL, EXITS = "prices/us_ppi_plastics_monthly.csv", "prices/brent_daily.csv", "firms/us_bds_firm_age.csv"
FILES = (PRICES, OIL, EXITS)

FIRST_MONTH = np.datetime64("1990-01")
LAST_MONTH = np.datetime64("2014-12")
"""The months that are told: the lives of the public SBA loans for which every series is there."""

MEANING = {
    "resin_change": "producer price of plastic resins (WPU066), log change over twelve months",
    "goods_change": "producer price of all commodities (PPIACO), log change over twelve months",
    "oil_change": "Brent, monthly mean, log change over twelve months",
    "firm_exit_rate": "firms that died in a year (to March) over firms, a share",
}


def as_published(folder: Path) -> pd.DataFrame:
    """The newest value of each series at the start of each month.

    Args:
        folder: the folder of real data.

    Returns:
        Columns of MEANING, indexed by month (datetime64[M]) from FIRST_MONTH to LAST_MONTH.

    Raises:
        BadInput: a file is absent or no such series, or does not reach over these months.
    """
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise BadInput([Problem("the file does not exist", file=str(folder / name)) for name in absent])
    prices = _read(folder / PRICES, ["date", "WPU066", "PPIACO"])
    month = pd.to_datetime(prices["date"]).to_numpy().astype("datetime64[M]")
    oil = _read(folder / OIL, ["Date", "Price"])
    oil_month = pd.Series(pd.to_datetime(oil["Date"]).to_numpy().astype("datetime64[M]"))
    mean_oil = pd.Series(oil["Price"].to_numpy()).groupby(oil_month).mean()
    firms = _read(folder / EXITS, ["year", "firms", "firmdeath_firms"])
    told = firms[["firms", "firmdeath_firms"]].apply(pd.to_numeric, errors="coerce").groupby(firms["year"]).sum()
    rate = (told["firmdeath_firms"] / told["firms"]).replace(0.0, np.nan)
    march = np.array([f"{year}-03" for year in rate.index], dtype="datetime64[M]")
    series = {
        "resin_change": (_yearly_change(pd.Series(prices["WPU066"].to_numpy(), month)), "producer_price_lag_months"),
        "goods_change": (_yearly_change(pd.Series(prices["PPIACO"].to_numpy(), month)), "producer_price_lag_months"),
        "oil_change": (_yearly_change(mean_oil), "oil_price_lag_months"),
        "firm_exit_rate": (pd.Series(rate.to_numpy(), march), "firm_exit_lag_months"),
    }
    wanted = np.arange(FIRST_MONTH, LAST_MONTH + np.timedelta64(1, "M"))
    lags, day = parameters("macro_series"), date(1990, 1, 1)
    columns = {
        name: _at_month_starts(known.dropna(), int(lags.value(lag, day)), wanted)
        for name, (known, lag) in series.items()
    }
    table = pd.DataFrame(columns, index=pd.Index(wanted, name="month"))
    if table.isna().any().any():
        name = str(table.columns[table.isna().any()][0])
        raise BadInput(Problem(f"must be known from {FIRST_MONTH} on", file=str(folder), field=name))
    return table


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    table = pd.read_csv(path)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BadInput([Problem("the column is missing", file=str(path), field=name) for name in missing])
    return table[columns]


def _yearly_change(level: pd.Series) -> pd.Series:
    return np.log(level.sort_index()).diff(12)


def _at_month_starts(known: pd.Series, lag: int, months: np.ndarray) -> np.ndarray:
    """The newest value whose month was over, and published, when each month began; NaN before the first."""
    known = known.sort_index()
    published = known.index.to_numpy().astype("datetime64[M]") + np.timedelta64(1 + lag, "M")
    at = np.searchsorted(published, months, side="right") - 1
    return np.where(at >= 0, known.to_numpy()[np.maximum(at, 0)], np.nan)
