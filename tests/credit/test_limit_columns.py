"""Lines of many clients moved together move as each would by itself."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.files import DATA
from credit.limit_choice import LimitBand, chosen_bands
from credit.limit_columns import LARGEST_CAP_FEN, NEVER, UNKNOWN, LimitColumns, ObservationColumns
from credit.limit_review import open_line, step
from credit.limit_rules import load_limit_rules
from credit.limit_state import Observation, ReviewPolicy
from credit.limits import load_purchase_policy
from credit.pricing import LenderCosts

RULES = load_limit_rules()
PURCHASE = load_purchase_policy(DATA / "policies" / "purchase_policy.yaml")
POLICY = ReviewPolicy.of(RULES, chosen_bands(PURCHASE, 0.55, LenderCosts.on(date(2026, 1, 1)), RULES.choice))
POLICIES = [
    POLICY,
    replace(POLICY, product_cap_fen=20_000_000, total_cap_fen=45_000_000, dwell_days=7, reentry_days=20),
    replace(POLICY, product_cap_fen=LARGEST_CAP_FEN, total_cap_fen=LARGEST_CAP_FEN, warnings_for_cut=1),
    replace(
        POLICY, bands=(LimitBand(2_000, 0, 0), LimitBand(20_000, 700_000, 60), LimitBand(40_000, 0, 30)),
        rise_window_days=150,
    ),
]  # fmt: skip
CLIENTS = 12

seen_facts = {
    "pd_ppm": st.one_of(st.integers(0, 60_000), st.sampled_from([16_000, 20_000, 1_000_000])),
    "monthly_purchases_fen": st.one_of(st.integers(0, 60_000_000), st.sampled_from([0, 10**12])),
    "all_monthly_purchases_fen": st.sampled_from([None, None, 0, 30_000_000, 90_000_000, 10**12]),
    "limits_elsewhere_fen": st.sampled_from([0, 0, 20_000_000, 790_000_000, 10**11]),
    "used_fen": st.sampled_from([0, 0, 5_000_000, 40_000_000, 10**12]),
    "dpd_days": st.sampled_from([0, 0, 0, 0, 2, 5, 9]),
    "warnings": st.sampled_from([0, 0, 0, 0, 1, 2]),
    "has_red_flag": st.sampled_from([False] * 9 + [True]),
    "price_change_ppm": st.sampled_from([0, 0, 90_000, -90_000, -1_100_000]),
}
looks = st.tuples(
    st.sampled_from([1, 10, 28, 30, 31, 61]),  # days to the next look
    st.lists(st.tuples(st.booleans(), st.fixed_dictionaries(seen_facts)), min_size=CLIENTS, max_size=CLIENTS),
)


def as_columns(day, facts):
    """Observations of some clients on a day, side by side."""
    told = {name: np.array([UNKNOWN if one[name] is None else one[name] for one in facts]) for name in seen_facts}
    return ObservationColumns(day, **told)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(POLICIES), st.lists(looks, min_size=1, max_size=14))
def test_every_line_among_many_moves_as_it_would_alone(policy, path):
    columns, alone, day = LimitColumns(), {}, 0
    for number, (gap, clients) in enumerate(path):
        day += gap
        columns.grow(min(4 + 3 * number, CLIENTS))  # some join later
        present = {row: facts for row, (is_seen, facts) in enumerate(clients[: len(columns)]) if is_seen}
        new, known = ([row for row in present if (row in alone) == is_known] for is_known in (False, True))
        if new:
            columns.open_lines(np.array(new), as_columns(day, [present[row] for row in new]), policy)
        if known:
            columns.step(np.array(known), as_columns(day, [present[row] for row in known]), policy)
        for row, facts in present.items():
            seen = Observation(day, **facts)
            alone[row] = step(alone[row], seen, policy)[0] if row in alone else open_line(seen, policy)[0]
        assert {row: columns.of(row) for row in range(len(columns)) if columns.is_open[row]} == alone


def test_windows_end_on_the_day_on_which_they_end_alone():
    """Facts that stay, looked at every ten days: levels of 90 and of 60 days ago stand at the edge of their windows."""
    pds, purchases, rows = np.array([8_000, 15_000, 30_000]), np.array([40_000_000] * 3), np.arange(3)
    columns, alone = LimitColumns(), []
    columns.grow(3)
    columns.open_lines(rows, ObservationColumns(0, pds, purchases), POLICY)
    alone = [open_line(Observation(0, pd, 40_000_000), POLICY)[0] for pd in pds.tolist()]
    levels = set()
    for day in range(10, 400, 10):
        columns.step(rows, ObservationColumns(day, pds, purchases), POLICY)
        told = zip(alone, pds.tolist(), strict=True)
        alone = [step(state, Observation(day, pd, 40_000_000), POLICY)[0] for state, pd in told]
        assert [columns.of(row) for row in range(3)] == alone
        levels.add(alone[1].limit_fen)
    assert len(levels) > 3, "nothing rose: the case proves nothing"


def test_one_number_stands_for_all_clients():
    pds, purchases = np.array([5_000, 15_000, 35_000]), np.array([10_000_000, 40_000_000, 90_000_000])
    one, many = LimitColumns(), LimitColumns()
    for lines, nothing in ((one, 0), (many, np.zeros(3, dtype=np.int64))):
        lines.grow(3)
        seen = ObservationColumns(0, pds, purchases, dpd_days=nothing, warnings=nothing, used_fen=nothing)
        lines.open_lines(np.arange(3), seen, POLICY)
        lines.step(np.arange(3), replace(seen, day=95), POLICY)
    assert [one.of(row) for row in range(3)] == [many.of(row) for row in range(3)]
    assert (one.limit_fen[:2] > 0).all()
    assert (one.unclean_on == NEVER).all()


def test_days_do_not_run_backwards_and_what_passes_64_bits_is_refused():
    rows, pds = np.arange(2), np.array([5_000, 15_000])
    lines = LimitColumns()
    lines.grow(2)
    lines.open_lines(rows, ObservationColumns(10, pds, pds), POLICY)
    with pytest.raises(BadInput, match="day"):
        lines.step(rows, ObservationColumns(9, pds, pds), POLICY)
    with pytest.raises(BadInput, match="monthly_purchases_fen"):
        ObservationColumns(11, pds, np.array([0, 10**12 + 1]))
    with pytest.raises(BadInput, match="pd_ppm"):
        ObservationColumns(11, np.array([0, -1]), pds)
    with pytest.raises(BadInput, match="product_cap_fen"):
        lines.step(rows, ObservationColumns(99, pds, pds), replace(POLICY, product_cap_fen=LARGEST_CAP_FEN + 1))
