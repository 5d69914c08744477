"""The allowance bridge sums to the fen, and each cause is what moved when nothing else did."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.allowance_bridge import CAUSES, HeldBook, allowance_bridge
from credit.errors import BadInput

MONTHS = 18


def book(ids, seed=0, scenarios=3):
    """A book drawn from a seed: rising or falling exposures, any stage, any scheme."""
    rng, n = np.random.default_rng(seed), len(ids)
    return HeldBook(
        ids=tuple(ids),
        monthly_pd=rng.uniform(0, 0.05, (scenarios, n, MONTHS)),
        lgd=rng.uniform(0, 1, (scenarios, n)),
        exposure_fen=rng.integers(0, 10**9, (n, MONTHS)).astype(float),
        effective_rate_annual=rng.uniform(0, 0.3, n),
        stage=rng.integers(1, 4, n),
        is_simplified=rng.random(n) < 0.3,
        weights=np.array([0.5, 0.3, 0.2]),
    )


def level(ids):
    """Equal facilities of a million yuan each, flat in everything."""
    drawn = book(ids)
    return replace(
        drawn,
        monthly_pd=np.full_like(drawn.monthly_pd, 0.01),
        lgd=np.full_like(drawn.lgd, 0.5),
        exposure_fen=np.full_like(drawn.exposure_fen, 1e8),
        effective_rate_annual=np.zeros(len(ids)),
        stage=np.ones(len(ids), dtype=int),
        is_simplified=np.zeros(len(ids), dtype=bool),
    )


def moved(bridge):
    return {cause for cause, amount in bridge.causes_fen.items() if amount != 0}


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@settings(max_examples=50)
@given(NAMES, NAMES, st.integers(0, 10**6), st.data())
def test_opening_plus_causes_is_closing_to_the_fen(old, new, seed, data):
    gone = sorted(set(old) - set(new))
    lost = data.draw(st.lists(st.sampled_from(gone), unique=True)) if gone else []
    before, after = book(old, seed), book(new, seed + 1)
    bridge = allowance_bridge(before, after, lost)
    assert bridge.opening_fen == before.allowance_fen().sum()
    assert bridge.closing_fen == after.allowance_fen().sum()
    assert bridge.opening_fen + sum(bridge.causes_fen.values()) == bridge.closing_fen
    table = bridge.by_facility
    assert (table["opening_fen"] + table[list(CAUSES)].sum(axis=1) == table["closing_fen"]).all()
    assert set(table.index) == set(old) | set(new)


def test_a_flat_book_that_only_ages_does_not_move():
    assert moved(allowance_bridge(level("ab"), level("ab"))) == set()


def test_each_cause_moves_alone_when_it_alone_happened():
    flat = level("ab")
    assert moved(allowance_bridge(flat, level("abc"))) == {"new"}
    assert moved(allowance_bridge(level("abc"), flat)) == {"derecognised"}
    assert moved(allowance_bridge(level("abc"), flat, ["c"])) == {"write_offs"}
    assert moved(allowance_bridge(flat, replace(flat, exposure_fen=flat.exposure_fen * 0.9))) == {"time"}
    assert moved(allowance_bridge(flat, replace(flat, stage=np.array([1, 2])))) == {"stage_transfers"}
    for name in ("monthly_pd", "lgd"):
        changed = replace(flat, **{name: getattr(flat, name) * 1.2})
        assert moved(allowance_bridge(flat, changed)) == {"parameter_changes"}


def test_worse_stages_and_parameters_add_and_what_leaves_takes_its_allowance_along():
    before, after = level("abc"), replace(level("ab"), stage=np.array([3, 1]), lgd=np.full((3, 2), 0.6))
    bridge = allowance_bridge(before, after)
    assert bridge.causes_fen["stage_transfers"] > 0
    assert bridge.causes_fen["parameter_changes"] > 0
    assert bridge.causes_fen["derecognised"] == -before.allowance_fen()["c"]


def test_the_order_of_facilities_does_not_matter():
    after = book("bcd", 5)
    one = allowance_bridge(book("abc", 4), after, ["a"])
    other = allowance_bridge(book("abc", 4).taken("cab"), after.taken("dbc"), ["a"])
    assert one.causes_fen == other.causes_fen


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="written_off"):
        allowance_bridge(level("ab"), level("ab"), ["a"])
    with pytest.raises(BadInput, match="each facility may stand once"):
        level("aa")
    with pytest.raises(BadInput, match="look ahead"):
        allowance_bridge(level("a"), replace(level("a"), exposure_fen=np.ones((1, 3))))
