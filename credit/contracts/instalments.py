"""Repayment by instalments in whole fen: every plan has the loan as its present value and ends at zero.

The rate of a period is exact (a Fraction); interest is rounded half to even each period, and the last instalment takes
up what rounding left. A plan in advance has its first instalment on the first day, for a period of no length.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple, Protocol

from credit.contracts.arithmetic import MILLION, divide_half_even, interest_fen
from credit.contracts.base import CashFlow, Contract, FlowKind, Party
from credit.contracts.dates import PaymentDays, add_months
from credit.errors import BadInput, Problem

LEAST_FINANCED_FEN = 100_00
"""Below RMB 100 a plan of many instalments would be made of rounding."""
MOST_MONTHS = 120
NO_TIME = Fraction(0)


class Instalment(NamedTuple):
    """One payment of a plan.

    Attributes:
        number: from 1.
        accrues_from: first day of its interest period.
        due_day: day of payment.
        opening_fen: principal outstanding before it.
        interest_fen: interest of the period.
        principal_fen: what it repays.
    """

    number: int
    accrues_from: int
    due_day: int
    opening_fen: int
    interest_fen: int
    principal_fen: int

    @property
    def payment_fen(self) -> int:
        """Principal and interest."""
        return self.principal_fen + self.interest_fen

    @property
    def closing_fen(self) -> int:
        """Principal outstanding after it."""
        return self.opening_fen - self.principal_fen


def period_rates(rate_annual_ppm: int, payment_days: PaymentDays, days: Sequence[int]) -> list[Fraction]:
    """The rate of each period between days; a period of no length bears none.

    Args:
        rate_annual_ppm: contract rate a year.
        payment_days: how time is counted.
        days: the first day and every payment day, in order; one month apart, or equal (payment in advance).
    """
    yearly = Fraction(rate_annual_ppm, MILLION)
    part, rate, rates = NO_TIME, NO_TIME, []
    for first_day, last_day in pairwise(days):
        before, part = part, payment_days.months_fraction(first_day, last_day) if last_day > first_day else NO_TIME
        if part is not before:  # under 30/360 every month is the same twelfth
            rate = yearly * part
        rates.append(rate)
    return rates


def present_value(payments_fen: Iterable[int], rates: Sequence[Fraction]) -> tuple[int, int]:
    """What payments at the end of each period are worth on the first day: exact, as numerator and denominator.

    The fraction is not shortened: the divisors of a plan's large numbers cost more to find than the plan itself.
    """
    worth, growth, discount = 0, 1, 1
    for payment, rate in zip(payments_fen, rates, strict=True):
        numerator, denominator = rate.as_integer_ratio()
        step = denominator + numerator
        growth *= step
        discount *= denominator
        worth = worth * step + payment * discount
    return worth, growth


def payments_by_weight(
    principal_fen: int, rates: Sequence[Fraction], weights: Sequence[int], minimum_fen: int = 0
) -> list[int]:
    """Payments in the proportion of weights whose present value is the loan; none below a minimum.

    payment k = max(minimum, x weight k) with sum over k of payment k / ((1 + rate 1) ... (1 + rate k)) = loan. Weights
    of 1 give the annuity A = F m / (1 - (1 + m)^-n). The last payment is left to `instalments_of`, which takes up
    rounding.

    Raises:
        BadInput: no weight is positive, or the minimum alone repays more than the loan.
    """
    is_floored = [weight == 0 for weight in weights]
    while not all(is_floored):
        spread, growth = present_value((0 if f else w for w, f in zip(weights, is_floored, strict=True)), rates)
        left = principal_fen * growth  # a weight of 1 is paid left / spread
        if minimum_fen and any(is_floored):
            left -= present_value((minimum_fen * floored for floored in is_floored), rates)[0]
        shaped = {w for w, floored in zip(weights, is_floored, strict=True) if not floored}
        too_light = {w for w in shaped if left * w < minimum_fen * spread}
        if not too_light:
            payment_of = {w: divide_half_even(left * w, spread) for w in shaped}
            return [minimum_fen if floored else payment_of[w] for w, floored in zip(weights, is_floored, strict=True)]
        is_floored = [floored or w in too_light for w, floored in zip(weights, is_floored, strict=True)]
    rule = "must leave something to be shaped: some weight above 0, and a minimum below the level instalment"
    raise BadInput(Problem(rule, field="weights", value=f"minimum instalment {minimum_fen} fen"))


def instalments_of(
    principal_fen: int, rates: Sequence[Fraction], payments_fen: Sequence[int], days: Sequence[int]
) -> tuple[Instalment, ...]:
    """The plan of given payments: interest first; the last payment is whatever is still owed.

    Args:
        principal_fen: the loan.
        rates: of each period.
        payments_fen: what is paid at the end of each.
        days: the first day and every payment day.

    Raises:
        BadInput: a payment does not cover its interest (debt would grow), or the loan is repaid before the last one.
    """
    balance, plan = principal_fen, []
    for number, (rate, payment) in enumerate(zip(rates, payments_fen, strict=True), start=1):
        numerator, denominator = rate.as_integer_ratio()
        interest = divide_half_even(balance * numerator, denominator)
        principal = balance if number == len(rates) else payment - interest
        if not 0 <= principal <= balance:
            rule = f"must cover its interest of {interest} fen and repay no more than {balance} fen"
            raise BadInput(Problem(rule, field=f"instalment {number}", value=payment))
        plan.append(Instalment(number, days[number - 1], days[number], balance, interest, principal))
        balance -= principal
    return tuple(plan)


def instalments_by_principal(
    principal_fen: int, rates: Sequence[Fraction], weights: Sequence[int], days: Sequence[int]
) -> tuple[Instalment, ...]:
    """The plan that repays principal in the proportion of weights, with interest on what is left.

    Raises:
        BadInput: no weight is positive.
    """
    total = sum(weights)
    if total <= 0:
        raise BadInput(Problem("must hold a weight above 0", field="weights", value=total))
    repaid = [divide_half_even(principal_fen * reached, total) for reached in accumulate(weights)]
    plan, before = [], 0
    for number, (rate, reached) in enumerate(zip(rates, repaid, strict=True), start=1):
        balance = principal_fen - before
        interest = divide_half_even(balance * rate.numerator, rate.denominator)
        plan.append(Instalment(number, days[number - 1], days[number], balance, interest, reached - before))
        before = reached
    return tuple(plan)


def flat_instalments(
    principal_fen: int, flat_rate_annual_ppm: int, months: int, days: Sequence[int]
) -> tuple[Instalment, ...]:
    """The plan of a flat quote: interest on the first principal for the whole term, in equal rents F (1 + r n/12) / n.

    What of a rent is interest follows from the monthly rate that the rents imply, as a lessor books it; the parts sum
    to the quoted interest to the fen.
    """
    interest = divide_half_even(principal_fen * flat_rate_annual_ppm * months, 12 * MILLION)
    paid = [divide_half_even((principal_fen + interest) * number, months) for number in range(months + 1)]
    rents = [later - sooner for sooner, later in pairwise(paid)]
    is_period = [later > sooner for sooner, later in pairwise(days)]
    monthly = _implied_monthly_rate(principal_fen, rents, is_period)
    plan, balance, exact, earned, booked = [], principal_fen, float(principal_fen), 0.0, 0
    for number, rent in enumerate(rents, start=1):
        growth = exact * monthly if is_period[number - 1] else 0.0
        earned += growth
        exact += growth - rent
        reached = interest if number == months else min(interest, round(earned))
        part = min(max(reached - booked, 0), rent)  # where a part is below a fen, rounding must not turn its sign
        plan.append(Instalment(number, days[number - 1], days[number], balance, part, rent - part))
        balance -= rent - part
        booked += part
    return tuple(plan)


def _implied_monthly_rate(principal_fen: int, rents: Sequence[int], is_period: Sequence[bool]) -> float:
    """The monthly rate at which rents are worth the principal; by bisection in + - x only: the same bits anywhere."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        balance = float(principal_fen)
        for rent, grows in zip(rents, is_period, strict=True):
            balance = balance * (1.0 + middle) - rent if grows else balance - rent
        low, high = (middle, high) if balance < 0.0 else (low, middle)
    return 0.5 * (low + high)


