"""What it costs and who pays: defaults, losses, recoveries, liquidity, differences to the baseline."""

import math
from collections.abc import Sequence

import numpy as np

from reports.blocks import Chart, Column, Table
from reports.edition import Edition
from reports.figures import Estimate, EstimatePanel, Fan, FanLabels, Step, estimates, fans, waterfalls
from reports.numbers import number
from reports.stress.paths import simulated
from reports.stress.results import BASELINE, LOSSES, RECOVERIES, StressResults
from reports.tables import columns

FEN_PER_YUAN = 100

ALIKE = 0.05
"""Totals within five per cent of each other are called alike in a finding; the table shows them both."""


def defaults_chart(edition: Edition, results: StressResults) -> Chart:
    """Defaulted obligors, cumulated, as a fan a scenario."""
    return _fan_chart(edition, results, "defaults", ("new_defaults",), scale=1.0, is_flow=True)


def losses_chart(edition: Edition, results: StressResults) -> Chart:
    """Net credit loss of lenders and platform, cumulated, as a fan a scenario."""
    return _fan_chart(edition, results, "losses", LOSSES, scale=edition.numbers.in_money_units(1.0), is_flow=True)


def liquidity_chart(edition: Edition, results: StressResults) -> Chart:
    """Lenders' liquid funds as a fan a scenario."""
    scale = edition.numbers.in_money_units(1.0)
    return _fan_chart(edition, results, "liquidity", ("lender_liquidity_fen",), scale=scale, is_flow=False)


