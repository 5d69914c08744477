"""Whether risky rows are ranked above safe ones: curves, measures side by side, order by month."""

from collections.abc import Iterator

import numpy as np

from credit.validation.review_contents import Review, SplitReview
from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.model_validation.words import interval, ratio, source
from reports.validation_figures import Curve, CurvePanel, curve_panels

LEAST_RECALL = 0.01
"""The precision among the very first flagged is the luck of a few rows."""


def blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """Curves and measures of both splits."""
    yield curves_chart(edition, review)
    yield measures_table(edition, review)
    if review.by_month:
        yield edition.prose("discrimination.months.text")
        yield months_table(edition, review)


def curves_chart(edition: Edition, review: Review) -> Chart:
    """ROC with the KS distance, and precision against recall."""
    roc, recall = [], []
    for split in review.splits:
        points, name = split.curves, edition.say(f"splits.{split.name}")
        roc.append(
            Curve(
                label=name,
                x=np.array(points.false_alarms) * 100,
                y=np.array(points.hits) * 100,
                mark=points.ks_at,
                mark_label=f"KS {ratio(edition, split.own.ks)}",
            )
        )
        found, right = np.array(points.recall), np.array(points.precision)
        shown = found >= LEAST_RECALL
        recall.append(Curve(label=name, x=found[shown] * 100, y=right[shown] * 100))
    key = "discrimination.curves"
    drawn = curve_panels(
        [
            CurvePanel(edition.say(f"{key}.roc"), edition.say(f"{key}.hits"), edition.say(f"{key}.false_alarms"), roc),
            CurvePanel(
                edition.say(f"{key}.recall"),
                edition.say(f"{key}.precision"),
                edition.say(f"{key}.found"),
                recall,
                no_skill=review.splits[0].curves.base_rate * 100,
                labels_below=False,
            ),
        ]
    )
    random, later = review.splits[0], review.split("in_time")
    values = {"random": ratio(edition, random.own.auc.value)}
    if later is not None:
        values["later"] = ratio(edition, later.own.auc.value)
    return Chart(
        anchor="figure-curves",
        finding=edition.say(f"{key}.finding.{'both' if later else 'random'}", **values),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def measures_table(edition: Edition, review: Review) -> Table:
    """Every measure, both splits side by side."""
    rows = ("rows", "defaults", "auc", "auc_interval", "ks", "brier", "slope", "intercept", "level", "psi")
    key = "discrimination.measures"
    columns = [Column(head=edition.say(f"{key}.measure"), weight=2.4)]
    columns += [Column(head=_head(edition, split), align="right", weight=1.6) for split in review.splits]
    printed = [_printed(edition, split) for split in review.splits]
    return Table(
        anchor="table-measures",
        finding=edition.say(f"{key}.finding.{'both' if len(review.splits) > 1 else 'random'}"),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        columns=columns,
        rows=[[edition.say(f"{key}.rows.{name}"), *(values[name] for values in printed)] for name in rows],
    )


def months_table(edition: Edition, review: Review) -> Table:
    """Order and level by month, knowing censoring."""
    key, numbers = "discrimination.months", edition.numbers
    names = ("month", "auc", "brier", "without", "forecast", "observed")
    best, worst = (pick(review.by_month, key=lambda each: each.auc) for pick in (max, min))
    return Table(
        anchor="table-months",
        finding=edition.say(f"{key}.finding", low=ratio(edition, worst.auc), high=ratio(edition, best.auc)),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(head=edition.say(f"{key}.columns.{name}"), align="left" if name == "month" else "right")
            for name in names
        ],
        rows=[
            [
                numbers.months(each.month),
                ratio(edition, each.auc),
                numbers.count(each.brier, 4),
                numbers.count(each.brier_without, 4),
                numbers.share(each.forecast),
                numbers.share(each.observed),
            ]
            for each in review.by_month
        ],
    )


def _head(edition: Edition, split: SplitReview) -> str:
    if split.told is None:
        return edition.say("splits.random")
    learnt, judged = (told.replace(" to ", "–") for told in split.told)
    return edition.say("splits.in_time_told", learnt=learnt, judged=judged)


def _printed(edition: Edition, split: SplitReview) -> dict[str, str]:
    own, numbers = split.own, edition.numbers
    shift = own.shift
    return {
        "rows": numbers.count(own.rows),
        "defaults": f"{numbers.count(own.defaults)} ({numbers.share(own.default_rate)})",
        "auc": f"**{numbers.count(own.auc.value, 4)}**",
        "auc_interval": interval(edition, own.auc.low, own.auc.high, 4),
        "ks": numbers.count(own.ks, 4),
        "brier": numbers.count(own.brier, 4),
        "slope": f"**{ratio(edition, own.calibration.slope)}**",
        "intercept": ratio(edition, own.calibration.intercept),
        "level": f"**{ratio(edition, own.calibration.observed_over_expected)}**",
        "psi": numbers.count(shift.value, 4) if shift else "–",
    }
