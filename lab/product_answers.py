"""What `creditlab product` answers: keys, meaning, units."""

from datetime import date
from typing import Any

from pydantic import Field

from lab.answer import Answer


class CheckedForm(Answer):
    """A form that is sound."""

    form: str = Field(description="The form's name in the file.")
    contract: str = Field(description="The contract that it promises.")
    wrapper: str = Field(description="The legal shape of the offer.")
    term: int = Field(description="The form's own term, in term_unit.")
    term_unit: str = Field(description="days or months.")


class CheckAnswer(Answer):
    """A product file that was checked and found sound; a faulty one is refused with exit code 2."""

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    forms: list[CheckedForm] = Field(description="Its forms, in the order of the file.")


class StatedNumber(Answer):
    """A number of the product with what stands behind it."""

    field: str = Field(description="Where it stands in the form.")
    value: float | list[float] = Field(description="What it is, in its unit; twelve numbers for a season.")
    unit: str = Field(description="Its unit.")
    low: float | None = Field(description="Lower end of the range in which studies draw it; null when fixed.")
    high: float | None = Field(description="Upper end of that range; null when fixed.")
    as_of: date = Field(description="The day on which it was set or read.")
    source: str = Field(description="Who says so.")
    confidence: str = Field(description="high, medium, low or assumption.")


class ShownForm(Answer):
    """What a form says."""

    form: str = Field(description="The form's name in the file.")
    title: str = Field(description="Its title in English.")
    title_zh: str = Field(description="Its title in Chinese.")
    contract: str = Field(description="The contract that it promises.")
    wrapper: str = Field(description="The legal shape of the offer.")
    choices: dict[str, str] = Field(description="What is chosen in words rather than numbers, by field.")
    numbers: list[StatedNumber] = Field(description="Every number, in the order of the form.")


class ShowAnswer(Answer):
    """What a product says."""

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    title: str = Field(description="Its title in English.")
    title_zh: str = Field(description="Its title in Chinese.")
    need: str = Field(description="What the client needs it for.")
    valid_from: date = Field(description="First day on which it is offered.")
    valid_until: date | None = Field(description="Last day on which it is offered; null until further notice.")
    priced_on: date = Field(description="The day whose parameters price it.")
    forms: list[ShownForm] = Field(description="Its forms, in the order of the file.")


class ScheduledFlow(Answer):
    """A promised payment."""

    day: date = Field(description="The day of payment.")
    payer: str = Field(description="Who pays.")
    payee: str = Field(description="Who is paid.")
    amount_fen: int = Field(description="What is paid; fen.")
    kind: str = Field(description="What it is for.")


class PartyTotal(Answer):
    """What a party receives and pays in all."""

    party: str = Field(description="Who.")
    received_fen: int = Field(description="All that it receives; fen.")
    paid_fen: int = Field(description="All that it pays; fen.")
    net_fen: int = Field(description="Received less paid; over all parties these sum to zero; fen.")


class ExposedDay(Answer):
    """What would be lost on a day before any recovery."""

    day: date = Field(description="The day.")
    exposure_fen: int = Field(description="Unpaid principal and accrued interest before the day's payments; fen.")


class ScheduleAnswer(Answer):
    """A form's typical contract as cash flows of every party, as if all is paid when due; before VAT."""

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
    warnings: list[str] = Field(
        description="What the schedule rests on and nobody knows yet: payment days in years without published holidays."
    )
    flows: list[ScheduledFlow] = Field(description="Every payment in the order of days.")
    parties: list[PartyTotal] = Field(description="Totals by party.")
    exposure: list[ExposedDay] = Field(description="Exposure on each day from the first to the last.")


class ChangedField(Answer):
    """A field that differs between the two files."""

    field: str = Field(description="Its path in the file, as forms.open_account.day_rate.value.")
    old: Any = Field(description="Its old value, in unit; null where it was not there.")
    new: Any = Field(description="Its new value, in unit; null where it is gone.")
    unit: str = Field(description="Its unit; empty for words, days of the calendar and yes or no.")


