"""Does the competitiveness index add anything to size and growth? A test that may say no.

Two outcomes a year ahead of each day judged: the firm defaulted (a facility defaulted or was written off), and how
its output grew over the half-year after. For each, models with size and growth alone and with the index beside them
are fitted on four fifths of the firms and judged on the rest, so that the extra column cannot flatter itself; a
firm's rows stay together in folds, in the bootstrap and in the likelihood-ratio test's correction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import chi2, rankdata

from credit.errors import BadInput, Problem
from credit.growth.competitiveness import competitiveness
from credit.logit import fit_logit
from credit.ranges import Floats
from credit.tables import visible

OUTCOME_DAYS, GROWTH_MONTHS = 365, 6
FOLDS, RESAMPLES = 5, 400
_BASE = ("log_size", "growth")


@dataclass(frozen=True)
class Gain:
    """What the index adds to one outcome.

    Attributes:
        outcome: `default` or `growth`.
        measure: `auc` or `r2`, out of fold.
        without: of size and growth alone.
        with_index: with the index beside them.
        gain: the difference.
        low: lower end of its 95 % interval (firms resampled).
        high: upper end.
        coefficient: of the index, in log-odds or log output a normal score.
        likelihood_ratio: twice the log-likelihood gained in sample, over the design effect of repeated firms.
        p_value: of that ratio under no effect.
        rows: firm-days.
        firms: firms.
        events: defaults; 0 for growth.
    """

    outcome: str
    measure: str
    without: float
    with_index: float
    gain: float
    low: float
    high: float
    coefficient: float
    likelihood_ratio: float
    p_value: float
    rows: int
    firms: int
    events: int

    @property
    def verdict(self) -> str:
        """In words."""
        told = f"{self.measure} {self.without:.3f} -> {self.with_index:.3f}, gain {self.gain:+.3f}"
        told += f" [{self.low:+.3f}, {self.high:+.3f}]"
        if self.low > 0.0:
            return f"adds something to the forecast of {self.outcome}: {told}"
        if self.high < 0.0:
            return f"harms the forecast of {self.outcome}: {told}"
        return f"adds nothing that can be shown to the forecast of {self.outcome}: {told}"


def incremental_value(tables: Mapping[str, pd.DataFrame], days: Sequence[date]) -> list[Gain]:
    """Test the index on a platform's own history.

    Args:
        tables: the observable tables, long enough to show what came after each day.
        days: days judged; the outcome year of each must lie inside the tables.

    Raises:
        BadInput: no rows, or fewer than ten defaults.
    """
    rows = pd.concat([_rows(tables, day) for day in days], ignore_index=True)
    judged = rows.dropna(subset=["index", *_BASE])
    if judged["firm_id"].nunique() < FOLDS * 2:
        raise BadInput(Problem(f"must leave at least {FOLDS * 2} firms with an index", field="days", value=len(judged)))
    borrowers = judged[judged["has_borrowed"]]
    events = int(borrowers["default"].sum())
    if events < 10:
        raise BadInput(Problem("must hold at least ten defaults within a year of the days", field="days", value=events))
    growing = judged.dropna(subset=["later_growth"])
    return [_gain(borrowers, "default", "default"), _gain(growing, "growth", "later_growth")]


def _rows(tables: Mapping[str, pd.DataFrame], day: date) -> pd.DataFrame:
    """One row a firm: index, size, growth as known on the day, and what came after."""
    standing = competitiveness(tables, day)[["index"]]
    operations = tables["operations"]
    month = pd.to_datetime(operations["month"])
    output = operations.assign(month=month.dt.year * 12 + month.dt.month, kg=operations["output_kg"].astype(float))
    output = output.pivot_table(index="firm_id", columns="month", values="kg", aggfunc="sum")
    output.index = output.index.astype(str)
    last = day.year * 12 + day.month if (day + timedelta(days=1)).day == 1 else day.year * 12 + day.month - 1

    def mean(first: int, until: int) -> pd.Series:
        return output.reindex(columns=range(first, until + 1)).mean(axis=1)

    quarter, year = mean(last - 2, last), mean(last - 11, last)
    later = mean(last + GROWTH_MONTHS - 2, last + GROWTH_MONTHS)
    facilities = visible(tables, day)["facilities"]
    borrowed = set(facilities["firm_id"].astype(str))
    every = tables["facilities"]
    closed = pd.to_datetime(every["closed_on"])
    is_bad = every["status"].isin(["defaulted", "written_off"])
    start, end = pd.Timestamp(day), pd.Timestamp(day) + timedelta(days=OUTCOME_DAYS)
    bad = set(every.loc[is_bad & (closed > start) & (closed <= end), "firm_id"].astype(str))
    gone = set(every.loc[is_bad & (closed <= start), "firm_id"].astype(str))
    told = standing.assign(
        log_size=_log(year).reindex(standing.index),
        growth=(_log(quarter) - _log(year)).reindex(standing.index),
        later_growth=(_log(later) - _log(quarter)).reindex(standing.index),
    )
    told["has_borrowed"] = told.index.isin(borrowed) & ~told.index.isin(gone)
    told["default"] = told.index.isin(bad).astype(float)
    return told.rename_axis("firm_id").reset_index()


def _log(values: pd.Series) -> pd.Series:
    return pd.Series(np.log(values.where(values > 0).to_numpy(dtype=float)), index=values.index)


def _gain(rows: pd.DataFrame, outcome: str, column: str) -> Gain:
    y = rows[column].to_numpy(dtype=float)
    firm, names = pd.factorize(rows["firm_id"])
    base = np.column_stack((np.ones(len(rows)), rows[list(_BASE)].to_numpy(dtype=float)))
    base[:, 1:] = (base[:, 1:] - base[:, 1:].mean(axis=0)) / base[:, 1:].std(axis=0)
    full = np.column_stack((base, rows["index"].to_numpy(dtype=float)))
    fold = np.random.default_rng(7).permutation(len(names))[firm] % FOLDS
    is_default = outcome == "default"
    told = [_out_of_fold(X, y, fold, is_default) for X in (base, full)]
    score = _area if is_default else _r_squared
    values = [float(score(y, forecast)) for forecast in told]
    draws = _resampled(y, told, firm, len(names), score)
    ratio, coefficient, scores = _likelihood_ratio(base, full, y, is_default)
    # rows of a firm repeat each other: the ratio is divided by the clustered over the independent variance of the score
    clustered = float((np.bincount(firm, weights=scores) ** 2).sum()) / float((scores**2).sum())
    ratio /= max(clustered, 1.0)
    return Gain(
        outcome,
        "auc" if is_default else "r2",
        values[0],
        values[1],
        values[1] - values[0],
        float(np.quantile(draws, 0.025)),
        float(np.quantile(draws, 0.975)),
        coefficient,
        ratio,
        float(chi2.sf(ratio, 1)),
        len(rows),
        len(names),
        int(y.sum()) if is_default else 0,
    )


def _out_of_fold(X: Floats, y: Floats, fold: np.ndarray, is_default: bool) -> Floats:
    told = np.empty(len(y))
    for number in range(FOLDS):
        learn, judge = fold != number, fold == number
        found = _fitted(X[learn], y[learn], is_default)
        if is_default:
            found[0] = (
                0.0  # folds with few defaults learn a high constant: pooled over folds it would turn the order round
            )
        told[judge] = X[judge] @ found
    return told


def _fitted(X: Floats, y: Floats, is_default: bool) -> Floats:
    if is_default:
        ridge = np.append(0.0, np.ones(X.shape[1] - 1))
        return fit_logit(X, y, [f"x{number}" for number in range(X.shape[1])], ridge=ridge).coefficients
    return np.linalg.lstsq(X, y, rcond=None)[0]


def _likelihood_ratio(base: Floats, full: Floats, y: Floats, is_default: bool) -> tuple[float, float, Floats]:
    small, large = _fitted(base, y, is_default), _fitted(full, y, is_default)
    if is_default:
        p, q = (1.0 / (1.0 + np.exp(-X @ b)) for X, b in ((base, small), (full, large)))
        gained = float((y * np.log(q / p) + (1.0 - y) * np.log((1.0 - q) / (1.0 - p))).sum())
        residual = y - q
    else:
        residual, former = y - full @ large, y - base @ small
        gained = 0.5 * len(y) * float(np.log((former**2).sum() / (residual**2).sum()))
    beside = full[:, -1] - base @ np.linalg.lstsq(base, full[:, -1], rcond=None)[0]
    return max(2.0 * gained, 0.0), float(large[-1]), residual * beside


def _area(y: Floats, forecast: Floats) -> float:
    """Area under the ROC curve from ranks: a tenth of the library's time, which four hundred resamples need."""
    bad = y == 1.0
    count = float(bad.sum())
    return float((rankdata(forecast)[bad].sum() - 0.5 * count * (count + 1.0)) / (count * (len(y) - count)))


def _r_squared(y: Floats, forecast: Floats) -> float:
    return 1.0 - float(((y - forecast) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def _resampled(
    y: Floats, told: list[Floats], firm: np.ndarray, count: int, score: Callable[[Floats, Floats], float]
) -> Floats:
    generator = np.random.default_rng(11)
    order = np.argsort(firm, kind="stable")
    bounds = np.searchsorted(firm[order], np.arange(count + 1))
    rows_of = [order[bounds[number] : bounds[number + 1]] for number in range(count)]
    draws: list[float] = []
    while len(draws) < RESAMPLES:
        rows = np.concatenate([rows_of[number] for number in generator.integers(0, count, count)])
        if len(np.unique(y[rows])) > 1:
            draws.append(score(y[rows], told[1][rows]) - score(y[rows], told[0][rows]))
    return np.array(draws)
