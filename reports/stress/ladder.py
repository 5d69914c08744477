"""Does the ladder pay: by world and arm, with what would flip the answer."""

from collections.abc import Callable, Iterator

from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.figures import Estimate, EstimatePanel, estimates
from reports.stress.contests import CLEAR, Known, Ladder, LadderInWorld
from reports.tables import code, columns

FEN = 100
LEVELS = {"for the ladder": "go", "not settled": "caution", "against the ladder": "stop"}
"""The colour of an advice."""
NAME_THE_ARM = ("beaten", "chance", "assumptions")
"""Grounds of an advice that say over whom."""
RIVALS = ("blind", "single", "bank")
"""The other arms, the hardest to beat first."""
SHARES = (
    "access_share", "access_of_refused_share", "all_in_cost_annual", "default_rate_annual", "raroc_annual",
)  # fmt: skip
MONEY = (
    "disbursed_yuan", "lender_loss_yuan", "platform_loss_yuan", "surety_loss_yuan", "supplier_loss_yuan",
    "firm_loss_yuan", "joint_profit_yuan", "decision_cost_yuan",
)  # fmt: skip
ROWS = (
    "access_share", "access_of_refused_share", "all_in_cost_annual", "disbursed_yuan", "default_rate_annual",
    "lender_loss_yuan", "platform_loss_yuan", "surety_loss_yuan", "supplier_loss_yuan", "firm_loss_yuan",
    "joint_profit_yuan", "raroc_annual", "decision_cost_yuan", "decision_days",
)  # fmt: skip


def sentence(edition: Edition, ladder: Ladder) -> str:
    """The whole answer in one sentence, for the cover."""
    paying = [edition.say(f"ladder.worlds.{one.world}") for one in ladder.worlds if LEVELS[one.advice] == "go"]
    if not paying:
        return edition.say("ladder.cover.nowhere")
    return edition.say("ladder.cover.somewhere", worlds=edition.numbers.listed(paying))


def ladder_blocks(edition: Edition, ladder: Ladder) -> Iterator[Block]:
    """The chapter after its heading."""
    yield edition.prose("ladder.text")
    yield worlds_table(edition, ladder)
    yield leads_chart(edition, ladder)
    yield arms_table(edition, ladder)
    yield edition.heading("ladder-flip", level=2)
    yield edition.prose("ladder.flip.text")
    key, values = _break_even(edition, ladder)
    yield edition.prose(key, **values)
    if ladder.break_even.verdict == "from" and ladder.break_even.share.high == 1.0:
        yield edition.prose("ladder.break_even.unsure")
    if ladder.suspects:
        yield suspects_table(edition, ladder)
    else:
        yield edition.note("ladder.flip.no_draws")


def worlds_table(edition: Edition, ladder: Ladder) -> Table:
    """World by world: what live data add, over whom the ladder leads, what follows."""
    rows = []
    for one in reversed(ladder.worlds):
        level = LEVELS[one.advice]
        rows.append(
            [
                f"**{edition.say(f'ladder.worlds.{one.world}')}** [{edition.numbers.share(one.share, 0)}]{{.quiet}}",
                f"[{edition.say(f'ladder.advice.{level}')}]{{.{level}}}",
                edition.say(
                    f"ladder.grounds.{one.ground}",
                    **({"arm": _arm(edition, one.decided_by)} if one.ground in NAME_THE_ARM else {}),
                ),
                _told(edition, one.auc_added, lambda value: edition.numbers.count(value, 3, signed=True)),
            ]
        )
    clear = _clear(ladder)
    return Table(
        anchor="table-ladder",
        finding=edition.say(f"ladder.finding.{LEVELS[clear.advice]}"),
        caption=edition.say("ladder.table.caption"),
        source=_source(edition, ladder),
        columns=columns(
            edition, "ladder.table", ("world", "advice", "ground", "auc"), (1.5, 1.1, 2.6, 1.5), right_from=3
        ),
        rows=rows,
    )


