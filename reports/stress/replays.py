"""The smallest shock that exhausts a cushion, and what each lever would have saved: replays on paired seeds."""

from collections.abc import Callable

from reports.blocks import Table
from reports.edition import Edition
from reports.stress.contests import Known
from reports.stress.experiments import GRADES, Experiments, Graded
from reports.tables import columns

CUSHION_ORDER = ("first_loss", "capital", "liquidity")


def frontier_table(edition: Edition, found: Experiments) -> Table:
    """Every scenario against every cushion: what is left by severity, and the severity that exhausts it."""
    reached = [one for one in found.frontier if one.smallest.mean is not None]
    if reached:
        first = min(reached, key=lambda one: one.smallest.mean or 0.0)
        finding = edition.say(
            "frontier.finding.reached",
            scenario=edition.scenario(first.scenario),
            cushion=edition.say(f"frontier.cushions.{first.cushion}"),
            severity=_times(edition, first.smallest.mean),
        )
    else:
        finding = edition.say("frontier.finding.none", most=_times(edition, GRADES[-1]))
    heads = ("scenario", "cushion", "half", "full", "more", "smallest")
    return Table(
        anchor="table-frontier",
        finding=finding,
        caption=edition.say("frontier.caption"),
        source=_source(edition, found),
        columns=columns(edition, "frontier", heads, (1.5, 1.3, 1.0, 1.0, 1.0, 1.6), right_from=2),
        rows=[
            [
                f"**{edition.scenario(one.scenario, 'short')}**" if one.cushion == CUSHION_ORDER[0] else "",
                edition.say(f"frontier.cushions.{one.cushion}"),
                *(_left(edition, one, place) for place in range(len(GRADES))),
                _smallest(edition, one.smallest),
            ]
            for one in found.frontier
        ],
    )


def mitigants_table(edition: Edition, found: Experiments) -> Table:
    """Every lever, moved by itself under the scenario that costs most."""
    clear = [one for one in found.mitigants if one.saved_fen.low is not None and one.saved_fen.low > 0]
    values = {"scenario": edition.scenario(found.worst)}
    if clear:
        best = max(clear, key=lambda one: one.saved_fen.mean or 0.0)
        values["lever"] = edition.say(f"mitigants.levers.{best.lever}")
        values["saved"] = edition.numbers.money(best.saved_fen.mean or 0.0)
    money = edition.numbers.plain_money
    return Table(
        anchor="table-mitigants",
        finding=edition.say(f"mitigants.finding.{'some' if clear else 'none'}", **values),
        caption=edition.say("mitigants.caption", scenario=edition.scenario(found.worst)),
        source=_source(edition, found),
        columns=columns(
            edition, "mitigants", ("lever", "saved", "liquidity", "business"), (2.4, 1.6, 1.6, 1.0), right_from=1
        ),
        rows=[
            [
                edition.say(f"mitigants.levers.{one.lever}"),
                *(
                    _told(edition, known, lambda value: money(value, signed=True))
                    for known in (one.saved_fen, one.liquidity_fen)
                ),
                edition.numbers.share(one.business_share if one.business_share is not None else float("nan"), 0),
            ]
            for one in found.mitigants
        ],
    )


def _left(edition: Edition, one: Graded, place: int) -> str:
    mean, gone = one.left[place].mean, one.exhausted[place]
    told = edition.numbers.share(mean if mean is not None else float("nan"), 0)
    return (
        told if not gone else f"{told} [{edition.say('frontier.gone', share=edition.numbers.share(gone, 0))}]{{.quiet}}"
    )


def _smallest(edition: Edition, known: Known) -> str:
    if known.mean is None:
        return edition.say("frontier.beyond", most=_times(edition, GRADES[-1]))
    value = f"**{_times(edition, known.mean)}**"
    if known.low is None:
        return value
    high = (
        _times(edition, known.high)
        if known.high is not None
        else edition.say("frontier.beyond", most=_times(edition, GRADES[-1]))
    )
    return f"{value} [{edition.say('differences.interval', low=_times(edition, known.low), high=high)}]{{.quiet}}"


def _times(edition: Edition, severity: float | None) -> str:
    return edition.say(
        "frontier.times", value=edition.numbers.count(severity if severity is not None else float("nan"), 2)
    )


def _told(edition: Edition, known: Known, printed: Callable[[float], str]) -> str:
    if known.mean is None:
        return "–"
    is_clear = known.low is not None and known.high is not None and (known.low > 0 or known.high < 0)
    value = f"**{printed(known.mean)}**" if is_clear else printed(known.mean)
    if known.low is None or known.high is None or known.low == known.high:
        return value
    return (
        f"{value} [{edition.say('differences.interval', low=printed(known.low), high=printed(known.high))}]{{.quiet}}"
    )


def _source(edition: Edition, found: Experiments) -> str:
    numbers = edition.numbers
    return edition.say(
        "frame.source_simulated",
        seeds=numbers.count(found.seeds),
        firms=numbers.count(found.firms),
        days=numbers.count(found.days),
    )
