"""Chance and ignorance are parted as planted: variance components, intervals, flips and break-evens of known truth."""

import math

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from sim.arms.break_even import break_even
from sim.arms.flips import flips
from sim.arms.two_way import two_way


def planted(rng, draws, seeds, sd_draw, sd_seed, sd_rest, mean=0.0):
    draw, seed = sd_draw * rng.standard_normal((draws, 1)), sd_seed * rng.standard_normal((1, seeds))
    return mean + draw + seed + sd_rest * rng.standard_normal((draws, seeds))


def test_planted_variance_components_are_found():
    rng = np.random.default_rng(1)
    found = [two_way(planted(rng, 12, 20, 3.0, 2.0, 1.0)) for _ in range(400)]
    squares = {name: np.mean([getattr(one, name) ** 2 for one in found]) for name in
               ("sd_assumptions", "sd_seeds", "sd_remainder")}  # fmt: skip
    assert squares["sd_assumptions"] == pytest.approx(9.0, rel=0.1)
    assert squares["sd_seeds"] == pytest.approx(4.0, rel=0.1)
    assert squares["sd_remainder"] == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(("sd_draw", "sd_seed"), [(3.0, 0.5), (0.5, 3.0)])
def test_each_interval_covers_what_it_speaks_of_and_is_wide_for_its_own_cause_only(sd_draw, sd_seed):
    rng, covered, widths = np.random.default_rng(2), [], []
    for _ in range(400):
        draw, seed = sd_draw * rng.standard_normal((8, 1)), sd_seed * rng.standard_normal((1, 10))
        found = two_way(5.0 + draw + seed + rng.standard_normal((8, 10)))
        # other seeds under these draws: the truth is 5 plus these draws; one more draw on these seeds: 5 plus these
        # seeds plus that draw, and what neither explains
        further = 5.0 + seed.mean() + sd_draw * rng.standard_normal() + rng.standard_normal(10).mean()
        covered.append(
            (
                found.over_seeds.low <= 5.0 + draw.mean() <= found.over_seeds.high,
                found.over_assumptions.low <= further <= found.over_assumptions.high,
            )
        )
        widths.append((found.over_seeds.high - found.over_seeds.low,
                       found.over_assumptions.high - found.over_assumptions.low))  # fmt: skip
    assert np.mean(covered, axis=0) == pytest.approx([0.95, 0.95], abs=0.03)
    by_seeds, by_draws = np.mean(widths, axis=0)
    assert (by_seeds > by_draws) == (sd_seed > sd_draw)


@pytest.mark.parametrize("draws", [5, 8, 9])
def test_few_draws_convict_nobody_of_eighty(draws):
    """A perfect order of five is one of sixty: of eighty assumptions that do nothing, one or two are as perfect."""
    rng = np.random.default_rng(6)
    drawn = pd.DataFrame(rng.uniform(size=(draws, 80)), columns=[f"p{number}" for number in range(80)])
    found = flips(drawn["p0"].to_numpy(), drawn, dict.fromkeys(drawn.columns, 0.5))
    perfect = next(flip for flip in found if flip.assumption == "p0")
    assert perfect.rank_correlation == pytest.approx(1.0)
    assert perfect.p == pytest.approx(min(1.0, 80 * 2 / math.factorial(draws)), rel=1e-6)


def test_more_seeds_narrow_the_answer_and_more_draws_do_not():
    rng = np.random.default_rng(5)

    def width(draws, seeds):
        found = [two_way(planted(rng, draws, seeds, 3.0, 3.0, 1.0)) for _ in range(200)]
        reach = [(one.over_seeds.high - one.over_seeds.low, one.over_assumptions.high - one.over_assumptions.low)
                 for one in found]  # fmt: skip
        return np.mean(reach, axis=0)

    (few_seeds, few_draws), (many_seeds, many_draws) = width(20, 20), width(200, 200)
    assert many_seeds < 0.5 * few_seeds
    assert many_draws == pytest.approx(2 * 1.96 * 3.0, rel=0.05)
    assert few_draws == pytest.approx(many_draws, rel=0.2)


