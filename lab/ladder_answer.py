"""What `creditlab ladder explain` answers: the verdict, every gate, and the changes that would turn it."""

from datetime import date

from pydantic import Field

from credit.ladder import Standing, open_offers, step
from credit.ladder_decision import Application, Check, Judge, Price
from credit.ladder_measures import MEASURES, Facts
from credit.why_not import Change, Explanation
from lab.answer import Answer


class FactTold(Answer):
    """One thing that is known of the firm."""

    measure: str = Field(description="Name of the measure.")
    meaning: str = Field(description="What it measures, in words.")
    value: float | None = Field(description="What is known; null: not known.")
    unit: str = Field(description="Unit of the value.")
    is_seen: bool = Field(description="Whether the policy's evidence holds it; the others change nothing.")


class ApplicationTold(Answer):
    """What is asked for."""

    product: str = Field(description="Name of the offer.")
    amount_yuan: float = Field(description="Value bought, VAT included; yuan.")
    term_days: int = Field(description="Days to maturity.")
    deposit_share: float = Field(description="Paid by the firm itself; share of the value.")
    is_guaranteed: bool = Field(description="Whether the controller stands surety.")


class CheckTold(Answer):
    """One gate."""

    code: str = Field(description="Which gate.")
    meaning: str = Field(description="What is asked, in words.")
    found: float | None = Field(description="What was found; null: not known.")
    needed: float = Field(description="The bound.")
    rule: str = Field(description="at_least or at_most: the side of the bound on which found must lie.")
    unit: str = Field(description="Unit of both.")
    is_kept: bool = Field(description="Whether it holds.")


class PriceTold(Answer):
    """What the application would cost and earn, before VAT."""

    financed_yuan: float = Field(description="Value less deposit; yuan.")
    finance_cost_yuan: float = Field(description="Interest and fee until maturity; yuan.")
    limit_yuan: float = Field(description="The most the firm may owe under the offer at this term; yuan.")
    longest_term_days: int = Field(description="Longest term at this risk; days.")
    rate_annual: float = Field(description="Quoted simple interest; share a year.")
    nominal_irr: float = Field(description="All-in cost of the money received, tested against caps; share a year.")
    effective_annual_rate: float = Field(description="All-in cost compounded over a year; share a year.")
    required_rate_annual: float = Field(description="The rate at which RAROC equals the hurdle; share a year.")
    loss_given_default: float = Field(description="With this deposit and surety; share of the exposure.")
    expected_loss_share: float = Field(description="Over the term; share of the exposure.")
    raroc: float = Field(description="Return after tax on the capital tied up, at nominal_irr; share a year.")
    break_even_pd: float = Field(description="Probability of default a year that nominal_irr still pays; share.")


class LeverTold(Answer):
    """One thing to change."""

    lever: str = Field(description="settle, term, deposit, amount, guarantee, trade, data or wait.")
    value: float = Field(
        description="New term in days, deposit or added trade as a share, amount in yuan, months to wait; 1 for paying "
        "arrears, surety and records."
    )
    says: str = Field(description="The same in words.")


class ChangeTold(Answer):
    """A set of changes under which the policy says yes."""

    levers: list[LeverTold] = Field(description="What to change, together.")
    application: ApplicationTold = Field(description="The application then.")
    price: PriceTold = Field(description="Its price then.")
    client_cost_yuan: float = Field(
        description="What meeting the original need costs the client this way: interest, fee, own money, surety, money "
        "from elsewhere for what is missing or late, moving trade and records; yuan. Orders the changes."
    )


