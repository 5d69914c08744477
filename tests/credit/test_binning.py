"""Bins: the search is exact, it reaches the peer's information value, and every value has one place."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.scorers.binning import BinnedFeature, charge_a_bin, fit_bins
from credit.scorers.bins import (
    CategoryBins,
    NumericBins,
    bins_from_json,
    common_refinement,
    shortest_between,
)
from credit.scorers.optimal_partition import (
    Cells,
    Limits,
    information_value,
    optimal_bounds,
)
from credit.validation_sets import german, polish, sba

CELL = st.tuples(st.integers(0, 12), st.integers(0, 30))


def every_partition(cells: int):
    """All partitions into contiguous bins, as bounds: 2**(cells - 1) of them."""
    for kept in range(2 ** (cells - 1)):
        yield [0, *(i + 1 for i in range(cells - 1) if kept >> i & 1), cells]


def is_in_trend(rates: np.ndarray, trend: str) -> bool:
    """Whether rates run as asked."""
    rises, falls = bool((np.diff(rates) >= 0).all()), bool((np.diff(rates) <= 0).all())
    return {"rising": rises, "falling": falls, "either": rises or falls, "any": True}[trend]


def worth(cells: Cells, bounds: list[int], charge: float = 0.0) -> float:
    bins = cells.merged(bounds)
    return float(information_value(bins.bad, bins.good, cells.bad.sum(), cells.good.sum()).sum()) - charge * len(bins)


def best_of_all(cells: Cells, trend: str, limits: Limits) -> float | None:
    """Every partition looked at, one by one."""
    found = []
    for bounds in every_partition(len(cells)):
        bins = cells.merged(bounds)
        weight = bins.bad + bins.good
        is_large = (weight >= limits.least_share * (cells.bad + cells.good).sum() * (1 - 1e-12)).all()
        has_both = (np.minimum(bins.bad_rows, bins.good_rows) >= limits.least_defaults).all()
        is_short = limits.most_bins is None or len(bins) <= limits.most_bins
        if is_large and has_both and is_short and is_in_trend(bins.bad / np.where(weight > 0, weight, 1), trend):
            found.append(worth(cells, bounds, limits.charge))
    return max(found, default=None)


@given(
    st.lists(CELL, min_size=1, max_size=8),
    st.sampled_from(["rising", "falling", "either", "any"]),
    st.builds(
        Limits,
        least_share=st.sampled_from([0.0, 0.05, 0.2]),
        least_defaults=st.sampled_from([1, 4]),
        charge=st.sampled_from([0.0, 0.03]),
        most_bins=st.sampled_from([None, 1, 2, 3]),
    ),
)
def test_the_search_finds_what_trying_every_partition_finds(counts, trend, limits):
    bad, good = np.array(counts, dtype=float).T
    cells = Cells(bad, good, bad, good)
    bounds = optimal_bounds(cells, trend, limits)
    truth = best_of_all(cells, trend, limits)
    if truth is None:
        assert bounds == [0, len(cells)]
        return
    assert worth(cells, bounds, limits.charge) == pytest.approx(truth, abs=1e-12)
    bins = cells.merged(bounds)
    assert is_in_trend(bins.bad / (bins.bad + bins.good), trend)


def groupings(words: int):
    """All ways to put words into groups, as a group number a word."""

    def grown(told: list[int]):
        if len(told) == words:
            yield told
            return
        for group in range(max(told, default=-1) + 2):
            yield from grown([*told, group])

    return grown([])


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30)), min_size=2, max_size=7),
    st.sampled_from([None, 2, 3]),
)
def test_no_grouping_of_words_beats_the_one_found_among_contiguous_ones(counts, most_bins):
    bad, good = np.array(counts, dtype=float).T
    order = np.argsort(bad / (bad + good), kind="stable")
    cells = Cells(bad, good, bad, good).take(order)
    found = worth(cells, optimal_bounds(cells, "rising", Limits(0.0, 1, most_bins=most_bins)))
    best = 0.0
    for grouping in groupings(len(counts)):
        if most_bins is None or max(grouping) < most_bins:
            sums = [np.bincount(grouping, weights=each) for each in (bad, good)]
            best = max(best, float(information_value(*sums, bad.sum(), good.sum()).sum()))
    assert found == pytest.approx(best, abs=1e-12)


def many_values(rows: int = 4000, seed: int = 5):
    rng = np.random.default_rng(seed)
    x = pd.Series(rng.normal(size=rows), name="x")
    y = (rng.random(rows) < 1 / (1 + np.exp(1.5 - np.sin(2 * x) - x))).astype(int).to_numpy()
    return x, y, rng.uniform(0.5, 2.0, rows)


@pytest.mark.parametrize("trend", ["rising", "falling", "either", "any"])
def test_bins_keep_direction_least_share_and_least_defaults_under_weights(trend):
    x, y, weights = many_values()
    weights /= weights.mean()
    limits = Limits(least_share=0.04, least_defaults=25)
    table = fit_bins(x, y, weights, trend, limits).table().iloc[:-1]
    assert is_in_trend(table["default_rate"].to_numpy(), trend)
    if len(table) > 1:
        assert (table["share"] >= 0.04 - 1e-12).all()
        assert (table["defaults"] >= 25).all()
    assert table["share"].sum() == pytest.approx(1)
    if trend == "falling":  # the data rise nearly everywhere
        assert len(table) <= 3


def test_with_thousands_of_values_hardly_anything_is_lost_against_every_cut():
    x, y, weights = many_values(rows=1200)
    ours = fit_bins(x, y, weights, "rising", Limits(0.05, 5))
    order = np.argsort(x.to_numpy())
    hit = y[order] == 1
    cells = Cells(weights[order] * hit, weights[order] * ~hit, hit.astype(float), (~hit).astype(float))
    truth = worth(cells, optimal_bounds(cells, "rising", Limits(0.05, 5)))
    assert ours.information_value >= 0.998 * truth


def optbinning_value(column: pd.Series, y: np.ndarray) -> float:
    from optbinning import OptimalBinning

    words = isinstance(column.dtype, pd.CategoricalDtype)
    peer = OptimalBinning(
        dtype="categorical" if words else "numerical",
        monotonic_trend="auto" if words else "auto_asc_desc",
        min_bin_size=0.05,
        min_bin_n_event=1,
        min_bin_n_nonevent=1,
    )
    peer.fit(column.astype(object).to_numpy() if words else column.to_numpy(dtype=float), y)
    peer.binning_table.build()
    return float(peer.binning_table.iv)


@pytest.mark.skipif(importlib.util.find_spec("optbinning") is None, reason="the peer optbinning is not installed")
@pytest.mark.parametrize("name", ["german", "polish", "sba"])
def test_it_reaches_the_information_value_of_optbinning(real_data, name):
    if name == "sba":
        source = sba(real_data / "loans" / "sba_casecontrol.csv.gz")
        few = np.random.default_rng(1).permutation(len(source.y))[:8000]
        X, y = source.X.iloc[few], source.y[few]
        words = [c for c in X if isinstance(X[c].dtype, pd.CategoricalDtype)]
        X = X.drop(columns=[c for c in words if X[c].nunique() > 60])  # the peer takes minutes on thousands of lenders
    else:
        source = german(real_data) if name == "german" else polish(real_data)
        X, y = source.X, source.y
        X = X.iloc[:, ::4] if name == "polish" else X
    told = {}
    for column in X:
        ours = fit_bins(X[column], y, np.ones(len(y)), "either", Limits(0.05, 1), rare_rows=1).information_value
        theirs = optbinning_value(X[column], y)
        if theirs > 1e-6:
            told[column] = ours / theirs
    assert len(told) >= 10
    assert min(told.values()) >= 0.99, {c: r for c, r in told.items() if r < 0.99}


def test_missing_special_and_rare_values_have_bins_of_their_own():
    rng = np.random.default_rng(2)
    x = pd.Series(rng.normal(10, 3, 2000).round(1), name="income")
    y = (rng.random(2000) < np.where(x < 9, 0.3, 0.1)).astype(int)
    x[:200], x[200:260] = np.nan, -999.0
    y[200:260] = 0
    found = fit_bins(x, y, np.ones(2000), special_codes=(-999.0,))
    table = found.table().set_index("bin")
    assert table.loc["missing", "rows"] == 200
    assert table.loc["= -999", "rows"] == 60
    assert np.isfinite(found.weight_of_evidence).all()
    assert -1.5 < table.loc["= -999", "weight_of_evidence"] < -0.5  # sixty rows, none defaulted: safe, within reason
    words = pd.Series(np.where(rng.random(2000) < 0.5, "steady", "young"), name="kind", dtype=object)
    words[:3] = "once"
    kinds = fit_bins(words.astype("category"), y, np.ones(2000))
    assert kinds.bins.groups == (("steady", "young"),) or "once" not in str(kinds.bins.groups)
    assert kinds.bins.index(pd.Series(["once", "never seen", None, "young"])).tolist()[:3] == [
        len(kinds.bins.groups),
        len(kinds.bins.groups),
        len(kinds.bins.groups) + 1,
    ]


def test_a_feature_that_parts_the_classes_almost_or_wholly_is_not_thrown_out():
    rng = np.random.default_rng(3)
    y = (rng.random(1000) < 0.3).astype(int)
    x = pd.Series(y + rng.uniform(0, 0.9, 1000), name="x")
    wholly = fit_bins(x, y, np.ones(1000), "rising", Limits(0.05, 8))
    assert len(wholly.bins.edges) >= 1
    assert np.ptp(wholly.weight_of_evidence) > 8
    x[np.flatnonzero(y == 1)[:2]] = 0.1
    almost = fit_bins(x, y, np.ones(1000), "rising", Limits(0.05, 8)).table().iloc[:-1]
    assert almost["defaults"].min() == 2
    rare = pd.Series(np.where(np.arange(1000) % 97 == 0, 1.0, 0.0), name="rare")  # eleven rows: too few to tell
    assert fit_bins(rare, y, np.ones(1000), "either", Limits(0.0, 8)).bins.edges == ()


def test_where_a_feature_says_nothing_the_charge_leaves_one_bin():
    rng = np.random.default_rng(11)
    weights, kept, free = np.ones(1500), [], []
    for _ in range(40):
        x, y = pd.Series(rng.normal(size=1500), name="noise"), (rng.random(1500) < 0.1).astype(int)
        charge = charge_a_bin(y, weights, caution=6.0)
        kept.append(len(fit_bins(x, y, weights, limits=Limits(0.05, 5, charge)).bins) - 1)
        free.append(len(fit_bins(x, y, weights, limits=Limits(0.05, 5)).bins) - 1)
    assert np.mean(np.array(kept) == 1) > 0.7
    assert np.mean(free) > 2.5


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_an_edge_lies_above_the_lower_and_not_above_the_upper_value(low, step):
    high = low + step
    if high > low:
        assert low < shortest_between(low, high) <= high


def test_edges_are_numbers_that_people_read():
    assert shortest_between(2.0, 3.0) == 3.0
    assert shortest_between(0.11837, 0.12141) == 0.12
    assert shortest_between(-0.3, 0.4) == 0.0
    assert shortest_between(0.0, 1.0) == 1.0
    assert shortest_between(1969.0, 1992.0) == 1980.0


@given(
    st.lists(st.floats(-100, 100), min_size=0, max_size=6, unique=True),
    st.lists(st.one_of(st.floats(-120, 120), st.just(float("nan"))), min_size=1, max_size=20),
)
def test_a_number_falls_where_its_label_says(edges, values):
    bins = NumericBins("x", tuple(sorted(edges)), (-999.0,))
    index = bins.index(pd.Series([*values, -999.0]))
    for value, place in zip(values, index, strict=False):
        if np.isnan(value):
            assert bins.labels[place] == "missing"
        else:
            assert place == sum(edge <= value for edge in edges)
    assert bins.labels[index[-1]] == "= -999"


def test_a_refinement_can_be_put_together_again_to_both():
    one, two = NumericBins("x", (1.0, 5.0)), NumericBins("x", (3.0, 5.0, 9.0), (-1.0,))
    fine = common_refinement(one, two)
    x = pd.Series([0.0, 1.0, 2.9, 3.0, 5.0, 8.0, 9.0, np.nan])
    for coarse in (one, two):
        pairs = set(zip(fine.index(x).tolist(), coarse.index(x).tolist(), strict=True))
        assert len({place for place, _ in pairs}) == len(pairs)
    words = common_refinement(CategoryBins("k", (("a", "b"), ("c",))), CategoryBins("k", (("b", "c"), ("d",))))
    assert sorted(words.groups) == [("a",), ("b",), ("c",), ("d",)]


def test_bins_survive_their_file():
    x, y, weights = many_values(rows=500)
    found = fit_bins(x, y, weights)
    again = BinnedFeature.from_json(bins_from_json(found.bins.to_json()), found.to_json())
    assert again.bins == found.bins
    assert (again.weight_of_evidence == found.weight_of_evidence).all()


REFUSED = {
    "infinite": (pd.Series([1.0, np.inf] * 20, name="x"), "row 2, x: inf: every value must be a finite number"),
    "dates": (pd.Series(pd.to_datetime(["2024-01-01"] * 40), name="x"), "x: 'datetime64.*every value must be a number"),
    "numbers among words": (pd.Series(["a", 3] * 20, name="x"), "x: '3': categories must be text"),
}


@pytest.mark.parametrize("case", REFUSED, ids=REFUSED.get)
def test_what_has_no_bin_is_refused_by_name(case):
    column, told = REFUSED[case]
    with pytest.raises(BadInput, match=told):
        fit_bins(column, np.tile([0, 1], 20), np.ones(40))


def test_a_constant_an_empty_column_and_a_rare_word_say_nothing():
    y = np.tile([0, 1, 0, 0], 10)
    for column in (pd.Series(np.full(40, 3.0)), pd.Series(np.full(40, np.nan)), pd.Series(["a"] * 40, dtype=object)):
        found = fit_bins(column.rename("x"), y, np.ones(40))
        assert np.abs(found.weight_of_evidence).max() < 1e-9
        assert found.information_value == 0.0
