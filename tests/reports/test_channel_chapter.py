"""The chapter on contagion says what the runs found: the picture adds up, words fit calm and catastrophe."""

import numpy as np
import pandas as pd
import pytest

from reports.channel_figures import ChannelRow, channel_waterfalls
from reports.edition import Edition
from reports.stress import channels
from reports.stress.results import StressResults
from sim.attribution.causes import CHANNELS
from sim.attribution.losses import COLUMNS, PAYERS
from sim.runs.run import FinishedRun

STORIES = ("baseline", "payment_delay")
WAN = 10_000 * 100


def results(losses, cascades):
    """Two seeds of two scenarios; losses by (scenario, payer, channel) in ten thousand yuan."""
    runs = []
    for scenario in STORIES:
        for seed in (1, 2):
            rows = [
                ("C0000001", "F000001", "purchase_loan", payer, channel, amount * WAN * seed)
                for (story, payer, channel), amount in losses.items()
                if story == scenario
            ]
            falls = pd.DataFrame(
                [
                    ("firm", row, 0, place + 1, "firm", 0)
                    for place, count in enumerate(cascades.get(scenario, ()))
                    for row in range(count)
                ],
                columns=["kind", "row", "day", "round", "root_kind", "root_row"],
            )
            told = pd.DataFrame(rows, columns=list(COLUMNS))
            daily = pd.DataFrame({"date": pd.date_range("2026-01-01", periods=3)})
            runs.append(FinishedRun(scenario, seed, {"state_hash": "0"}, daily, losses=told, cascades=falls))
    plan = {"scenarios": [{"name": name, "hash": "0"} for name in STORIES], "seeds": [1, 2], "firms": 9, "days": 3}
    return StressResults(plan, runs)


SOME = results(
    {
        ("baseline", "lender", "own_shock"): 10,
        ("payment_delay", "lender", "own_shock"): 60,
        ("payment_delay", "supplier", "customer_default"): 30,
        ("payment_delay", "platform", "collateral_price"): 10,
    },
    {"payment_delay": (6, 2, 2)},
)
NOTHING = results({}, {})


def test_means_over_seeds_keep_every_channel_and_payer():
    table = channels.by_channel_and_payer(SOME, "payment_delay")
    assert list(table.index) == list(CHANNELS)
    assert list(table.columns) == list(PAYERS)
    assert table.to_numpy().sum() == pytest.approx(100 * WAN * 1.5)  # seeds weigh 1 and 2
    assert table.loc["customer_default", "supplier"] == pytest.approx(30 * WAN * 1.5)


def test_contagion_counts_rounds_over_all_seeds():
    told = channels.contagion(SOME, "payment_delay")
    assert (told["first"], told["second"], told["later"]) == (6, 2, 2)
    assert told["pulled_share"] == pytest.approx(0.4)
    assert np.isnan(channels.contagion(NOTHING, "baseline")["pulled_share"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_are_words_for_calm_and_for_contagion(language):
    edition = Edition.of(language, "stress")
    chart, table = channels.channels_chart(edition, SOME), channels.contagion_table(edition, SOME)
    assert "60%" in chart.finding
    assert "30%" in chart.finding
    assert len(table.rows) == 6
    assert "40%" in table.rows[3][2]
    assert channels.channels_chart(edition, NOTHING).finding == edition.say("channels.finding.nothing")
    assert channels.contagion_table(edition, NOTHING).rows


def test_runs_that_do_not_tell_make_no_chapter():
    bare = StressResults(SOME.plan, [FinishedRun(r.scenario, r.seed, r.summary, r.daily) for r in SOME.runs])
    edition = Edition.of("en", "stress")
    assert channels.channels_chart(edition, bare) is None
    assert channels.contagion_table(edition, bare) is None


def test_bars_of_channels_begin_where_the_last_ended_and_the_figure_is_a_fact():
    rows = [
        ChannelRow("a", [3.0, 1.0], "4"),
        ChannelRow("b", [-1.0, 0.0], "-1"),
        ChannelRow("all", [2.0, 1.0], "3", is_total=True),
    ]
    drawn = channel_waterfalls([("one", rows)], "units", ["x", "y"])
    assert drawn == channel_waterfalls([("one", rows)], "units", ["x", "y"])
    assert drawn != channel_waterfalls([("one", rows[:1] + rows[2:])], "units", ["x", "y"])