class LadderAnswer(Answer):
    """An application judged under a ladder policy, and for a refusal the way out."""

    policy: str = Field(description="Name of the policy.")
    policy_hash: str = Field(description="SHA-256 of the policy's content.")
    firm_id: str = Field(description="The firm.")
    as_of: date = Field(description="Nothing learnt after this day was used.")
    stage: int = Field(description="Highest stage whose gates the firm passes on that day, 0 to 3.")
    stage_title: str = Field(description="That stage in words.")
    open_products: list[str] = Field(description="Products open at that stage; none while suspended.")
    application: ApplicationTold = Field(description="What was asked for.")
    is_approved: bool = Field(description="Whether every gate holds.")
    reasons: list[CheckTold] = Field(description="The gates that failed; empty for an approval.")
    checks: list[CheckTold] = Field(description="Every gate that was asked.")
    price: PriceTold | None = Field(description="Null where the risk has no price or the product is not offered.")
    changes: list[ChangeTold] = Field(description="What would turn a refusal, cheapest first.")
    is_within_reach: bool = Field(description="Whether the firm is approved or some change would turn the refusal.")
    combinations_tried: int = Field(description="Sets of changes put to the policy.")
    decision_days: int = Field(description="Days from application to answer under this policy.")
    decision_cost_yuan: float = Field(description="What one decision costs the lender; yuan.")
    facts: list[FactTold] = Field(description="What is known of the firm.")


def answer_of(judge: Judge, facts: Facts, asked: Application, told: Explanation) -> LadderAnswer:
    """The answer of the command."""
    policy, decision = judge.policy, told.decision
    suspended = step(Standing(stage=decision.stage), facts, policy)[0].is_suspended
    open_now = open_offers(Standing(stage=decision.stage, is_suspended=suspended), policy)
    checks = [_check(check) for check in decision.checks]
    return LadderAnswer(
        policy=policy.name,
        policy_hash=policy.hash,
        firm_id=facts.firm_id,
        as_of=date.fromordinal(facts.day),
        stage=decision.stage,
        stage_title=policy.stages[decision.stage].title,
        open_products=[offer.name for offer in open_now],
        application=_application(asked),
        is_approved=decision.is_approved,
        reasons=[check for check in checks if not check.is_kept],
        checks=checks,
        price=None if decision.price is None else _price(decision.price),
        changes=[_change(change) for change in told.changes],
        is_within_reach=decision.is_approved or bool(told.changes),
        combinations_tried=told.tried,
        decision_days=policy.decision_days.value,
        decision_cost_yuan=policy.decision_cost.value,
        facts=[
            FactTold(
                measure=name,
                meaning=measure.meaning,
                value=facts.get(name),
                unit=measure.unit,
                is_seen=measure.evidence in policy.sees,
            )
            for name, measure in MEASURES.items()
        ],
    )


def _application(asked: Application) -> ApplicationTold:
    return ApplicationTold.model_validate(asked, from_attributes=True)


def _price(price: Price) -> PriceTold:
    return PriceTold.model_validate(price, from_attributes=True)


def _check(check: Check) -> CheckTold:
    rule = "at_least" if check.is_floor else "at_most"
    return CheckTold(
        code=check.code, meaning=check.meaning, found=check.found, needed=check.needed, rule=rule, unit=check.unit,
        is_kept=check.is_kept,
    )  # fmt: skip


def _change(change: Change) -> ChangeTold:
    return ChangeTold(
        levers=[
            LeverTold(lever=lever, value=value, says=_SAYS[lever](value)) for lever, value in change.values.items()
        ],
        application=_application(change.asked),
        price=_price(change.price),
        client_cost_yuan=change.client_cost_yuan,
    )


_SAYS = {
    "settle": lambda value: "pay what is overdue",
    "term": lambda value: f"take {value:.0f} days",
    "deposit": lambda value: f"pay {value:.0%} down",
    "amount": lambda value: f"buy for {value:,.0f} yuan",
    "guarantee": lambda value: "let the controller stand surety",
    "trade": lambda value: f"bring {value:.0%} more orders and invoices to the platform, for a quarter",
    "data": lambda value: "put the missing records on the platform",
    "wait": lambda value: f"come back after {value:.0f} month{'s' if value > 1 else ''} with a clean record",
}