def test_the_balanced_layout_adds_up_and_does_without_a_seed_that_misses_a_cell():
    values = planted(np.random.default_rng(3), 4, 6, 1.0, 1.0, 1.0)
    holed = np.column_stack([values, [math.nan, 1.0, 2.0, 3.0]])
    assert two_way(holed) == two_way(values)
    total = values.var(ddof=0) * values.size
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    rest = values - rows[:, None] - columns + values.mean()
    assert total == pytest.approx(6 * rows.var() * 4 + 4 * columns.var() * 6 + (rest**2).sum())
    assert two_way(values).sd_remainder ** 2 == pytest.approx((rest**2).sum() / 15)


def test_without_draws_there_is_chance_alone():
    found = two_way(np.array([[1.0, 2.0, 3.0, -1.0]]))
    assert math.isnan(found.sd_assumptions)
    assert found.sd_seeds == pytest.approx(np.std([1, 2, 3, -1], ddof=1))
    assert (found.share_positive, found.cells) == (0.75, 4)
    with pytest.raises(BadInput, match="draws, seeds"):
        two_way(np.zeros(3))


def test_a_planted_assumption_is_named_with_its_direction_and_noise_names_nobody():
    rng = np.random.default_rng(4)
    drawn = pd.DataFrame(rng.uniform(0.0, 10.0, (60, 30)), columns=[f"p{number}" for number in range(30)])
    stated = dict.fromkeys(drawn.columns, 4.0)
    difference = 12.0 - 2.0 * drawn["p7"].to_numpy() + rng.normal(0.0, 1.0, 60)
    first, *others = flips(difference, drawn, stated)
    assert (first.assumption, first.direction, first.stated) == ("p7", "more", 4.0)
    assert first.p < 0.001
    assert min(flip.p for flip in others) > 0.05
    assert flips(difference[:4], drawn[:4], stated) == []


@pytest.mark.parametrize("root", [0.1, 0.37, 0.9])
def test_the_line_through_worlds_finds_where_live_data_begin_to_pay(root):
    rng, shares = np.random.default_rng(6), [0.0, 0.25, 0.5, 1.0]
    leads = 10.0 * (np.array(shares)[:, None] - root) + rng.normal(
        0.0, 2.0, 40
    )  # a market's luck is the same everywhere
    found = break_even(shares, leads)
    assert found.verdict == "from"
    assert found.low <= root <= found.high
    assert found.share == pytest.approx(root, abs=0.15)


def test_the_interval_of_the_break_even_covers_it():
    rng, shares, covered = np.random.default_rng(7), np.array([0.0, 0.5, 1.0]), []
    for _ in range(200):
        leads = 4.0 * (shares[:, None] - 0.4) + rng.normal(0.0, 2.0, (3, 8))
        found = break_even(shares.tolist(), leads)
        covered.append(found.low <= 0.4 <= found.high)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_no_change_of_sign_is_told_and_chance_is_admitted():
    flat, sure = np.ones((3, 6)), [0.0, 0.5, 1.0]
    always, never = break_even(sure, flat), break_even(sure, -flat)
    assert (always.verdict, always.low, always.high) == ("always", 0.0, 0.0)
    assert (never.verdict, never.low, never.high) == ("never", 1.0, 1.0)
    falling = break_even(sure, np.array([[1.0] * 6, [0.0] * 6, [-1.0] * 6]))
    assert falling.verdict == "never"  # clearer data that do harm pay from no share on
    rng = np.random.default_rng(8)
    chance = break_even(sure, rng.normal(0.0, 1.0, (3, 8)))
    assert chance.high - chance.low > 0.5
    with pytest.raises(BadInput, match="worlds, seeds"):
        break_even([0.5, 0.5], flat[:2])