def leads_chart(edition: Edition, ladder: Ladder) -> Chart:
    """The ladder's lead over each other arm, world by world, with intervals over seeds."""
    numbers, panels, clear_of = edition.numbers, [], 0
    for rival in RIVALS:
        items = []
        for one in reversed(ladder.worlds):
            lead = one.leads[rival]
            if lead.mean is None or lead.low is None or lead.high is None:
                continue
            mean, low, high = (numbers.in_money_units(value * FEN) for value in (lead.mean, lead.low, lead.high))
            clear_of += low > 0
            printed = numbers.plain_money(lead.mean * FEN, signed=True)
            items.append(Estimate(edition.say(f"ladder.worlds.{one.world}"), mean, low, high, printed))
        panels.append(
            EstimatePanel(
                edition.say("ladder.chart.over", arm=_arm(edition, rival)), edition.say("ladder.chart.unit"), items
            )
        )
    drawn = estimates(panels)
    return Chart(
        anchor="figure-ladder",
        finding=edition.say(
            "ladder.chart.finding",
            clear=numbers.count(clear_of),
            all=numbers.count(sum(len(panel.estimates) for panel in panels)),
        ),
        caption=edition.say("ladder.chart.caption"),
        source=_source(edition, ladder),
        alt=edition.say("ladder.chart.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def arms_table(edition: Edition, ladder: Ladder) -> Table:
    """Every measure of every arm where all is seen as it is."""
    clear = _clear(ladder)
    arms = ["ladder", *(rival for rival in RIVALS if rival in clear.figures)]
    served = clear.figures["ladder"]["access_of_refused_share"].mean
    return Table(
        anchor="table-arms",
        finding=edition.say(
            "ladder.arms_table.finding", share=edition.numbers.share(served if served is not None else float("nan"), 0)
        ),
        caption=edition.say("ladder.arms_table.caption"),
        source=_source(edition, ladder),
        columns=[
            Column(head=edition.say("ladder.arms_table.columns.measure"), weight=1.9),
            *(Column(head=_arm(edition, arm), align="right", weight=1.2) for arm in arms),
        ],
        rows=[
            [
                edition.say(f"ladder.measures.{metric}"),
                *(_told(edition, clear.figures[arm][metric], _printer(edition, metric)) for arm in arms),
            ]
            for metric in ROWS
        ],
    )


def suspects_table(edition: Edition, ladder: Ladder) -> Table:
    """The likeliest assumptions to flip the answer, each moved alone."""
    flipping = [one for one in ladder.suspects if one.is_flip]
    key = "some" if flipping else "none"
    values = {"arm": _arm(edition, ladder.over)}
    if flipping:
        values["names"] = edition.numbers.listed([code(one.assumption) for one in flipping])
    return Table(
        anchor="table-flip",
        finding=edition.say(f"ladder.flip.finding.{key}", **values),
        caption=edition.say("ladder.flip.caption", arm=_arm(edition, ladder.over), draws=str(ladder.draws)),
        source=_source(edition, ladder),
        columns=columns(
            edition,
            "ladder.flip",
            ("assumption", "stated", "moved", "lead", "result"),
            (2.2, 0.8, 0.8, 1.6, 0.9),
            right_from=1,
        ),
        rows=[
            [
                code(one.assumption),
                f"{one.stated:.4g}",
                f"{one.at:.4g}",
                _told(edition, one.lead, lambda value: edition.numbers.plain_money(value * FEN, signed=True)),
                edition.say("ladder.flip.flips" if one.is_flip else "ladder.flip.holds"),
            ]
            for one in ladder.suspects
        ],
    )


def _break_even(edition: Edition, ladder: Ladder) -> tuple[str, dict[str, str]]:
    found, numbers = ladder.break_even, edition.numbers
    low, high = (
        numbers.share(end if end is not None else float("nan"), 0) for end in (found.share.low, found.share.high)
    )
    values = {"low": low, "high": high}
    if found.verdict == "from" and found.share.mean is not None:
        values["share"] = numbers.share(found.share.mean, 0)
        known = found.auc.mean
        values["auc"] = numbers.count(known if known is not None else float("nan"), 3, signed=True)
    return f"ladder.break_even.{found.verdict}", values


def _printer(edition: Edition, metric: str) -> Callable[[float], str]:
    if metric in SHARES:
        return lambda value: edition.numbers.share(value, 1)
    if metric in MONEY:
        return lambda value: edition.numbers.plain_money(value * FEN)
    return lambda value: edition.numbers.count(value)


def _told(edition: Edition, known: Known, printed: Callable[[float], str]) -> str:
    """A number with its interval."""
    if known.mean is None:
        return "–"
    value = f"**{printed(known.mean)}**"
    if known.low is None or known.high is None or known.low == known.high:
        return value
    interval = edition.say("differences.interval", low=printed(known.low), high=printed(known.high))
    return f"{value} [{interval}]{{.quiet}}"


def _clear(ladder: Ladder) -> LadderInWorld:
    return next(one for one in ladder.worlds if one.world == CLEAR)


def _arm(edition: Edition, arm: str) -> str:
    return edition.say(f"ladder.arms.{arm}") if arm else ""


def _source(edition: Edition, ladder: Ladder) -> str:
    numbers = edition.numbers
    return edition.say(
        "frame.source_simulated",
        seeds=numbers.count(ladder.seeds),
        firms=numbers.count(ladder.firms),
        days=numbers.count(ladder.days),
    )
