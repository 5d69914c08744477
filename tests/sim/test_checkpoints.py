"""A market put aside and taken up again lives the days that it would have lived; a fork differs by its fate alone."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit.errors import BadInput, WorkFailed
from credit.limits import load_purchase_policy
from sim.arms.arm import arm_named, live_arm, underwriter_of
from sim.arms.worlds import World
from sim.books.recorders import Outcome
from sim.facts.worlds import tightened
from sim.graph.kinds import class_named
from sim.market import POLICY, Market, live
from sim.runs.checkpoint import CELLS, INDEX, MANIFEST, TEXTS, resume, save
from sim.runs.fork import fork
from sim.scenarios.scenario import load_scenario
from sim.settings import Settings

BURN_IN, DAYS = 40, 80
HALF = BURN_IN + DAYS // 2
SOME_DAYS = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
WORLDS = [
    ("purchases", "fraud_ring", "informative"),
    ("learning", "baseline", "informative"),
    ("ladder", "resin_crash_2008+supplier_outage", "informative"),
    ("ladder", "baseline", "noise"),
    ("bank", "funding_freeze", "informative"),
    ("single", "baseline", "informative"),
    ("blind", "power_rationing_2021", "informative"),
]


def market(policy: str = "purchases", scenario: str = "baseline", world: str = "informative") -> Market:
    """A small market of an arm, or of purchases alone."""
    story = load_scenario(scenario)
    assumed = replace(Settings.on(story.starts_on), burn_in_days=BURN_IN)
    if policy in ("purchases", "learning"):
        return Market(24, DAYS, 5, story, settings=assumed, learns=policy == "learning")
    arm, seen = arm_named(policy), World.named(world)
    return Market(24, DAYS, 5, story, policy=arm, underwriter=underwriter_of(arm, seen), settings=assumed, world=seen)


def to_the_end(one: Market, put_aside: Path | None = None, on: int = -1) -> Outcome:
    """Live to the end, putting the market aside on a day."""

    def each_day() -> None:
        if one.day == on and put_aside is not None:
            save(one, put_aside)

    if one.day == on:
        each_day()
    return live(one, each_day) if one.desk is None else live_arm(one, each_day)


def assert_same(one: Outcome, other: Outcome) -> None:
    """Two outcomes agree in state, days, tables, firms and figures."""
    assert one.state_hash == other.state_hash
    pd.testing.assert_frame_equal(one.daily, other.daily)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])
    if one.firms is not None:
        pd.testing.assert_frame_equal(one.firms, other.firms)
    apart = {key for key, value in one.summary.items() if other.summary[key] != value}
    assert apart <= {"firm_days_per_second", "peak_memory_mb"}


@pytest.fixture(scope="module")
def put_aside(tmp_path_factory) -> Path:
    """A market of a ladder put aside half-way."""
    folder = tmp_path_factory.mktemp("half") / "way"
    to_the_end(market("ladder"), folder, HALF)
    return folder


@pytest.mark.parametrize(("policy", "scenario", "world"), WORLDS, ids=["-".join(one) for one in WORLDS])
def test_every_arm_goes_on_to_the_bit_from_any_day(policy, scenario, world, tmp_path_factory):
    whole = to_the_end(market(policy, scenario, world))

    @SOME_DAYS
    @given(day=st.integers(0, BURN_IN + DAYS))
    def goes_on(day):
        folder = tmp_path_factory.mktemp("day") / "aside"
        assert_same(whole, to_the_end(market(policy, scenario, world), folder, day))  # putting aside disturbs nothing
        assert_same(whole, to_the_end(resume(folder)))

    goes_on()


def test_a_market_put_aside_twice_is_the_same_file_by_file(put_aside, tmp_path):
    save(resume(put_aside), tmp_path / "again")
    told, again = (json.loads((folder / MANIFEST).read_text()) for folder in (put_aside, tmp_path / "again"))
    assert told["state_hash"] == again["state_hash"]
    assert pq.read_table(put_aside / CELLS).num_rows == pq.read_table(tmp_path / "again" / CELLS).num_rows


def test_a_fork_without_another_fate_is_the_market_itself(put_aside):
    nothing = load_scenario("baseline")
    assert_same(to_the_end(resume(put_aside)), to_the_end(fork(put_aside, nothing)))


def test_a_shock_that_arrives_with_the_fork_leaves_every_day_before_alone(put_aside):
    plain, shocked = to_the_end(resume(put_aside)), to_the_end(fork(put_aside, load_scenario("resin_crash_2008")))
    days = HALF - BURN_IN
    pd.testing.assert_frame_equal(plain.daily[:days], shocked.daily[:days])
    first = load_scenario("resin_crash_2008").first_day()
    prices = "resin_price_fen_per_tonne"
    fallen = shocked.daily[prices] / plain.daily[prices]
    assert (fallen[: days + first] == 1.0).all()
    assert fallen.iloc[-1] == pytest.approx(0.5 ** ((DAYS - days - first) / 90), abs=1e-5), "-50 % in 90 days"
    assert plain.state_hash != shocked.state_hash


def test_a_fork_may_lend_by_tighter_limits_from_the_next_review_on(put_aside):
    tight = tightened(arm_named("ladder"), 0.1)
    plain, tightened_ = to_the_end(resume(put_aside)), to_the_end(fork(put_aside, policy=tight))
    days = HALF - BURN_IN
    pd.testing.assert_frame_equal(plain.daily[:days], tightened_.daily[:days])
    assert tightened_.daily["outstanding_fen"].iloc[-1] < plain.daily["outstanding_fen"].iloc[-1]
    with pytest.raises(BadInput, match="kind that the market was built with"):
        fork(put_aside, policy=load_purchase_policy(POLICY))


def test_a_fork_may_assume_otherwise_by_the_name_of_a_field(put_aside):
    no_finance = fork(put_aside, settings={"inquiry_base_ppm": 0, "burn_in_days": BURN_IN})
    assert no_finance.settings.inquiry_base_ppm == 0
    with pytest.raises(BadInput, match="happiness_ppm"):
        fork(put_aside, settings={"happiness_ppm": 1})


def test_another_version_is_refused_by_both_names_and_with_a_way_out(put_aside, tmp_path):
    for change, told in (({"format": 99}, "format 99"), ({"provenance": {"rules": "f" * 64}}, "rules ffffffffffff")):
        folder = tmp_path / told
        folder.mkdir()
        for name in (CELLS, TEXTS, INDEX):
            os.link(put_aside / name, folder / name)
        manifest = json.loads((put_aside / MANIFEST).read_text()) | change
        (folder / MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(BadInput) as error:
            resume(folder)
        assert told in str(error.value)
        assert "this one is" in str(error.value)
        assert "live the market anew" in str(error.value)


@pytest.mark.parametrize("name", [CELLS, TEXTS, INDEX, MANIFEST])
@pytest.mark.parametrize("harm", ["cut", "bit", "gone"])
def test_a_damaged_file_is_named(put_aside, tmp_path, name, harm):
    folder = tmp_path / "hurt"
    folder.mkdir()
    for other in (CELLS, TEXTS, INDEX, MANIFEST):
        (folder / other).write_bytes((put_aside / other).read_bytes())
    content = bytearray((folder / name).read_bytes())
    if harm == "gone":
        (folder / name).unlink()
    elif harm == "cut":
        (folder / name).write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 255
        (folder / name).write_bytes(content)
    with pytest.raises((BadInput, WorkFailed)) as error:
        resume(folder)
    assert name in str(error.value) or "holds no checkpoint" in str(error.value) or name == MANIFEST


def test_a_full_disk_leaves_nothing_half_written(put_aside, tmp_path, monkeypatch):
    one = resume(put_aside)
    folder = tmp_path / "full"
    save(one, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    one.step()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        save(one, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_what_is_never_kept_is_refused_with_its_place():
    one = market()
    one.book.secret = (line for line in "a generator")  # type: ignore[attr-defined]
    with pytest.raises(WorkFailed, match=r"sim.books.book:Book.secret.*generator"):
        save(one, Path("nowhere"))
    assert not Path("nowhere").exists()


@pytest.mark.parametrize(
    "name", ["os:system", "builtins:eval", "sim.market:simulate", "sim.nowhere:Thing", "pandas:Series"]
)
def test_a_file_cannot_name_what_is_no_class_of_ours(name):
    with pytest.raises(WorkFailed, match="no class of this laboratory"):
        class_named(name)
