"""Where losses came from, and who pulled whom: the chapter on contagion."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from credit.parameters import parameters
from reports.blocks import Chart, Column, Table
from reports.channel_figures import ChannelRow, channel_waterfalls
from reports.edition import Edition
from reports.stress.paths import simulated
from reports.stress.results import StressResults
from reports.tables import columns
from sim.attribution.cascades import cascade_sizes
from sim.attribution.causes import CHANNELS, OWN
from sim.attribution.losses import PAYERS

ROUNDS = ("first", "second", "later")


def by_channel_and_payer(results: StressResults, scenario: str) -> pd.DataFrame | None:
    """Mean losses over the seeds of a scenario, fen: a row a channel, a column a payer; None where no run tells."""
    told = [run.losses for run in results.of(scenario)]
    if not told or any(losses is None for losses in told):
        return None
    whole = pd.concat([losses for losses in told if losses is not None])
    sums = whole.pivot_table(index="channel", columns="payer", values="loss_fen", aggfunc="sum", fill_value=0)
    return sums.reindex(index=list(CHANNELS), columns=list(PAYERS), fill_value=0) / len(told)


def contagion(results: StressResults, scenario: str) -> Mapping[str, float] | None:
    """How falls of firms spread, over all seeds of a scenario; None where no run tells.

    Returns:
        `first`, `second`, `later`: firms that fell in that round, a run; `pulled_share`: part of all falls that others
        pulled; `largest`: the largest cascade of any run; `mean_cascade`: falls of all kinds by cascade.
    """
    told = [run.cascades for run in results.of(scenario)]
    if not told or any(cascades is None for cascades in told):
        return None
    rounds, sizes = np.zeros(len(ROUNDS)), []
    for cascades in told:
        assert cascades is not None
        firms = cascades[(cascades["kind"] == "firm") & (cascades["day"] >= 0)]
        rounds += np.bincount(np.minimum(firms["round"], len(ROUNDS)) - 1, minlength=len(ROUNDS))
        sizes += cascade_sizes(cascades).tolist()
    falls = float(rounds.sum())
    return {
        **dict(zip(ROUNDS, (rounds / len(told)).tolist(), strict=True)),
        "pulled_share": float(rounds[1:].sum()) / falls if falls else float("nan"),
        "largest": float(max(sizes, default=0)),
        "mean_cascade": float(np.mean(sizes)) if sizes else float("nan"),
    }


def channels_chart(edition: Edition, results: StressResults) -> Chart | None:
    """Losses by channel, each parted by who bears it, one waterfall a scenario; None where the runs do not tell."""
    tables = {name: by_channel_and_payer(results, name) for name in results.scenarios}
    known = {name: table for name, table in tables.items() if table is not None}
    if len(known) < len(tables):
        return None
    numbers, say = edition.numbers, edition.say
    shown = [c for c in CHANNELS if any(table.loc[c].abs().sum() for table in known.values())] or [CHANNELS[OWN]]
    payers = [p for p in PAYERS if any(table[p].abs().sum() for table in known.values())] or [PAYERS[0]]
    decimals = numbers.column_decimals([float(table.to_numpy().sum()) for table in known.values()])
    panels = []
    for name, table in known.items():
        parts = {channel: table.loc[channel, payers].to_numpy(float) for channel in shown}
        rows = [
            ChannelRow(
                say(f"channels.names.{channel}"),
                [numbers.in_money_units(part) for part in map(float, amounts)],
                numbers.plain_money(float(amounts.sum()), decimals),
            )
            for channel, amounts in parts.items()
        ]
        whole = table[payers].sum().to_numpy(float)
        total = numbers.plain_money(float(whole.sum()), decimals)
        rows.append(
            ChannelRow(
                say("channels.total"),
                [numbers.in_money_units(part) for part in map(float, whole)],
                total,
                is_total=True,
            )
        )
        panels.append((edition.scenario(name, "short"), rows))
    drawn = channel_waterfalls(panels, say("channels.unit"), [say(f"channels.payers.{payer}") for payer in payers])
    return Chart(
        anchor="figure-channels",
        finding=_finding(edition, results, known),
        caption=say("channels.caption"),
        source=simulated(edition, results),
        alt=say("channels.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def _finding(edition: Edition, results: StressResults, known: Mapping[str, pd.DataFrame]) -> str:
    """Which share of the worst scenario's losses came from others, and by which channel most."""
    numbers = edition.numbers
    worst = max(results.stresses or results.scenarios, key=lambda name: float(known[name].to_numpy().sum()))
    sums = known[worst].sum(axis=1)
    total = float(sums.sum())
    if total <= 0:
        return edition.say("channels.finding.nothing")
    others = sums.drop(CHANNELS[OWN])
    return edition.say(
        "channels.finding.some" if others.max() > 0 else "channels.finding.own",
        scenario=edition.scenario(worst),
        total=numbers.money(total),
        own=numbers.share(float(sums[CHANNELS[OWN]]) / total, decimals=0),
        **(
            {
                "channel": edition.say(f"channels.names.{others.idxmax()}"),
                "part": numbers.share(float(others.max()) / total, decimals=0),
            }
            if others.max() > 0
            else {}
        ),
    )


def contagion_table(edition: Edition, results: StressResults) -> Table | None:
    """Falls by round and the size of cascades, beside what was published of real bankruptcies."""
    told = {name: contagion(results, name) for name in results.scenarios}
    known = {name: figures for name, figures in told.items() if figures is not None}
    if len(known) < len(told):
        return None
    numbers = edition.numbers
    published = parameters("losses").value("published_link_share", date.max)
    rows = [
        [edition.say(f"contagion.rows.{key}"), *(numbers.count(one[key], 1) for one in known.values())]
        for key in (*ROUNDS, "mean_cascade", "largest")
    ]
    shares = [numbers.share(one["pulled_share"], decimals=0) for one in known.values()]
    rows.insert(3, [f"**{edition.say('contagion.rows.pulled_share')}**", *(f"**{share}**" for share in shares)])
    return Table(
        anchor="table-contagion",
        finding=edition.say("contagion.finding", published=numbers.share(published, decimals=0)),
        caption=edition.say("contagion.caption"),
        source=simulated(edition, results),
        columns=[
            *columns(edition, "contagion", ("what",), (2.0,), right_from=1),
            *(Column(head=edition.scenario(name, "short"), align="right") for name in results.scenarios),
        ],
        rows=rows,
    )
