"""Where the price goes before and after VAT, and what it earns grade by grade."""

import math
from collections.abc import Mapping

import numpy as np

from credit.pricing import Numbers
from credit.rating import MasterScale, load_master_scale
from reports.blocks import Chart, Table
from reports.edition import Edition
from reports.figures import Step, waterfalls
from reports.numbers import number
from reports.product_figures import GradeBar, grade_bars
from reports.product_memo.offer import Offer
from reports.product_memo.words import percent
from reports.tables import columns

RAROC_FLOOR = -100.0
"""Per cent a year: bars of grades that would lose more than all capital are cut here; their number is printed."""


def waterfall_chart(edition: Edition, offer: Offer) -> Chart:
    """The client's rate as a bridge: what each cost takes, before VAT and after."""
    before = offer.price.before.waterfall.parts()
    after = offer.price.after.waterfall.parts()
    panels = [
        (edition.say(f"waterfall.{name}"), _steps(edition, offer.nominal, parts))
        for name, parts in (("before", before), ("after", after))
    ]
    drawn = waterfalls(panels, edition.say("waterfall.unit"))
    costs = {name: float(part) for name, part in after.items() if name != "margin"}
    largest = max(costs, key=lambda name: costs[name])
    margin = float(after["margin"])
    return Chart(
        anchor="figure-price",
        finding=edition.say(
            f"waterfall.finding.{'left' if margin >= 0 else 'missing'}",
            rate=percent(edition, offer.nominal),
            margin=edition.numbers.points(abs(margin), 1, signed=False),
            before=edition.numbers.points(float(before["margin"]), 1, signed=False),
            largest=edition.say(f"waterfall.in_words.{largest}"),
            cost=edition.numbers.points(costs[largest], 1, signed=False),
        ),
        caption=edition.say("waterfall.caption", pd=percent(edition, offer.setting.pd_annual)),
        source=edition.say("frame.source_computed"),
        alt=edition.say("waterfall.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def price_table(edition: Edition, offer: Offer) -> Table:
    """Required rate, return and break-even PD, before VAT and after, and by the one-period formula beside."""
    chain, pd = offer.chain, offer.setting.pd_annual
    before, hand = offer.price.before, chain.one_period(pd).before
    fraud = float(chain.fraud_share())
    loss = float(chain.risk(pd).loss)
    rows: dict[str, tuple[float | None, ...]] = {
        "rate": (offer.nominal, offer.nominal, offer.nominal),
        "kept": (1.0, chain.kept_share, 1.0),
        "required": (float(before.required_rate_annual), offer.required_rate, float(hand.required_rate_annual)),
        "raroc": (float(before.raroc), offer.raroc, float(hand.raroc)),
        "break_even": (
            chain.break_even_pd(is_after_vat=False) or 0.0,
            offer.break_even_pd,
            max(float(hand.break_even_pd), 0.0),
        ),
        "bad_year": (None, offer.bad_year_raroc, None),
        "loss_a_year": (loss, loss, pd * offer.lgd),
        "fraud": (fraud, fraud, None),
    }
    return Table(
        anchor="table-price",
        finding=edition.say(
            "price.finding", break_even=percent(edition, offer.break_even_pd), multiple=_times(edition, offer)
        ),
        caption=edition.say("price.caption"),
        source=edition.say("frame.source_computed"),
        columns=columns(edition, "price", ("what", "before", "after", "hand"), (2.6, 1.0, 1.0, 1.0), right_from=1),
        rows=[
            [
                edition.say(f"price.rows.{name}"),
                *("–" if value is None else percent(edition, value, 2) for value in values),
            ]
            for name, values in rows.items()
        ],
    )


def grades_chart(edition: Edition, offer: Offer) -> Chart:
    """The return on capital at each grade of the master scale, at the offer's one rate."""
    scale = load_master_scale()
    pds = grade_pds(scale)
    returns = np.asarray(offer.chain.priced(pds).after.raroc, dtype=float)
    hurdle = float(offer.costs.hurdle_rate_annual)
    here = scale.place(str(scale.grade_of(offer.setting.pd_annual)))
    bars = [
        GradeBar(
            label=f"{grade.name}\n{percent(edition, pd)}",
            value=value * 100,
            printed=number(value * 100, 0),
            is_enough=value >= hurdle,
            is_here=place == here,
        )
        for place, (grade, pd, value) in enumerate(zip(scale.grades, pds, returns, strict=True))
    ]
    drawn = grade_bars(
        bars,
        hurdle * 100,
        edition.say("grades.hurdle", hurdle=percent(edition, hurdle, 0)),
        edition.say("grades.title"),
        edition.say("grades.unit"),
        RAROC_FLOOR,
    )
    enough = [grade.name for grade, value in zip(scale.grades, returns, strict=True) if value >= hurdle]
    key = "all" if len(enough) == len(scale.grades) else "some" if enough else "none"
    values = {"hurdle": percent(edition, hurdle, 0)} | ({"worst": enough[-1]} if key == "some" else {})
    return Chart(
        anchor="figure-grades",
        finding=edition.say(f"grades.finding.{key}", **values),
        caption=edition.say("grades.caption", grade=scale.grades[here].name),
        source=edition.say("frame.source_computed"),
        alt=edition.say("grades.alt", grades=edition.numbers.count(len(bars))),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def grade_pds(scale: MasterScale) -> np.ndarray:
    """One PD a grade: the geometric middle of its bounds; the best grade is taken to be as wide as the next one."""
    uppers = [grade.pd_annual_below for grade in scale.grades]
    lowers = [uppers[0] ** 2 / uppers[1], *uppers[:-1]]
    return np.array([math.sqrt(low * high) for low, high in zip(lowers, uppers, strict=True)])


def _times(edition: Edition, offer: Offer) -> str:
    return edition.say("units.multiple", value=number(offer.break_even_pd / offer.setting.pd_annual, 1))


def _steps(edition: Edition, rate: float, parts: Mapping[str, Numbers]) -> list[Step]:
    """From the rate down to what is left; a missing margin steps back to nothing."""
    left = rate * 100
    steps = [Step(edition.say("waterfall.steps.rate"), 0.0, left, number(left, 1), is_total=True)]
    for name, part in parts.items():
        amount = float(part) * 100
        is_margin = name == "margin"
        key = "missing" if is_margin and amount < 0 else name
        steps.append(
            Step(
                edition.say(f"waterfall.steps.{key}"), left, left - amount, number(amount, 1),
                is_total=is_margin and amount >= 0, is_borne=is_margin and amount < 0,
            )
        )  # fmt: skip
        left -= amount
    return steps
