"""What `creditlab price` answers: keys, meaning, units."""

from pydantic import Field

from lab.answer import Answer
from lab.law_answer import LawFinding


class PriceWaterfall(Answer):
    """Where a year's rate goes by the one-period formula; the parts sum to rate_annual."""

    funding: float = Field(description="Cost of borrowed money, (1 - k) f; share a year.")
    expected_loss: float = Field(description="Principal and interest lost to default, PD (LGD + r); share a year.")
    operating_cost: float = Field(description="Work on the loan; share a year.")
    capital_charge: float = Field(
        description="Hurdle on the capital tied up, before tax, k h / (1 - tax); share a year."
    )
    margin: float = Field(description="What is left; negative when the rate does not pay its cost; share a year.")


class LifeWaterfallAnswer(Answer):
    """Where a year's rate goes over the life of the contract; the parts sum to rate_annual."""

    vat: float = Field(description="VAT and surcharges on what the client pays; 0 before VAT; share a year.")
    funding: float = Field(description="Cost of borrowed money; share a year.")
    expected_loss: float = Field(description="Principal and interest lost to default of honest clients; share a year.")
    first_payment_fraud: float = Field(
        description="Principal and interest lost to clients that never meant to pay; share a year."
    )
    operating_cost: float = Field(description="Work on the loan; share a year.")
    capital_charge: float = Field(description="Hurdle on the capital tied up, before tax; share a year.")
    margin: float = Field(description="What is left; negative when the rate does not pay its cost; share a year.")


class LifePriceAnswer(Answer):
    """The rate judged over the life of the contract: month by month, or cycle by cycle when it is short."""

    required_rate_annual: float = Field(
        description="What the client must pay so that RAROC equals the hurdle; share a year."
    )
    raroc: float = Field(description="Return after tax on the capital tied up, at rate_annual; share a year.")
    break_even_pd: float | None = Field(
        description="Constant probability of default a year at which the margin is zero; null where the rate does not "
        "pay its cost even without defaults; share."
    )
    waterfall: LifeWaterfallAnswer = Field(description="Where rate_annual goes; the parts sum to it.")


class LossAnswer(Answer):
    """Loss given default: where it comes from; shares of the exposure at default, means over the contract's life."""

    lgd: float = Field(description="What the price uses; share.")
    from_terms: float = Field(description="What the form's own terms leave (data/parameters/loss.yaml); share.")
    stated: float | None = Field(description="What the product file states; null where it states nothing; share.")
    stated_weight: float = Field(description="What the stated figure weighs, by its confidence; share.")
    causes: dict[str, float] = Field(
        description="What is lost by cause, a guarantee as a negative one; they sum to from_terms; share."
    )
    in_a_bad_market: float = Field(
        description="LGD with every number of the loss file at the end of its range that loses more; share."
    )
    first_payment_fraud_share: float = Field(
        description="Clients that never meant to pay, pass the fraud gate and wait as the form asks; share."
    )
    first_payment_fraud_lgd: float = Field(description="Loss given that; share.")


class LifetimeAnswer(Answer):
    """What the offer is worth when take-up and leaving answer to the rate; assumptions of lifetime.yaml."""

    take_up: float = Field(description="Probability that such a client takes the offer at rate_annual; share.")
    value_if_taken: float = Field(
        description="Economic profit over its life after VAT, hurdle and onboarding; share of the most it owes."
    )
    default_if_taken: float = Field(description="Probability of default or fraud over that life; share.")


class AllowanceAnswer(Answer):
    """The expected credit loss that the accounts book on the first day."""

    basis: str = Field(
        description="three_stages (stage 1: twelve months), simplified_lifetime, or why none is booked: stock (goods "
        "still the seller's), in_fair_value, incurred_loss."
    )
    amount_fen: int = Field(description="The allowance of one typical contract; fen.")
    share: float = Field(description="The same, of the exposure at the first default date; share.")
    lifetime_fen: int = Field(description="Loss expected over the whole contract under the same scenarios; fen.")


class LawAnswer(Answer):
    """What the rules of the contract date say to the offer at rate_annual. A reading, not legal advice."""

    is_allowed: bool = Field(description="Whether no rule forbids the offer.")
    cap_annual: float = Field(
        description="The most it may cost, all-in and nominal, on the money received; share a year."
    )
    findings: list[LawFinding] = Field(description="Refusals first, then cautions.")


class PriceAnswer(Answer):
    """A product's price at a probability of default.

    `before_vat` and `after_vat` are the price over the contract's life. What stands beside them at the top is the
    one-period reference formula before VAT, with one PD and one LGD: the hand calculation.
    """

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    form: str = Field(description="The form that is priced.")
    priced_on: str = Field(description="The contract date, whose parameters, taxes and rules are used, ISO date.")
    wrapper: str = Field(description="The legal shape of the offer.")
    lender: str = Field(description="Who lends; VAT and capital follow from it.")
    pd: float = Field(description="Probability of default of the obligor within a year; share.")
    obligor: str = Field(description="Who must pay in the end: client, or debtor of an advance without recourse.")
    lgd: float = Field(description="Loss given default, mean over the contract; share of the exposure at default.")
    term_days: int = Field(description="Days from the first payment to the last.")
    simple_annual_rate: float = Field(
        description="The interest alone over principal and time, day rate x 365 where a day rate is quoted; "
        "share a year."
    )
    nominal_irr: float = Field(
        description="All-in cost of the money received, compounded over the payment interval (for a bullet the term, "
        "12 times the monthly rate where interest is paid by the month) and multiplied up to a year; what a rate cap "
        "is tested against; share a year."
    )
    effective_annual_rate: float = Field(description="All-in cost compounded over a year; share a year.")
    rate_annual: float = Field(description="The rate that is judged, nominal_irr unless given; share a year.")
    kept_share: float = Field(description="What VAT and surcharges leave of the rate; share.")
    capital_share: float = Field(description="Capital tied up by a unit of exposure, k; share.")
    capital_rule: str = Field(
        description="Where k comes from: leverage, bank_risk_weight, or none_prescribed and not_known (assumed)."
    )
    law: LawAnswer = Field(description="Whether the offer may be made at rate_annual, and by which rule not.")
    before_vat: LifePriceAnswer = Field(description="The price over the contract's life, as if no VAT were due.")
    after_vat: LifePriceAnswer = Field(description="The price over the contract's life, after VAT.")
    loss: LossAnswer = Field(description="Where the loss given default comes from.")
    lifetime: LifetimeAnswer = Field(description="Take-up and value of the offer to such a client.")
    allowance: AllowanceAnswer = Field(description="What the accounts book on the first day.")
    expected_loss_share: float = Field(
        description="One period: (1 - (1 - PD)^(T/365)) x LGD; share of the exposure at default, over the term."
    )
    required_rate_annual: float = Field(
        description="One period, before VAT: the rate at which RAROC equals the hurdle; share a year."
    )
    raroc: float = Field(
        description="One period, before VAT: return after tax on the capital tied up, at rate_annual; share a year."
    )
    break_even_pd: float = Field(
        description="One period, before VAT: probability of default a year at which the margin is zero; negative when "
        "rate_annual would not pay its cost even without defaults; share."
    )
    waterfall: PriceWaterfall = Field(description="One period, before VAT: where rate_annual goes; parts sum to it.")
