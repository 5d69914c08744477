"""What `creditlab product` answers: keys, meaning, units."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

STRICT_ANSWER = ConfigDict(extra="forbid")


class CheckedForm(BaseModel):
    """A form that is sound."""

    model_config = STRICT_ANSWER

    form: str = Field(description="The form's name in the file.")
    contract: str = Field(description="The contract that it promises.")
    wrapper: str = Field(description="The legal shape of the offer.")
    term: int = Field(description="The form's own term, in term_unit.")
    term_unit: str = Field(description="days or months.")


class CheckAnswer(BaseModel):
    """A product file that was checked and found sound; a faulty one is refused with exit code 2."""

    model_config = STRICT_ANSWER

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    forms: list[CheckedForm] = Field(description="Its forms, in the order of the file.")


class StatedNumber(BaseModel):
    """A number of the product with what stands behind it."""

    model_config = STRICT_ANSWER

    field: str = Field(description="Where it stands in the form.")
    value: float | list[float] = Field(description="What it is, in its unit; twelve numbers for a season.")
    unit: str = Field(description="Its unit.")
    low: float | None = Field(description="Lower end of the range in which studies draw it; null when fixed.")
    high: float | None = Field(description="Upper end of that range; null when fixed.")
    as_of: date = Field(description="The day on which it was set or read.")
    source: str = Field(description="Who says so.")
    confidence: str = Field(description="high, medium, low or assumption.")


class ShownForm(BaseModel):
    """What a form says."""

    model_config = STRICT_ANSWER

    form: str = Field(description="The form's name in the file.")
    title: str = Field(description="Its title in English.")
    title_zh: str = Field(description="Its title in Chinese.")
    contract: str = Field(description="The contract that it promises.")
    wrapper: str = Field(description="The legal shape of the offer.")
    choices: dict[str, str] = Field(description="What is chosen in words rather than numbers, by field.")
    numbers: list[StatedNumber] = Field(description="Every number, in the order of the form.")


class ShowAnswer(BaseModel):
    """What a product says."""

    model_config = STRICT_ANSWER

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    title: str = Field(description="Its title in English.")
    title_zh: str = Field(description="Its title in Chinese.")
    need: str = Field(description="What the client needs it for.")
    valid_from: date = Field(description="First day on which it is offered.")
    valid_until: date | None = Field(description="Last day on which it is offered; null until further notice.")
    priced_on: date = Field(description="The day whose parameters price it.")
    forms: list[ShownForm] = Field(description="Its forms, in the order of the file.")


class ScheduledFlow(BaseModel):
    """A promised payment."""

    model_config = STRICT_ANSWER

    day: date = Field(description="The day of payment.")
    payer: str = Field(description="Who pays.")
    payee: str = Field(description="Who is paid.")
    amount_fen: int = Field(description="What is paid; fen.")
    kind: str = Field(description="What it is for.")


class PartyTotal(BaseModel):
    """What a party receives and pays in all."""

    model_config = STRICT_ANSWER

    party: str = Field(description="Who.")
    received_fen: int = Field(description="All that it receives; fen.")
    paid_fen: int = Field(description="All that it pays; fen.")
    net_fen: int = Field(description="Received less paid; over all parties these sum to zero; fen.")


class ExposedDay(BaseModel):
    """What would be lost on a day before any recovery."""

    model_config = STRICT_ANSWER

    day: date = Field(description="The day.")
    exposure_fen: int = Field(description="Unpaid principal and accrued interest before the day's payments; fen.")


class ScheduleAnswer(BaseModel):
    """A form's typical contract as cash flows of every party, as if all is paid when due; before VAT."""

    model_config = STRICT_ANSWER

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    form: str = Field(description="The form.")
    contract: str = Field(description="The contract that it promises.")
    first_day: date = Field(description="The first day.")
    last_day: date = Field(description="The day of the last payment.")
    simple_annual_rate: float | None = Field(
        description="The interest alone over principal and time; null where rate_problem says why; share a year."
    )
    nominal_irr: float | None = Field(
        description="All-in cost of the money received, nominal; null where rate_problem says why; share a year."
    )
    effective_annual_rate: float | None = Field(
        description="All-in cost compounded over a year; null where rate_problem says why; share a year."
    )
    rate_problem: str | None = Field(
        description="Why the flows have no single rate, as when a line costs fees long before it is drawn; else null."
    )
    flows: list[ScheduledFlow] = Field(description="Every payment in the order of days.")
    parties: list[PartyTotal] = Field(description="Totals by party.")
    exposure: list[ExposedDay] = Field(description="Exposure on each day from the first to the last.")
