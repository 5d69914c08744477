"""What was done to the market: the scenarios in words, and the paths that followed."""

import numpy as np

from reports.blocks import Chart, Table
from reports.edition import Edition
from reports.figures import Line, LinePanel, line_panels
from reports.stress.results import BASELINE, StressResults
from reports.tables import columns
from sim.scenarios.scenario import Scenario, load_scenario

SAME_FALL = 0.005
"""Half a point: the first day this close to the deepest fall counts as its day."""


def scenarios_table(edition: Edition, results: StressResults) -> Table:
    """Each scenario, what it moves and who says that it can happen."""
    return Table(
        anchor="table-scenarios",
        caption=edition.say("paths.table.caption"),
        source=edition.say("paths.table.source"),
        columns=columns(edition, "paths.table", ("name", "moves", "anchor"), (1.25, 2.3, 2.3), right_from=3),
        rows=[
            [f"**{edition.scenario(name)}**", _moves(edition, name), _anchor(edition, name)]
            for name in results.scenarios
        ],
    )


def paths_chart(edition: Edition, results: StressResults) -> Chart:
    """Resin price, sales, buyers' delay and new funding in every scenario."""
    scale = edition.numbers.in_money_units(1.0)
    channels = (
        ("price", "resin_price_fen_per_tonne", False, 1e-5),
        ("sales", "sales_fen", True, scale),
        ("delay", "mean_payment_delay_days", True, 1.0),
        ("funding", "disbursed_fen", True, scale),
    )
    panels = [
        LinePanel(
            title=edition.say(f"paths.chart.{key}.title"),
            unit=edition.say(f"paths.chart.{key}.unit"),
            lines=[
                Line(
                    edition.scenario(name, "short"),
                    results.mean_path(name, column, is_flow) * factor,
                    is_reference=name == BASELINE,
                )
                for name in results.scenarios
            ],
        )
        for key, column, is_flow, factor in channels
    ]
    drawn = line_panels(panels, edition.say("frame.days_axis"))
    return Chart(
        anchor="figure-paths",
        finding=_finding(edition, results),
        caption=edition.say("paths.chart.caption"),
        source=simulated(edition, results),
        alt=edition.say(
            "paths.chart.alt", scenarios=edition.numbers.listed([edition.scenario(n) for n in results.scenarios])
        ),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def simulated(edition: Edition, results: StressResults) -> str:
    """The source line of whatever comes out of the runs."""
    count = edition.numbers.count
    return edition.say(
        "frame.source_simulated",
        seeds=count(len(results.seeds)),
        firms=count(results.firms),
        days=count(results.days),
    )


def _finding(edition: Edition, results: StressResults) -> str:
    """The deepest price fall against the baseline, day by day, and the longest additional delay."""
    numbers = edition.numbers
    base_price = results.mean_path(BASELINE, "resin_price_fen_per_tonne", is_flow=False)
    base_delay = results.mean_path(BASELINE, "mean_payment_delay_days", is_flow=True)
    falls: dict[str, np.ndarray] = {}
    delays: dict[str, int] = {}
    for name in results.stresses:
        falls[name] = results.mean_path(name, "resin_price_fen_per_tonne", is_flow=False) / base_price - 1
        extra = results.mean_path(name, "mean_payment_delay_days", is_flow=True) - base_delay
        delays[name] = round(float(np.nanmax(extra))) if np.isfinite(extra).any() else 0
    deepest = min(falls, key=lambda name: float(falls[name].min()))
    day = int(np.argmax(falls[deepest] <= falls[deepest].min() + SAME_FALL))
    latest = max(delays, key=lambda name: (delays[name], name != deepest))
    return edition.say(
        "paths.chart.finding",
        deepest=edition.scenario(deepest),
        fall=numbers.share(-float(falls[deepest].min()), decimals=0),
        day=numbers.count(day + 1),
        latest=edition.scenario(latest),
        delay=numbers.days(delays[latest]),
    )


def _loaded(name: str) -> Scenario:
    return load_scenario(name)


def _moves(edition: Edition, name: str) -> str:
    """The channels of a scenario as sentences."""
    scenario = _loaded(name)
    numbers = edition.numbers
    told = []
    told += [
        edition.say(
            f"paths.moves.price_{'falls' if price.change_share < 0 else 'rises'}",
            change=numbers.share(abs(price.change_share), decimals=0),
            over=numbers.days(price.over_days),
        )
        for price in scenario.moves("resin_price")
    ]
    told += [
        edition.say("paths.moves.volatility", factor=numbers.count(move.factor, decimals=1))
        for move in scenario.moves("resin_volatility")
    ]
    told += [
        edition.say(
            f"paths.moves.demand_{'falls' if demand.change_share < 0 else 'rises'}",
            change=numbers.share(abs(demand.change_share), decimals=0),
        )
        for demand in scenario.moves("demand")
    ]
    told += [
        edition.say("paths.moves.delay", days=numbers.days(delay.extra_days))
        for delay in scenario.moves("payment_delay")
    ]
    told += [
        edition.say(
            "paths.moves.funding",
            new=numbers.share(funding.new_share, decimals=0),
            rollover=numbers.share(funding.rollover_share, decimals=0),
            days=numbers.days(funding.lasts_days or 0),
        )
        for funding in scenario.moves("funding")
    ]
    told += [
        edition.say(
            "paths.moves.capacity",
            left=numbers.share(move.remaining_share, decimals=0),
            towns=numbers.share(move.towns_share, decimals=0),
        )
        for move in scenario.moves("capacity")
    ]
    told += [
        edition.say("paths.moves.rate", change=numbers.share(move.change_annual))
        for move in scenario.moves("interest_rate")
    ]
    told += [
        edition.say(
            "paths.moves.outage",
            suppliers=numbers.count(move.suppliers),
            premium=numbers.share(move.premium_share, decimals=0),
        )
        for move in scenario.moves("supplier_outage")
    ]
    starts = scenario.first_day()
    if starts is None:
        return edition.say("paths.moves.nothing")
    told.append(edition.say("paths.moves.starts", day=numbers.count(starts + 1)))
    return edition.say("units.sentence_gap").join(told)


def _anchor(edition: Edition, name: str) -> str:
    """Why the scenario is believable, from the catalogue; a scenario that it does not know speaks for itself."""
    key = f"scenarios.{name}.anchor"
    return edition.say(key) if edition.texts.knows(key) else _loaded(name).description