def waterfall_chart(edition: Edition, results: StressResults) -> Chart:
    """From exposure at default through recoveries to those who bear the loss."""
    numbers = edition.numbers
    waterfalls_by_scenario = {name: results.waterfall(name) for name in results.scenarios}
    decimals = numbers.column_decimals([item.exposure for item in waterfalls_by_scenario.values()])
    panels = []
    for name, fall in waterfalls_by_scenario.items():
        left = fall.exposure
        steps = [
            Step(
                edition.say("waterfall.steps.exposure"),
                0.0,
                numbers.in_money_units(left),
                numbers.plain_money(left, decimals),
                is_total=True,
            )
        ]
        parts = [*((part, fall.parts[part]) for part in RECOVERIES), ("still_open", fall.still_open)]
        parts += [(part, fall.parts[part]) for part in LOSSES]
        for part, amount in parts:
            steps.append(
                Step(
                    edition.say(f"waterfall.steps.{part}"),
                    numbers.in_money_units(left),
                    numbers.in_money_units(left - amount),
                    numbers.plain_money(amount, decimals),
                    is_borne=part in LOSSES,
                )
            )
            left -= amount
        panels.append((edition.scenario(name, "short"), steps))
    drawn = waterfalls(panels, edition.say("waterfall.unit"))
    worst = max(results.stresses, key=lambda name: waterfalls_by_scenario[name].exposure)
    fall = waterfalls_by_scenario[worst]
    lost = sum(fall.parts[part] for part in LOSSES)
    if fall.exposure > 0:
        finding = edition.say(
            "waterfall.finding.losses",
            scenario=edition.scenario(worst),
            exposure=numbers.money(fall.exposure),
            recovered=numbers.share(sum(fall.parts[part] for part in RECOVERIES) / fall.exposure, decimals=0),
            open=numbers.share(fall.still_open / fall.exposure, decimals=0),
            lost=numbers.share(lost / fall.exposure, decimals=0),
            bearer=edition.say(f"waterfall.bearers.{max(LOSSES, key=lambda part: fall.parts[part])}"),
        )
    else:
        finding = edition.say("waterfall.finding.nothing")
    return Chart(
        anchor="figure-waterfall",
        finding=finding,
        caption=edition.say("waterfall.caption"),
        source=simulated(edition, results),
        alt=edition.say("waterfall.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def bearers_table(edition: Edition, results: StressResults) -> Table:
    """Losses by who bears them, trade credit included, and how far failure spreads."""
    numbers = edition.numbers
    borne = {
        key: [results.mean(name, metric) * FEN_PER_YUAN for name in results.scenarios]
        for key, metric in (
            ("lenders", "lender_loss_yuan"),
            ("platform", "platform_loss_yuan"),
            ("suppliers", "supplier_loss_yuan"),
            ("smes", "sme_receivable_loss_yuan"),
        )
    }
    credit = np.array(borne["lenders"]) + np.array(borne["platform"])
    trade = np.array(borne["suppliers"]) + np.array(borne["smes"])
    decimals = numbers.column_decimals(list(credit + trade))
    rows = [
        [edition.say(f"bearers.rows.{key}"), *(numbers.plain_money(amount, decimals) for amount in amounts)]
        for key, amounts in borne.items()
    ]
    together = [f"**{numbers.plain_money(amount, decimals)}**" for amount in credit + trade]
    rows.append([f"**{edition.say('bearers.rows.all')}**", *together])
    for key in ("firms", "suppliers", "buyers", "lenders"):
        counts = [results.mean(name, f"failed_{key}") for name in results.scenarios]
        rows.append([edition.say(f"bearers.rows.failed_{key}"), *(numbers.count(count, 1) for count in counts)])
    together_of = dict(zip(results.scenarios, credit + trade, strict=True))
    worst = max(results.stresses, key=lambda name: together_of[name])
    place = results.scenarios.index(worst)
    return Table(
        anchor="table-bearers",
        finding=edition.say(
            f"bearers.finding.{'more' if together_of[worst] > together_of[BASELINE] * (1 + ALIKE) else 'alike'}",
            scenario=edition.scenario(worst),
            total=numbers.money(float(together_of[worst])),
            baseline=numbers.money(float(together_of[BASELINE])),
            credit=numbers.money(float(credit[place])),
            trade=numbers.money(float(trade[place])),
        ),
        caption=edition.say("bearers.caption"),
        source=simulated(edition, results),
        columns=[
            *columns(edition, "bearers", ("what",), (2.0,), right_from=1),
            *(_scenario_column(edition, name) for name in results.scenarios),
        ],
        rows=rows,
    )


def differences_chart(edition: Edition, results: StressResults) -> Chart:
    """The measures that decide, each scenario against the baseline with its interval."""
    shown = (
        ("default_rate_annual", "points"),
        ("loss_share", "points"),
        ("failed_firms", "count"),
        ("lender_liquidity_min_yuan", "money"),
    )
    panels = []
    for metric, kind in shown:
        items = []
        for name in results.stresses:
            found = results.difference(name, metric)
            factor = _axis_factor(edition, kind)
            items.append(
                Estimate(
                    label=edition.scenario(name, "short"),
                    value=found.value * factor,
                    low=found.low * factor,
                    high=found.high * factor,
                    printed=_printed(edition, found.value, kind),
                )
            )
        panels.append(
            EstimatePanel(edition.say(f"measures.{metric}.name"), edition.say(f"measures.{metric}.axis"), items)
        )
    drawn = estimates(panels)
    clear = [name for name in results.stresses if results.difference(name, "default_rate_annual").is_clear]
    names = edition.numbers.listed([edition.scenario(name) for name in clear])
    key = "some" if clear else "none"
    return Chart(
        anchor="figure-differences",
        finding=edition.say(f"differences.finding.{key}", **({"scenarios": names} if clear else {})),
        caption=edition.say("differences.caption"),
        source=simulated(edition, results),
        alt=edition.say("differences.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


MEASURES_SHOWN: Sequence[tuple[str, str]] = (
    ("default_rate_annual", "share"),
    ("loss_share", "share"),
    ("credit_loss_yuan", "money"),
    ("disbursed_yuan", "large_money"),
    ("approval_share", "share"),
    ("lender_refusals", "count"),
    ("lender_liquidity_min_yuan", "money"),
    ("margin_calls", "count"),
    ("failed_firms", "count"),
    ("sales_yuan", "large_money"),
    ("payment_delay_days", "days"),
)


def differences_table(edition: Edition, results: StressResults) -> Table:
    """Every measure a reader may ask for: baseline mean, and each scenario's difference with its interval."""
    rows = []
    for metric, kind in MEASURES_SHOWN:
        base = results.mean(BASELINE, metric)
        cells = [edition.say(f"measures.{metric}.row"), _plain(edition, base, kind)]
        for name in results.stresses:
            found = results.difference(name, metric)
            told, low, high = (
                _plain(edition, value, kind, signed=True) for value in (found.value, found.low, found.high)
            )
            interval = edition.say("differences.interval", low=low, high=high)
            cells.append(f"{f'**{told}**' if found.is_clear else told} [{interval}]{{.quiet}}")
        rows.append(cells)
    gain = edition.numbers.count(results.pairing_factor, 1)
    return Table(
        anchor="table-differences",
        finding=edition.say("differences.table.finding", factor=gain),
        caption=edition.say("differences.table.caption"),
        source=simulated(edition, results),
        columns=[
            *columns(edition, "differences.table", ("measure", "baseline"), (2.0, 0.8), right_from=1),
            *(_scenario_column(edition, name, 1.5) for name in results.stresses),
        ],
        rows=rows,
    )


def _fan_chart(
    edition: Edition, results: StressResults, key: str, names: Sequence[str], scale: float, is_flow: bool
) -> Chart:
    """A fan a scenario; flows are cumulated. The finding compares the last day (flows) or the lowest (stocks)."""
    of = results.cumulated if is_flow else results.paths
    paths = {scenario: of(scenario, *names) * scale for scenario in results.scenarios}
    drawn_paths = paths if is_flow else {name: results.weekly(name, *names) * scale for name in paths}
    reference = np.median(drawn_paths[BASELINE], axis=0)
    panels = [
        Fan.of(edition.scenario(scenario, "short"), values, None if scenario == BASELINE else reference)
        for scenario, values in drawn_paths.items()
    ]
    labels = FanLabels(
        middle=edition.say("frame.median"),
        band=edition.say("frame.band"),
        reference=edition.say("frame.baseline"),
        days=edition.say("frame.days_axis"),
    )
    drawn = fans(panels, edition.say(f"{key}.unit"), labels)
    return Chart(
        anchor=f"figure-{key}",
        finding=_fan_finding(edition, results, key, paths, is_flow),
        caption=edition.say(f"{key}.caption"),
        source=simulated(edition, results),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def _fan_finding(
    edition: Edition, results: StressResults, key: str, paths: dict[str, np.ndarray], is_flow: bool
) -> str:
    """Which scenario is worst, how far from the baseline, and in how many seeds it is worse than its pair."""
    judged = {name: values[:, -1] if is_flow else values.min(axis=1) for name, values in paths.items()}
    sign = 1 if is_flow else -1
    worst = max(results.stresses, key=lambda name: sign * float(np.median(judged[name])))
    worse = int((sign * (judged[worst] - judged[BASELINE]) > 0).sum())
    values = {
        "scenario": edition.scenario(worst),
        "worst": _fan_value(edition, key, float(np.median(judged[worst]))),
        "baseline": _fan_value(edition, key, float(np.median(judged[BASELINE]))),
        "worse": edition.numbers.count(worse),
        "seeds": edition.numbers.count(len(results.seeds)),
    }
    is_worse = 2 * worse > len(results.seeds)
    return edition.say(f"{key}.finding.{'worse' if is_worse else 'alike'}", **values)


def _fan_value(edition: Edition, key: str, value: float) -> str:
    if key == "defaults":
        return edition.numbers.count(value)
    return edition.numbers.money(value * edition.numbers.money_unit_fen)


def _axis_factor(edition: Edition, kind: str) -> float:
    return {"points": 100.0, "count": 1.0, "money": edition.numbers.in_money_units(FEN_PER_YUAN)}[kind]


def _printed(edition: Edition, value: float, kind: str) -> str:
    """A difference beside its point."""
    if kind == "money":
        return edition.numbers.plain_money(value * FEN_PER_YUAN, signed=True)
    return number(value * 100, 2, signed=True) if kind == "points" else number(value, 1, signed=True)


def _plain(edition: Edition, value: float, kind: str, signed: bool = False) -> str:
    """A measure's number for a cell whose row names the unit: shares in per cent or points, money in the money unit."""
    if not math.isfinite(value):
        return "–"
    if kind == "share":
        return number(value * 100, 2, signed)
    if kind == "money":
        return edition.numbers.plain_money(value * FEN_PER_YUAN, signed=signed)
    if kind == "large_money":
        return edition.numbers.plain_large_money(value * FEN_PER_YUAN, signed)
    return number(value, 1, signed)


def _scenario_column(edition: Edition, name: str, weight: float = 1.0) -> Column:
    return Column(head=edition.scenario(name, "short"), align="right", weight=weight)