def flows_of(plan: Iterable[Instalment]) -> list[CashFlow]:
    """Principal and interest of every instalment of a plan, from client to lender."""
    flows = []
    for one in plan:
        flows.append(CashFlow(one.due_day, Party.SME, Party.LENDER, one.principal_fen, FlowKind.PRINCIPAL))
        flows.append(CashFlow(one.due_day, Party.SME, Party.LENDER, one.interest_fen, FlowKind.INTEREST))
    return flows


class MonthlyTerms(Protocol):
    """What the terms of contracts that are paid by the month have in common."""

    @property
    def payment_days(self) -> PaymentDays:
        """How time is counted and payments are moved."""


class InstalmentContract(Contract):
    """A contract repaid by monthly instalments from the client to the lender.

    Attributes:
        start_day: ordinal of the disbursement.
        terms: what was agreed.
    """

    __slots__ = ()
    start_day: int
    terms: MonthlyTerms

    @abstractmethod
    def instalments(self) -> tuple[Instalment, ...]:
        """The plan, in order."""

    @property
    @abstractmethod
    def months(self) -> int:
        """Months from the first day to the end."""

    @property
    def payment_days(self) -> PaymentDays:
        """How time is counted and payments are moved."""
        return self.terms.payment_days

    @property
    def end_day(self) -> int:
        """The day on which the contract ends: the last payment, and what changes hands with it."""
        return self.payment_days.paid_on(add_months(self.start_day, self.months))

    def months_from_start(self, days: Sequence[int]) -> list[float] | None:
        """Whole months from the first day to payment days, wherever holidays moved them."""
        plans = self.instalments()
        in_advance = plans[0].due_day == self.start_day
        months = {plan.due_day: plan.number - in_advance for plan in plans}
        months |= {self.start_day: 0, self.end_day: self.months}
        return [float(months[day]) for day in days]

    def instalment_flows(self) -> list[CashFlow]:
        """Principal and interest of every instalment, from client to lender."""
        return flows_of(self.instalments())

    def exposure_profile(self) -> tuple[int, ...]:
        """Unpaid principal and accrued interest in fen on each day from first to last, before that day's payment.

        Interest accrues in equal parts over the days of its period.
        """
        plans, profile, current = self.instalments(), [], 0
        for day in range(self.start_day, self.end_day + 1):
            while current < len(plans) and plans[current].due_day < day:
                current += 1
            if current == len(plans):
                profile.append(0)
                continue
            plan = plans[current]
            length = max(plan.due_day - plan.accrues_from, 1)
            accrued = divide_half_even(plan.interest_fen * (day - plan.accrues_from), length)
            profile.append(plan.opening_fen + accrued)
        return tuple(profile)

    def exposure_fen(self, day: int) -> int:
        """What would be lost on a day before any recovery; 0 before the first day and after the end."""
        return self.exposure_profile()[day - self.start_day] if self.start_day <= day <= self.end_day else 0


class LateTerms(Protocol):
    """What terms say about paying late."""

    @property
    def grace_days(self) -> int:
        """Days that are forgiven if payment comes within them."""

    @property
    def overdue_day_rate_ppm(self) -> int:
        """Simple interest a day on what is late, once grace is over."""


def late_charge_fen(terms: LateTerms, payment_fen: int, days_late: int) -> int:
    """What a payment made late costs on top: nothing within grace, else the overdue rate from the due day.

    Args:
        terms: of the contract.
        payment_fen: the instalment or statement that is late.
        days_late: days from due day to payment, 0 to 900.
    """
    return interest_fen(payment_fen, terms.overdue_day_rate_ppm, days_late) if days_late > terms.grace_days else 0
