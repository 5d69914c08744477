"""One set of rules, two executions: a market lives the same days firm by firm and over compiled columns."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from credit.errors import WorkFailed
from credit.ladder_rules import load_ladder
from sim.books.ledger import CASH, EQUITY, WIDTH, Ledger
from sim.economy.phases import COMPILED, OBJECT
from sim.loops import compiling, kernels
from sim.market import Market, no_garbage_collection
from sim.scenarios.scenario import load_scenario
from sim.streams import Roster, Streams

FIRMS, DAYS = 60, 220
"""With the burn-in 400 days."""


def lives(form, story, policy=None, change=None):
    """State hash after every day, then the daily rows and the observable tables."""
    market = Market(FIRMS, DAYS, 5, load_scenario(story), policy=policy and load_ladder(policy), form=form)
    if change is not None:
        change(market)
    hashes = []
    with no_garbage_collection():
        for _ in range(market.settings.burn_in_days + DAYS):
            market.step()
            hashes.append(market.state_hash())
    return hashes, market.recorder.frame(), market.observed.tables()


def assert_same(one, other):
    apart = [day for day, (a, b) in enumerate(zip(one[0], other[0], strict=True)) if a != b]
    assert not apart, f"the two forms part on day {apart[0]}"
    pd.testing.assert_frame_equal(one[1], other[1])
    for name, table in one[2].items():
        pd.testing.assert_frame_equal(table, other[2][name])


@pytest.mark.parametrize(
    ("story", "policy"),
    [("power_rationing_2021+payment_delay", "ladder"), ("resin_crash_2008+demand_slump", None)],
)
def test_both_forms_live_the_same_days(story, policy):
    assert_same(lives(OBJECT, story, policy), lives(COMPILED, story, policy))


def test_numbers_too_large_for_64_bits_are_an_objects_business():
    price_ppm = 3_000_000

    def blow_up(market):
        for sme in market.smes[:2]:
            sme.build(replace(sme.factory, price_ppm=price_ppm, value_added_fen=1 << 40))
            for buyer in sme.links.buyers:
                buyer.limit_fen = 1 << 60

    stories = [lives(form, "baseline", change=blow_up) for form in (OBJECT, COMPILED)]
    assert_same(*stories)
    largest = int(stories[0][2]["invoices"]["amount_fen"].max())
    assert largest * 1_000_000 > 1 << 63, "no product passed 64 bits: the case proves nothing"


def test_the_compiled_audit_sees_what_the_plain_one_sees():
    ledger = Ledger("fen", 3, (), CASH)
    ledger.post(WIDTH, CASH, EQUITY, 100)
    totals = np.empty(WIDTH, dtype=np.int64)
    balances = np.frombuffer(ledger.balances, dtype=np.int64)
    assert kernels.is_balanced(balances, CASH, CASH, totals)
    assert totals[CASH] == 100
    ledger.balances[2 * WIDTH + CASH] += 1  # from nowhere
    assert not kernels.is_balanced(balances, CASH, CASH, totals)
    with pytest.raises(WorkFailed, match="entity 2 is out of balance by 1 fen"):
        ledger.assert_balanced()
    ledger.balances[2 * WIDTH + CASH] -= 1
    ledger.post(2 * WIDTH, EQUITY, CASH, 5)  # balanced, but with cash that it does not have
    assert not kernels.is_balanced(balances, CASH, CASH, totals)


def test_some_of_a_roster_draw_what_they_draw_among_all():
    streams, roster = Streams(7), Roster(np.array([4, 1, 1 << 33, 9, 2], dtype=np.uint64))
    some = np.array([3, 0, 2])
    np.testing.assert_array_equal(streams.bits("turn", 11, roster.only(some)), streams.bits("turn", 11, roster)[some])


def test_code_of_edited_rules_is_never_reused(tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "_places", lambda: [tmp_path / "cache"])
    helper = tmp_path / "helper.py"
    helper.write_text("def twice(x): return 2 * x")
    before = compiling.code_folder((helper,))
    compiling.code_folder.cache_clear()
    assert compiling.code_folder((helper,)) == before
    helper.write_text("def twice(x): return x + x")
    compiling.code_folder.cache_clear()
    assert compiling.code_folder((helper,)) != before
    compiling.code_folder.cache_clear()


def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path, monkeypatch):
    open_one, private = tmp_path / "open", tmp_path / "private"
    open_one.mkdir()
    open_one.chmod(0o777)
    monkeypatch.setattr(compiling, "_places", lambda: [open_one, private])
    compiling.code_folder.cache_clear()
    assert private in compiling.code_folder(()).parents
    compiling.code_folder.cache_clear()


def test_code_is_kept_privately_beside_an_unusable_home(tmp_path):
    told = (
        "import numpy as np; from sim.loops.kernels import is_balanced; n = np.zeros(17, np.int64);"
        "is_balanced(n, 0, 0, n)"
    )
    homeless = {**os.environ, "HOME": "/proc/nowhere", "TMPDIR": str(tmp_path)}
    homeless.pop("XDG_CACHE_HOME", None)
    subprocess.run([sys.executable, "-c", told], env=homeless, check=True)
    kept = list(tmp_path.rglob("*.nbc"))
    assert len(kept) == 1
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (kept[0].parents[1], kept[0].parents[2]))
