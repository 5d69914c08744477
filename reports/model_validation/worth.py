"""What the model is worth beside others, and what each group of its features is worth."""

from collections.abc import Iterator

from credit.validation.review_contents import Review
from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.model_validation.words import interval, model_name, ratio, source
from reports.validation_rows import Dot, DotPanel, dots

FEATURES_SHOWN = 24


def challenger_blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """Every scorer on the same rows, both splits side by side."""
    key, numbers = "challengers", edition.numbers
    panels = [
        DotPanel(
            edition.say(f"splits.{split.name}"),
            edition.say(f"{key}.unit"),
            [
                Dot(
                    model_name(edition, each.model),
                    each.measures.auc.value,
                    each.measures.auc.low,
                    each.measures.auc.high,
                    numbers.count(each.measures.auc.value, 3),
                    is_marked=each.difference is None,
                )
                for each in split.challenges
            ],
        )
        for split in review.splits
    ]
    drawn = dots(panels)
    best = max(review.splits[0].challenges, key=lambda each: each.measures.auc.value)
    is_own = best.difference is None
    values = {} if is_own else {"model": model_name(edition, best.model)}
    if best.difference is not None:
        values["gap"] = numbers.count(-best.difference.value, 3)
    yield Chart(
        anchor="figure-challengers",
        finding=edition.say(f"{key}.finding.{'own' if is_own else 'other'}", **values),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
    names = ("model", "split", "auc", "difference", "brier", "slope", "level")
    yield Table(
        anchor="table-challengers",
        finding=edition.say(f"{key}.table.finding"),
        caption=edition.say(f"{key}.table.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(
                head=edition.say(f"{key}.table.columns.{name}"),
                align="left" if name in {"model", "split"} else "right",
                weight={"difference": 1.7, "model": 1.4, "split": 1.7}.get(name, 0.8),
            )
            for name in names
        ],
        rows=[
            [
                f"**{model_name(edition, each.model)}**"
                if each.difference is None
                else model_name(edition, each.model),
                edition.say(f"splits.{split.name}"),
                ratio(edition, each.measures.auc.value),
                interval(edition, each.difference.low, each.difference.high) if each.difference else "–",
                numbers.count(each.measures.brier, 4),
                numbers.count(each.measures.calibration.slope, 2),
                numbers.count(each.measures.calibration.observed_over_expected, 2),
            ]
            for split in review.splits
            for each in split.challenges
        ],
    )


def ablation_blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """What is lost without each group, and what it does alone."""
    key, numbers = "ablation", edition.numbers
    told = [each for each in review.ablation if each.lost is not None]
    if not told:
        yield edition.note(f"{key}.none")
        return
    lost = [
        Dot(
            _group(edition, each.group),
            each.lost.value,
            each.lost.low,
            each.lost.high,
            numbers.count(each.lost.value, 3, signed=True),
        )
        for each in told
        if each.lost is not None
    ]
    alone = [
        Dot(
            _group(edition, each.group),
            each.auc_alone or 0.5,
            each.auc_alone or 0.5,
            each.auc_alone or 0.5,
            ratio(edition, each.auc_alone or 0.5),
        )
        for each in told
    ]
    panels = [
        DotPanel(edition.say(f"{key}.lost"), edition.say(f"{key}.lost_unit"), lost, reference=0.0),
        DotPanel(edition.say(f"{key}.alone"), edition.say(f"{key}.alone_unit"), alone, reference=0.5),
    ]
    drawn = dots(panels, left_room=1.35)
    dearest = max(told, key=lambda each: each.lost.value if each.lost else 0.0)
    yield Chart(
        anchor="figure-ablation",
        finding=edition.say(
            f"{key}.finding",
            group=_group(edition, dearest.group),
            lost=numbers.count(dearest.lost.value, 3) if dearest.lost else "–",
        ),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def features_table(edition: Edition, review: Review) -> Table:
    """What the model asks for: group, direction of policy, gaps, and how many points each feature moves."""
    key, numbers = "features", edition.numbers
    shown = sorted(review.features, key=lambda each: -(each.mean_points or 0.0))[:FEATURES_SHOWN]
    names = ("feature", "group", "direction", "missing", "points")
    rest = len(review.features) - len(shown)
    return Table(
        anchor="table-features",
        finding=edition.say(
            f"{key}.finding.{'all' if rest == 0 else 'first'}",
            count=numbers.count(len(review.features)),
            **({} if rest == 0 else {"shown": numbers.count(len(shown))}),
        ),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(
                head=edition.say(f"{key}.columns.{name}"),
                align="right" if name in {"missing", "points"} else "left",
                weight={"feature": 2.6, "group": 1.8, "direction": 1.3}.get(name, 1.0),
            )
            for name in names
        ],
        rows=[
            [
                f"[{each.name}]{{.code}}",
                _group(edition, each.group) if each.group else "–",
                edition.say(f"{key}.directions.{ {1: 'riskier', -1: 'safer', 0: 'free'}[each.direction] }"),
                numbers.share(each.missing_share),
                numbers.count(each.mean_points, 1) if each.mean_points is not None else "–",
            ]
            for each in shown
        ],
    )


def _group(edition: Edition, letter: str) -> str:
    return edition.say(f"groups.{letter}")
