"""Whether later rows are like those learnt from: points by vintage, features by their index."""

from collections.abc import Iterator

from credit.validation.review_contents import Review
from reports.blocks import Block, Chart
from reports.edition import Edition
from reports.model_validation.verdicts import validation_limits
from reports.model_validation.words import source
from reports.validation_rows import Bar, BarPanel, bars

MOST = 10


def blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """PSI and CSI of later rows; a sentence where the data are not dated."""
    later = review.split("in_time")
    if later is None:
        yield edition.note("stability.undated")
        return
    key, numbers = "stability", edition.numbers
    limits = validation_limits()["points_shift"].values[-1]
    shown = later.points_shift if len(later.points_shift) <= MOST else later.points_shift[-MOST:]
    drawn = bars(
        [
            BarPanel(
                edition.say(f"{key}.points"),
                edition.say(f"{key}.points_unit"),
                [Bar(each.period, each.shift.value, numbers.count(each.shift.value, 2)) for each in shown],
                limits.go,
                limits.stop,
            ),
            BarPanel(
                edition.say(f"{key}.features"),
                edition.say(f"{key}.features_unit"),
                [
                    Bar(each.name, each.shift.value, numbers.count(each.shift.value, 2))
                    for each in later.features_shift[:MOST]
                ],
                limits.go,
                limits.stop,
            ),
        ]
    )
    worst, shift = later.features_shift[0], later.own.shift
    yield Chart(
        anchor="figure-stability",
        finding=edition.say(
            f"{key}.finding",
            psi=numbers.count(shift.value, 2) if shift else "–",
            chance=numbers.count(shift.by_chance, 3) if shift else "–",
            feature=worst.name,
            csi=numbers.count(worst.shift.value, 2),
        ),
        caption=edition.say(f"{key}.caption", go=numbers.count(limits.go, 2), stop=numbers.count(limits.stop, 2)),
        source=source(edition, review.dataset),
        alt=edition.say(f"{key}.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
