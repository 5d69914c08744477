"""The comparison in words: verdict first, then what it rests on."""

from sim.arms.contest import BLIND, LADDER, Contest
from sim.arms.contest_findings import Lead, Turn, hardest_of
from sim.arms.contest_result import ContestResult, Informativeness

MILLION = 1e6


def headline_of(contest: Contest, found: ContestResult) -> str:
    """The verdict, and why."""
    if found.ground == "nobody":
        return "Nothing to compare: name the ladder and another arm."
    lead = next(one for one in found.leads if one.over == (found.decided_by or one.over)) if found.leads else None
    amount = "" if lead is None else _yuan(abs(lead.doubt.stated.mean))
    beyond = "beyond chance and beyond the drawn assumptions" if contest.draws else "beyond chance"
    told = {
        "leads": f"Launch the ladder: it earns more than every other arm, {beyond}.",
        "beaten": f"Do not launch the ladder: {found.decided_by} earns {amount} more, beyond chance.",
        "no_information": "Do not launch the ladder: live data tell nothing here of who comes to grief.",
        "blind_earns_more": (
            "Do not launch the ladder: nothing shows that its live data pay. "
            f"Without them it earns {amount} more on average, which may be chance."
        ),
        "chance": f"Not settled, so do not launch on this: its lead over {found.decided_by} may be chance.",
        "assumptions": f"Not settled, so do not launch on this: its lead over {found.decided_by} hangs on assumptions.",
    }
    return told[found.ground]


def reasons_of(contest: Contest, found: ContestResult) -> list[str]:
    """What the verdict rests on, a sentence each."""
    told = [_world(contest, found)]
    told += [_lead(lead) for lead in found.leads]
    if found.leads and contest.draws:
        hardest = hardest_of(found.leads)
        told += [_turn(turn, hardest.over) for turn in hardest.turns]
        if hardest.turns and not any(turn.is_flip for turn in hardest.turns):
            told.append(f"None of these alone turns the lead over {hardest.over} within its range.")
    if found.informativeness is not None:
        told.append(_break_even(found.informativeness))
    return told


def _world(contest: Contest, found: ContestResult) -> str:
    told = f"The platform sees {contest.world.informative_ppm / 1e6:.0%} of its clients as they are"
    if LADDER not in contest.plan.policies:
        return f"{told}; what live data add to the AUC is measured where the ladder lends."
    if found.auc_added is None:
        return (
            f"{told}; nobody, or everybody, came to grief, so that nothing is known of what live data add to the AUC."
        )
    added = found.auc_added
    reach = f"{added.low:+.3f} to {added.high:+.3f}"
    return f"{told}; live data add {added.value:+.3f} ({reach}) to the AUC of who comes to grief."


def _lead(lead: Lead) -> str:
    stated, drawn = lead.doubt.stated, lead.doubt.drawn
    how = "trails" if stated.mean < 0 else "leads"
    told = f"It {how} {lead.over} by {_yuan(abs(stated.mean))} a market"
    if stated.mean == stated.mean and stated.low == stated.low:
        told += f" (lead over seeds, 95 %: {_yuan(stated.low)} to {_yuan(stated.high)}"
        if drawn.low == drawn.low:
            told += f"; over assumptions {_yuan(drawn.mean)}, 95 % of draws {_yuan(drawn.low)} to {_yuan(drawn.high)}"
        told += ")"
    told += f" and earns more on {lead.probability:.0%} of {lead.pairs} seeds"
    if lead.pairs_drawn:
        told += f", on {lead.probability_drawn:.0%} of {lead.pairs_drawn} pairs under drawn assumptions"
    return f"{told}."


def _turn(turn: Turn, over: str) -> str:
    flip = turn.flip
    told = (
        f"{flip.assumption} at {turn.at:.4g} {turn.unit} (stated {flip.stated:.4g}), moved alone, "
        f"makes the lead over {over} {_yuan(turn.there.mean)} ({_yuan(turn.there.low)} to {_yuan(turn.there.high)})"
    )
    return f"{told}: it flips at about {turn.flips_at:.3g}." if turn.flips_at is not None else f"{told}."


def _break_even(known: Informativeness) -> str:
    found, auc = known.found, known.auc_at
    if found.verdict == "always":
        told = f"Over {BLIND} it leads even where live data are noise"
    elif found.verdict == "never":
        told = f"Over {BLIND} it leads in no world, not even where everybody is seen as they are"
    else:
        told = f"Over {BLIND} it begins to lead where {found.share:.0%} of clients are seen as they are"
        if auc.value == auc.value:
            told += f": live data must add {auc.value:.3f} to the AUC"
    if found.low == found.high:
        return f"{told}, beyond chance."
    told += f" (95 % over seeds: from {found.low:.0%} of clients"
    told += "" if auc.low != auc.low else f" and {auc.low:.3f} of AUC"
    if found.high >= 1.0:
        return f"{told} on, or in no world)."
    return f"{told} to {found.high:.0%}" + ("" if auc.high != auc.high else f" and {auc.high:.3f}") + ")."


def _yuan(amount: float) -> str:
    if amount != amount:
        return "an unknown amount"
    return f"{amount / MILLION:,.2f} million yuan" if abs(amount) >= MILLION else f"{amount:,.0f} yuan"
