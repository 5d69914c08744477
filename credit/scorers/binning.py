"""Optimal binning of a feature: every distinct value a cell, and of their partitions the one that tells most.

Numbers keep their order, and the policy says how default rates must run (`cut_search`). Words are put in the order of
their default rates: without least sizes the best of all groupings, contiguous or not, is contiguous in that order
(Chou, IEEE TPAMI 13, 1991: any impurity that is concave in the class weights; the information value is minus one), and
the search of `optimal_partition` then finds it. Words with fewer than `rare_rows` rows are not trusted with a rate:
they share the bin of words never seen.

Missing values, special codes and `any other` are bins of their own, outside the order. Nothing keeps them from being
almost empty, so that their weight of evidence is shrunk: they are mixed with as many defaults at the average rate as a
bin of the search must hold. Without a row of their own they stand at 0, the average.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import field, rounded
from credit.scorers.bins import CategoryBins, NumericBins, is_categorical, numbers_of, shortest_between, words_of
from credit.scorers.cut_search import best_cuts
from credit.scorers.optimal_partition import (
    HALF_A_DEFAULT,
    Cells,
    Limits,
    Trend,
    eased,
    information_value,
    optimal_bounds,
)


@dataclass(frozen=True)
class BinnedFeature:
    """A feature's bins and what fell into them.

    Attributes:
        bins: where values fall.
        cells: what fell into each bin, in the order of `bins.labels`.
        doubt: defaults at the average rate that each bin is mixed with, shape (bins,); 0 for bins of the search.
    """

    bins: NumericBins | CategoryBins
    cells: Cells
    doubt: np.ndarray

    @cached_property
    def weight_of_evidence(self) -> np.ndarray:
        """Log of a bin's odds of default over everybody's, shape (bins,): above 0 is riskier than the average."""
        bad, good = self.cells.bad, self.cells.good
        all_bad, all_good = bad.sum(), good.sum()
        odds = (bad + self.doubt) / (good + self.doubt * all_good / all_bad)
        return rounded(np.log(odds * all_good / all_bad))

    @cached_property
    def information_values(self) -> np.ndarray:
        """What each bin adds to the information value, shape (bins,).

        A bin of one class only would add infinity; it is valued with half a default mixed in, so that a feature that
        knows the outcome stands first in a table of information values and not last.
        """
        bad, good = self.cells.bad, self.cells.good
        all_bad, all_good = bad.sum(), good.sum()
        mixed_in = HALF_A_DEFAULT * ((bad > 0) != (good > 0))
        return information_value(bad + mixed_in, good + mixed_in * all_good / all_bad, all_bad, all_good)

    @property
    def information_value(self) -> float:
        """How well the feature parts defaults from survivors: Jeffreys' divergence of the two over the bins."""
        return float(self.information_values.sum())

    def table(self) -> pd.DataFrame:
        """One row a bin."""
        bad, good = self.cells.bad, self.cells.good
        weight = bad + good
        rate = np.divide(bad, weight, out=np.full(len(bad), np.nan), where=weight > 0)
        return pd.DataFrame(
            {
                "feature": self.bins.name,
                "bin": self.bins.labels,
                "rows": (self.cells.bad_rows + self.cells.good_rows).astype(int),
                "defaults": self.cells.bad_rows.astype(int),
                "share": weight / weight.sum(),
                "default_rate": rate,
                "weight_of_evidence": self.weight_of_evidence,
                "information_value": self.information_values,
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        told = {name: getattr(self.cells, name).tolist() for name in ("bad", "good", "bad_rows", "good_rows")}
        return told | {"doubt": self.doubt.tolist()}

    @classmethod
    def from_json(cls, bins: NumericBins | CategoryBins, content: Mapping[str, Any]) -> "BinnedFeature":
        """Rebuild from the bins and `to_json`.

        Raises:
            BadInput: a field is absent, or has not one value a bin.
        """
        names = ("bad", "good", "bad_rows", "good_rows", "doubt")
        told = [np.array(field(content, name, "scorecard"), dtype=float) for name in names]
        for name, values in zip(names, told, strict=True):
            if values.shape != (len(bins),):
                raise BadInput(
                    Problem(f"must have one value for each of the {len(bins)} bins of {bins.name}", field=name)
                )
        return cls(bins, Cells(*told[:4]), told[4])


def fit_bins(
    column: pd.Series,
    is_default: np.ndarray,
    weights: np.ndarray,
    trend: Trend = "either",
    limits: Limits | None = None,
    special_codes: Sequence[float] = (),
    rare_rows: int = 10,
) -> BinnedFeature:
    """The bins of a feature with the largest information value.

    Args:
        column: numbers, or words (dtype category, string or object); its name is the feature's.
        is_default: outcomes 0 or 1.
        weights: above 0, mean 1.
        trend: how default rates run over numbers; words know no order.
        limits: what a bin must hold.
        special_codes: numbers that mean something else than their size (-1 for "no account").
        rare_rows: words with fewer rows share a bin with words never seen.

    Raises:
        BadInput: the column is neither numbers nor words, or holds infinities.
    """
    limits = limits or Limits()
    if is_categorical(column) and not column.isna().all():
        return _fit_categories(column, is_default, weights, limits, rare_rows)
    return _fit_numbers(column, is_default, weights, trend, limits, special_codes)


def _filled(
    bins: NumericBins | CategoryBins,
    column: pd.Series,
    is_default: np.ndarray,
    weights: np.ndarray,
    searched: int,
    doubt: float,
    doubt_outside: float,
) -> BinnedFeature:
    """What falls into bins of which the first `searched` came out of the search."""
    cells = _cells(bins.index(column), is_default, weights, len(bins))
    return BinnedFeature(bins, cells, np.where(np.arange(len(bins)) < searched, doubt, doubt_outside))


def _fit_numbers(
    column: pd.Series,
    is_default: np.ndarray,
    weights: np.ndarray,
    trend: Trend,
    limits: Limits,
    special_codes: Sequence[float],
) -> BinnedFeature:
    name = str(column.name)
    values = numbers_of(column, name)
    codes = tuple(float(code) for code in special_codes)
    is_plain = ~np.isnan(values) & ~np.isin(values, codes)
    distinct, cell_of = np.unique(values[is_plain], return_inverse=True)
    edges: tuple[float, ...] = ()
    own = limits
    if len(distinct):
        cells = _cells(cell_of, is_default[is_plain], weights[is_plain], len(distinct))
        own = eased(limits, cells, float(weights.sum()))
        bounds = best_cuts(cells, trend, own, float(weights.sum()))
        edges = tuple(shortest_between(distinct[cut - 1], distinct[cut]) for cut in bounds[1:-1])
    searched, outside = (len(edges) + 1 if edges else 0), float(limits.least_defaults)
    return _filled(NumericBins(name, edges, codes), column, is_default, weights, searched, own.doubt, outside)


def _fit_categories(
    column: pd.Series, is_default: np.ndarray, weights: np.ndarray, limits: Limits, rare_rows: int
) -> BinnedFeature:
    name = str(column.name)
    codes, words = words_of(column, name)
    if not isinstance(column.dtype, pd.CategoricalDtype) and words and all(map(_is_number, words)):
        rule, remedy = (
            "holds numbers written as words",
            "make it numbers, or a column of dtype category if they are codes",
        )
        raise BadInput(Problem(rule, field=name, value=words[0], remedy=remedy))
    is_known, outside = codes >= 0, float(limits.least_defaults)
    cells = _cells(codes[is_known], is_default[is_known], weights[is_known], len(words))
    common = np.flatnonzero(cells.bad_rows + cells.good_rows >= max(rare_rows, 1))
    if not len(common):
        return _filled(CategoryBins(name, ()), column, is_default, weights, 0, 0.0, outside)
    rate = cells.bad[common] / (cells.bad + cells.good)[common]
    # ties in the order of the words, so that the order of a column's categories changes nothing
    order = common[np.lexsort((np.array([words[i] for i in common], dtype=object), rate))]
    own = eased(limits, cells.take(order), float(weights.sum()))
    bounds = optimal_bounds(cells.take(order), "rising", own, float(weights.sum()))
    groups = tuple(tuple(sorted(words[i] for i in order[a:b])) for a, b in pairwise(bounds))
    searched = len(groups) if len(groups) > 1 else 0
    return _filled(CategoryBins(name, groups), column, is_default, weights, searched, own.doubt, outside)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _cells(index: np.ndarray, is_default: np.ndarray, weights: np.ndarray, count: int) -> Cells:
    is_bad = is_default == 1
    return Cells(
        np.bincount(index[is_bad], weights[is_bad], minlength=count),
        np.bincount(index[~is_bad], weights[~is_bad], minlength=count),
        np.bincount(index[is_bad], minlength=count).astype(float),
        np.bincount(index[~is_bad], minlength=count).astype(float),
    )


def charge_a_bin(is_default: np.ndarray, weights: np.ndarray, caution: float) -> float:
    """Information value that chance gives a bin, times `caution`.

    Where a feature says nothing, information value over (1/B + 1/G) is about chi-square with one degree of freedom a
    bin after the first, B and G being the effective numbers (sum of weights squared over sum of squares) of defaults
    and survivors: (1/B + 1/G) is what a bin brings by chance alone.
    """
    sizes = [weights[is_default == outcome] for outcome in (0, 1)]
    if any(not len(each) for each in sizes):
        raise BadInput(Problem("both outcomes must occur", field="y"))
    return caution * float(sum((each**2).sum() / each.sum() ** 2 for each in sizes))
