"""What would change the answer: the nearest value of each lever at which the verdict becomes another one.

A lever is walked away from where it stands, to both sides and in steps that grow, and the first step with another
verdict is closed in on by halving. A lever that changes nothing as far as it reaches says so. The search is exact to
the smallest unit in which the lever is written (a part per million of a rate, a whole day or month of a term).
"""

from collections.abc import Callable
from dataclasses import dataclass

from credit.errors import BadInput
from credit.wrapper_rules import WRAPPERS, wrapper_rules
from reports.blocks import Verdict
from reports.product_memo.offer import DEPOSIT_FIELDS, RATE_FIELDS, Offer
from reports.product_memo.verdicts import verdict

STEPS = 18
"""Steps to each side; they grow with the square of their number, so that near values are tried finely."""


@dataclass(frozen=True)
class Lever:
    """A number that can be moved.

    Attributes:
        name: rate, deposit, fee, term, pd or lgd.
        field: the form's field, such as day_rate; empty for the client's PD.
        now: where it stands.
        low, high: how far it can go.
        unit: the smallest change, in the lever's unit.
        moved: the offer with the lever elsewhere.
    """

    name: str
    field: str
    now: float
    low: float
    high: float
    unit: float
    moved: Callable[[float], Offer]


@dataclass(frozen=True)
class Flip:
    """The nearest value of a lever with another verdict.

    Attributes:
        lever: which lever.
        value: the first value with another verdict.
        becomes: that verdict.
    """

    lever: Lever
    value: float
    becomes: Verdict

    @property
    def distance(self) -> float:
        """How far that is, as a share of the lever's whole reach."""
        return abs(self.value - self.lever.now) / (self.lever.high - self.lever.low)


@dataclass(frozen=True)
class Shape:
    """The same terms in a legal wrapper, by a lender.

    Attributes:
        offer: the offer there.
        verdict: what the appetite says.
    """

    offer: Offer
    verdict: Verdict


def levers(offer: Offer) -> list[Lever]:
    """Everything about an offer that can be moved: rate, deposit, fee, term, PD, loss given default."""
    form, found = offer.form, []
    rate = offer.field_of(RATE_FIELDS)
    if rate:
        now = getattr(form, rate).value
        found.append(_of_field(offer, "rate", rate, 1.0 if rate == "cap" else 0.0, max(3 * now, now + 1e-3)))
    deposit = offer.field_of(DEPOSIT_FIELDS)
    if deposit:
        fee = getattr(getattr(form, "upfront_fee_share", None), "value", 0.0)
        found.append(_of_field(offer, "deposit", deposit, 0.0, 0.9 - fee))
    if getattr(getattr(form, "upfront_fee_share", None), "value", None) is not None:
        found.append(_of_field(offer, "fee", "upfront_fee_share", 0.0, 0.05))
    term = form.own_term
    found.append(
        Lever(
            "term", "term", float(offer.term or term.default.value), float(term.shortest.value),
            float(term.longest.value), 1.0, lambda value: offer.with_term(round(value)),
        )
    )  # fmt: skip
    pd = offer.setting.pd_annual
    found.append(Lever("pd", "", pd, 1e-4, 0.6, 1e-4, offer.with_pd))
    found.append(
        Lever(
            "lgd", "loss_given_default", offer.lgd, 0.0, 1.0, 1e-4,
            lambda value: offer.with_lgd(min(max(value, 0.0), 1.0)),
        )
    )  # fmt: skip
    return [lever for lever in found if lever.low < lever.high and lever.low <= lever.now <= lever.high]


def flips(offer: Offer) -> list[tuple[Lever, list[Flip]]]:
    """Each lever with its nearest flips: at most one below and one above where it stands, the nearer first."""
    now = verdict(offer)
    answer = []
    for lever in levers(offer):
        found = [flip for flip in (_first_flip(lever, now, end) for end in (lever.low, lever.high)) if flip]
        answer.append((lever, sorted(found, key=lambda flip: flip.distance)))
    return answer


def shapes(offer: Offer) -> list[Shape]:
    """The same terms in every wrapper that could carry them, by every lender to whom it is open.

    What a wrapper can carry says its own file: a machine is leased, goods are sold, money is lent.
    """
    found = []
    for wrapper in WRAPPERS:
        rules = wrapper_rules(wrapper)
        if rules.refused_contract(offer.form.contract, offer.setting.day):
            continue
        for lender in rules.lenders:
            elsewhere = offer.with_setting(wrapper=wrapper, lender=lender)
            found.append(Shape(elsewhere, verdict(elsewhere)))
    return found


def _of_field(offer: Offer, name: str, field: str, low: float, high: float) -> Lever:
    now = getattr(offer.form, field).value
    return Lever(name, field, now, low, high, 1e-6, lambda value: offer.with_field(field, value))


def _first_flip(lever: Lever, now: Verdict, end: float) -> Flip | None:
    """The first other verdict on the way from where a lever stands to one of its ends."""
    last_same = lever.now
    for step in range(1, STEPS + 1):
        value = lever.now + (end - lever.now) * (step / STEPS) ** 2
        found = _verdict_at(lever, value)
        if found is None:
            return None
        if found != now:
            return _closed_in(lever, now, last_same, value)
        last_same = value
    return None


def _closed_in(lever: Lever, now: Verdict, same: float, other: float) -> Flip:
    while abs(other - same) > lever.unit:
        middle = (same + other) / 2
        if _verdict_at(lever, middle) in (now, None):
            same = middle
        else:
            other = middle
    steps = other / lever.unit
    # outward, so that the printed value lies on the other side as well
    rounded = (-(-steps // 1) if other > same else steps // 1) * lever.unit
    value = round(min(max(rounded, lever.low), lever.high), 6)
    becomes = _verdict_at(lever, value)
    if becomes in (now, None):
        value, becomes = other, _verdict_at(lever, other)
    assert becomes is not None
    return Flip(lever, value, becomes)


def _verdict_at(lever: Lever, value: float) -> Verdict | None:
    """The verdict at a value; None where the contract does not exist there (a fee larger than the disbursement)."""
    try:
        return verdict(lever.moved(value))
    except BadInput:
        return None
