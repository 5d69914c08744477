"""Whether as many default as was forecast: tenths, grades, vintages, and a backtest that minds correlation."""

from collections.abc import Iterator, Sequence

import numpy as np

from credit.metrics import GroupLevel
from credit.validation.review_contents import Review
from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.model_validation.words import share_interval, source
from reports.tables import level_mark
from reports.validation_figures import LevelLabels, LevelPanel, PathPanel, levels, over_periods

LEAST_VINTAGES = 3
LEAST_ROWS, LEAST_SHARE = 30, 0.002
"""Vintages of fewer rows, or of less weight, are not drawn: their rates are luck and would set the scale."""


def blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """Tenths of both splits, grades, vintages, backtest."""
    yield tenths_chart(edition, review)
    yield grades_table(edition, review)
    chart = vintages_chart(edition, review)
    if chart is not None:
        yield chart
    yield edition.prose("levels.backtest.text")
    yield backtest_table(edition, review)


def tenths_chart(edition: Edition, review: Review) -> Chart:
    """Forecast and outcome of tenths of the population."""
    key = "levels.tenths"
    panels = [LevelPanel(edition.say(f"splits.{split.name}"), *_columns(split.tenths)) for split in review.splits]
    words = LevelLabels(*(edition.say(f"{key}.{name}") for name in ("unit", "forecast", "as_forecast")))
    drawn = levels(panels, words)
    values = {}
    for split in review.splits:
        values[split.name] = edition.numbers.count(sum(group.is_inside for group in split.tenths))
    return Chart(
        anchor="figure-tenths",
        finding=edition.say(f"{key}.finding.{'both' if len(review.splits) > 1 else 'random'}", **values),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def grades_table(edition: Edition, review: Review) -> Table:
    """Forecast, outcome and interval of each grade of the master scale, rows held back at random."""
    key, numbers = "levels.grades", edition.numbers
    split = review.splits[0]
    names = ("grade", "rows", "part", "forecast", "observed", "interval", "level")
    return Table(
        anchor="table-grades",
        finding=edition.say(
            f"{key}.finding",
            inside=numbers.count(sum(group.is_inside for group in split.grades)),
            count=numbers.count(len(split.grades)),
        ),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(
                head=edition.say(f"{key}.columns.{name}"),
                align="left" if name in {"grade", "level"} else "right",
                weight=1.7 if name == "interval" else 1.0,
            )
            for name in names
        ],
        rows=[
            [
                group.name,
                numbers.count(group.rows),
                numbers.share(group.weight_share),
                numbers.share(group.forecast),
                numbers.share(group.observed),
                share_interval(edition, group.low, group.high),
                level_mark(edition, "go" if group.is_inside else "caution"),
            ]
            for group in split.grades
        ],
    )


def vintages_chart(edition: Edition, review: Review) -> Chart | None:
    """Default rate and forecast by vintage, both splits; None where the data are not dated."""
    splits = [split for split in review.splits if len(_carried(split.vintages)) >= LEAST_VINTAGES]
    if not splits:
        return None
    key = "levels.vintages"
    panels = []
    for split in splits:
        shown = _carried(split.vintages)
        panels.append(
            PathPanel(
                edition.say(f"splits.{split.name}"),
                edition.say(f"{key}.unit"),
                [group.name for group in shown],
                *_columns(shown),
            )
        )
    words = (edition.say(f"{key}.{name}") for name in ("observed", "forecast", "axis"))
    drawn = over_periods(panels, *words)
    worst = max(splits[-1].vintages, key=lambda group: abs(group.observed - group.forecast) * group.weight_share)
    return Chart(
        anchor="figure-vintages",
        finding=edition.say(
            f"{key}.finding",
            vintage=worst.name,
            forecast=edition.numbers.share(worst.forecast),
            observed=edition.numbers.share(worst.observed),
        ),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def backtest_table(edition: Edition, review: Review) -> Table:
    """The same defaults against the mean PD in three ways."""
    key, numbers = "levels.backtest", edition.numbers
    names = ("forecast", "observed", "binomial", "jeffreys", "correlated")
    last = review.splits[-1].backtest
    return Table(
        anchor="table-backtest",
        finding=edition.say(
            f"{key}.finding", correlated=numbers.share(last.correlated), binomial=numbers.share(last.binomial)
        ),
        caption=edition.say(f"{key}.caption", correlation=numbers.share(review.asset_correlation)),
        source=source(edition, review.dataset),
        columns=[
            Column(head=edition.say(f"{key}.columns.name"), weight=2.6),
            *(Column(head=edition.say(f"splits.{split.name}"), align="right", weight=1.4) for split in review.splits),
        ],
        rows=[
            [
                edition.say(f"{key}.rows.{name}"),
                *(
                    numbers.share(
                        split.backtest.defaults / split.backtest.obligors
                        if name == "observed"
                        else getattr(split.backtest, name)
                    )
                    for split in review.splits
                ),
            ]
            for name in names
        ],
    )


def _carried(vintages: Sequence[GroupLevel]) -> list[GroupLevel]:
    """The vintages that carry weight."""
    return [group for group in vintages if group.rows >= LEAST_ROWS and group.weight_share >= LEAST_SHARE]


def _columns(groups: Sequence[GroupLevel]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Forecast, outcome and interval in per cent."""
    forecast, observed, low, high = (
        np.array([getattr(group, name) for group in groups]) * 100 for name in ("forecast", "observed", "low", "high")
    )
    return forecast, observed, low, high
