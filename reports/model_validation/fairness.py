"""Whether groups of clients are treated alike at a cut-off, and whether their PDs are right."""

from collections.abc import Iterator

from credit.metrics.group_fairness import GroupTreatment, Share
from credit.validation.review_contents import Review
from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.model_validation.verdicts import named_groups
from reports.model_validation.words import label, ratio, source
from reports.validation_rows import Dot, DotPanel, dots


def blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """Picture and table; a sentence where the data name no groups."""
    split = review.splits[0]
    if not split.fairness:
        yield edition.note("fairness.none")
        return
    shown = [(segment, group) for segment, groups in split.fairness.items() for group in named_groups(groups)]
    yield _chart(edition, review, shown)
    yield _table(edition, review, shown)


def _chart(edition: Edition, review: Review, shown: list[tuple[str, GroupTreatment]]) -> Chart:
    key = "fairness.chart"
    approvals = [_dot(edition, segment, group, group.approval_rate, 100.0, 0) for segment, group in shown]
    level = [_dot(edition, segment, group, group.observed_over_expected, 1.0, 2) for segment, group in shown]
    panels = [
        DotPanel(edition.say(f"{key}.approval"), edition.say(f"{key}.approval_unit"), approvals),
        DotPanel(edition.say(f"{key}.level"), edition.say(f"{key}.level_unit"), level, reference=1.0),
    ]
    drawn = dots(panels, left_room=1.5)
    least = min((group for _, group in shown), key=lambda group: group.approval_rate.value)
    most = max((group for _, group in shown), key=lambda group: group.approval_rate.value)
    return Chart(
        anchor="figure-fairness",
        finding=edition.say(
            f"{key}.finding",
            least=label(edition, least.name),
            least_rate=edition.numbers.share(least.approval_rate.value),
            most=label(edition, most.name),
            most_rate=edition.numbers.share(most.approval_rate.value),
        ),
        caption=edition.say(
            f"{key}.caption",
            approved=edition.numbers.share(review.approved_share, 0),
            cut_off=edition.numbers.share(review.splits[0].cut_off),
        ),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def _table(edition: Edition, review: Review, shown: list[tuple[str, GroupTreatment]]) -> Table:
    key, numbers = "fairness.table", edition.numbers
    names = ("group", "part", "default", "approved", "ratio", "good", "bad", "auc")
    return Table(
        anchor="table-fairness",
        finding=edition.say(f"{key}.finding"),
        caption=edition.say(f"{key}.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(
                head=edition.say(f"{key}.columns.{name}"),
                align="left" if name == "group" else "right",
                weight=2.4 if name == "group" else 1.0,
            )
            for name in names
        ],
        rows=[
            [
                f"{label(edition, segment)}: {label(edition, group.name)}",
                numbers.share(group.weight_share),
                numbers.share(group.default_rate.value),
                numbers.share(group.approval_rate.value),
                numbers.count(group.approval_ratio, 2) if group.approval_ratio is not None else "–",
                numbers.share(group.good_approved.value) if group.good_approved else "–",
                numbers.share(group.bad_approved.value) if group.bad_approved else "–",
                ratio(edition, group.auc.value) if group.auc else "–",
            ]
            for segment, group in shown
        ],
    )


def _dot(edition: Edition, segment: str, group: GroupTreatment, share: Share, scale: float, decimals: int) -> Dot:
    del segment
    printed = edition.numbers.share(share.value, 0) if scale == 100.0 else edition.numbers.count(share.value, decimals)
    return Dot(label(edition, group.name), share.value * scale, share.low * scale, share.high * scale, printed)