class VersionVerdict(Answer):
    """What one version says to a client; money is 0 where the client is out."""

    is_in: bool = Field(description="Whether the client may have the product.")
    reasons: list[str] = Field(
        description="Why it is out; empty when in. form_not_offered, too_new, too_few_orders, orders_do_not_match, "
        "in_arrears, term_not_allowed, pd_above_break_even, never_pays (not even without defaults)."
    )
    nominal_irr: float | None = Field(
        description="All-in cost of the money received, nominal; null where there is no contract; share a year."
    )
    effective_annual_rate: float | None = Field(description="The same compounded over a year; share a year.")
    required_rate_annual: float | None = Field(
        description="What the client must pay for RAROC to equal the hurdle; share a year."
    )
    break_even_pd: float | None = Field(description="The PD a year up to which the price pays; share.")
    take_up: float | None = Field(
        description="Probability that the client would take the offer at this price and deposit, from assumptions of "
        "data/parameters/lifetime.yaml; share."
    )
    volume_fen: int = Field(description="Principal outstanding on average over the term; fen.")
    expected_loss_fen: int = Field(description="Principal lost to default and first-payment fraud over the term; fen.")
    margin_fen: int = Field(
        description="What is left before tax after VAT, funding, loss, work and the hurdle, over the term; fen."
    )
    profit_fen: int = Field(description="Profit after tax, the hurdle not taken off, over the term; fen.")


class DiffedClient(Answer):
    """A client of the book under both versions."""

    firm_id: str = Field(description="The client.")
    pd_annual: float = Field(description="Probability of default within a year; share.")
    amount_fen: int = Field(description="What is to be financed; fen.")
    term_days: int = Field(description="Days for which it is wanted.")
    flip: str = Field(description="stays_in, stays_out, came_in or fell_out.")
    flip_reasons: list[str] = Field(
        description="What held out a client that came in, or now holds out one that fell out; empty without a flip."
    )
    old: VersionVerdict = Field(description="Under the old version.")
    new: VersionVerdict = Field(description="Under the new version.")


class MovedAmount(Answer):
    """A whole number under both versions."""

    old: int = Field(description="Under the old version, in the unit of the total.")
    new: int = Field(description="Under the new version, same unit.")
    difference: int = Field(description="New less old, same unit.")


class MovedNumber(Answer):
    """A number under both versions."""

    old: float | None = Field(description="Under the old version, in the unit of the total; null without clients.")
    new: float | None = Field(description="Under the new version, same unit; null without clients.")
    difference: float | None = Field(description="New less old, same unit; null where one is.")


class DiffTotals(Answer):
    """Sums over the clients that are in; all of them are counted, except in takers and taken_volume_fen."""

    clients: MovedAmount = Field(description="Clients that may have the product; count.")
    volume_fen: MovedAmount = Field(description="Principal outstanding on average over their terms; fen.")
    expected_loss_fen: MovedAmount = Field(description="Principal lost to default over their terms; fen.")
    margin_fen: MovedAmount = Field(description="Left before tax after every cost and the hurdle, over the terms; fen.")
    profit_fen: MovedAmount = Field(description="Profit after tax, the hurdle not taken off, over the terms; fen.")
    nominal_irr: MovedNumber = Field(description="Mean all-in nominal cost, weighted by volume; share a year.")
    effective_annual_rate: MovedNumber = Field(description="Mean all-in cost compounded, weighted by volume; a year.")
    takers: MovedNumber = Field(description="Clients expected to take the offer at its price; count.")
    taken_volume_fen: MovedAmount = Field(description="The volume expected from them; fen.")


class DiffAnswer(Answer):
    """Two versions of a product on one book, after VAT: what changed, who flips and why, what happens to totals."""

    old_product: str = Field(description="The old version's name.")
    old_hash: str = Field(description="SHA-256 of its content.")
    new_product: str = Field(description="The new version's name.")
    new_hash: str = Field(description="SHA-256 of its content.")
    book: str = Field(description="Where the clients come from, and how many they are.")
    unknown_facts: list[str] = Field(
        description="What eligibility asks and the book says for nobody; no client is refused for it."
    )
    completed_clients: int = Field(
        description="Clients without amount or term in the book, as after a refusal; the old version's typical "
        "contract stands in for them under both versions; count."
    )
    changes: list[ChangedField] = Field(description="Every field that differs.")
    flips: dict[str, int] = Field(description="Clients by flip: stays_in, stays_out, came_in, fell_out; count.")
    came_in_by_price: int = Field(
        description="Of came_in, those whom only the price held out: the new one covers their required rate; count."
    )
    take_up_rises: int = Field(
        description="Clients in under both versions who are likelier to take the new one; count."
    )
    take_up_falls: int = Field(description="Clients in under both versions who are less likely to take it; count.")
    totals: DiffTotals = Field(description="Old, new and difference; each total is the sum over the clients.")
    clients: list[DiffedClient] = Field(description="Every client, in the order of the book.")
