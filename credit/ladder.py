"""Where a firm stands on the ladder, and how it moves: one pure step from standing and facts to the next standing.

Up goes one rung at a time and only through every gate; down is immediate: arrears send a firm to the stage that the
policy names, a default sends it off. Of two firms alike but for their risk, the one that was at no time safer stands
at no time higher.
"""

from dataclasses import dataclass

from credit.errors import BadInput, Problem
from credit.ladder_measures import Facts
from credit.ladder_offers import Gate, Offer
from credit.ladder_rules import LadderPolicy

NEVER = -(10**9)
MEANINGS = {
    "entered": "passed the gates of the first stage",
    "graduated": "passed the gates of the next stage",
    "demoted": "past due beyond what the stage bears",
    "suspended": "past due, or a red flag: nothing new until clean",
    "re_entered": "clean for long enough",
    "exited": "in default: the relation ends",
    "readmitted": "clean for long enough after a default: may enter again",
}
"""Reason codes of `step`, in words."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A firm's place.

    Attributes:
        stage: 0 (no credit) to the policy's highest.
        seen_on: day of the last step.
        is_suspended: keeps its stage, but nothing new is drawn.
        has_exited: after a default.
        unclean_on: last day with more than a technical delay or a red flag.
        arrears_on: last day of arrears that demote.
    """

    stage: int = 0
    seen_on: int = NEVER
    is_suspended: bool = False
    has_exited: bool = False
    unclean_on: int = NEVER
    arrears_on: int = NEVER


def missed(gates: list[Gate], facts: Facts) -> list[Gate]:
    """The gates that a firm does not pass."""
    return [gate for gate in gates if not gate.is_kept(facts.get(gate.measure))]


def attainable_stage(facts: Facts, policy: LadderPolicy) -> int:
    """The highest stage all of whose gates, and those of every stage below, a firm passes today."""
    facts = facts.seen_through(policy.sees)
    stage = 0
    for rung in policy.stages[1:]:
        if missed(rung.gates, facts):
            break
        stage = rung.stage
    return stage


def step(standing: Standing, facts: Facts, policy: LadderPolicy) -> tuple[Standing, tuple[str, ...]]:
    """The standing after a day's facts, and why it moved.

    Args:
        standing: the place so far; `Standing()` for a newcomer.
        facts: what is known today; only what the policy's evidence shows is looked at.
        policy: the ladder.

    Returns:
        The next standing and reason codes of MEANINGS.

    Raises:
        BadInput: the day lies before the last one.
    """
    if facts.day < standing.seen_on:
        told = f"must not lie before the last day seen, {standing.seen_on}"
        raise BadInput(Problem(told, field="day", value=facts.day))
    conduct, dpd = policy.conduct, facts.get("dpd") or 0.0
    stage, is_suspended, has_exited = standing.stage, standing.is_suspended, standing.has_exited
    unclean_on, arrears_on = standing.unclean_on, standing.arrears_on
    reasons: list[str] = []
    if dpd > conduct.clean_dpd.value or facts.has_red_flag:
        unclean_on = facts.day
    if dpd >= conduct.demotion_dpd.value:
        arrears_on = facts.day
        if stage > conduct.demotion_to_stage:
            stage = conduct.demotion_to_stage
            reasons.append("demoted")
    if dpd >= conduct.suspension_dpd.value or facts.has_red_flag:
        if not is_suspended:
            reasons.append("suspended")
        is_suspended = True
    elif is_suspended and facts.day - unclean_on >= conduct.reentry_clean.value:
        is_suspended = False
        reasons.append("re_entered")
    if dpd >= conduct.exit_dpd.value:
        if not has_exited:
            reasons.append("exited")
        stage, has_exited = 0, True
    elif has_exited and facts.day - unclean_on >= conduct.readmission_clean.value:
        has_exited = False
        reasons.append("readmitted")
    may_rise = not (is_suspended or has_exited) and stage + 1 < len(policy.stages)
    if stage:
        may_rise = may_rise and facts.day - arrears_on >= conduct.demotion_dwell.value
    if may_rise and attainable_stage(facts, policy) > stage:
        reasons.append("graduated" if stage else "entered")
        stage += 1
    return Standing(stage, facts.day, is_suspended, has_exited, unclean_on, arrears_on), tuple(reasons)


def open_offers(standing: Standing, policy: LadderPolicy) -> list[Offer]:
    """The products open to a firm where it stands; none while it is suspended."""
    if standing.is_suspended:
        return []
    return [offer for offer in policy.offers if offer.stage <= standing.stage]
