"""How a quantity is printed: one unit, sensible digits, a true minus sign, in the reader's language."""

import math
from datetime import date

from reports.catalogue import Catalogue

MINUS = "−"
ABSENT = "–"


class Numbers:
    """Prints quantities in the units of a catalogue.

    Money is printed in one large unit everywhere (million RMB in English, 万元 in Chinese), so that two amounts can be
    compared at a glance; how many fen that unit holds stands in the catalogue.

    Attributes:
        texts: the catalogue whose `units` are used.
        money_unit_fen: fen in the money unit.
    """

    def __init__(self, texts: Catalogue) -> None:
        self.texts = texts
        self.money_unit_fen = int(texts.say("units.money_unit_fen"))

    def in_money_units(self, amount_fen: float) -> float:
        """An amount in the money unit, unprinted, for axes."""
        return amount_fen / self.money_unit_fen

    def money(self, amount_fen: float, decimals: int | None = None, signed: bool = False) -> str:
        """An amount with its unit: `RMB 12.3 million`."""
        return self.texts.say("units.money", value=self.plain_money(amount_fen, decimals, signed))

    def plain_money(self, amount_fen: float, decimals: int | None = None, signed: bool = False) -> str:
        """An amount in the money unit, for a column that names the unit: `12.3`."""
        value = self.in_money_units(amount_fen)
        return number(value, money_decimals(value) if decimals is None else decimals, signed)

    def plain_large_money(self, amount_fen: float, signed: bool = False) -> str:
        """An amount in the unit for turnover (million RMB in English, 亿元 in Chinese), for rows that name it."""
        value = amount_fen / int(self.texts.say("units.large_money_unit_fen"))
        return number(value, money_decimals(value), signed)

    def column_decimals(self, amounts_fen: list[float]) -> int:
        """Decimals for a column or chart of amounts: at most four digits for the largest, the same for all."""
        largest = max((abs(self.in_money_units(amount)) for amount in amounts_fen), default=0.0)
        return 2 if largest < 99.995 else 1 if largest < 999.95 else 0

    def share(self, share: float, decimals: int | None = None) -> str:
        """A share as a percentage: `3.4%`. Below one per cent it gets a second decimal."""
        percent = share * 100
        digits = decimals if decimals is not None else 2 if 0 < abs(percent) < 0.995 else 1
        return f"{number(percent, digits)}%" if math.isfinite(share) else ABSENT

    def points(self, difference: float, decimals: int = 2, signed: bool = True) -> str:
        """A difference of shares in percentage points: `+1.23 pp`."""
        return self.texts.say("units.points", value=number(difference * 100, decimals, signed))

    def count(self, count: float, decimals: int = 0, signed: bool = False) -> str:
        """A number of things: `1,234`."""
        return number(count, decimals, signed)

    def days(self, days: float, decimals: int = 0) -> str:
        """A duration: `20 days`."""
        return self.texts.say("units.days", value=number(days, decimals))

    def months(self, months: float) -> str:
        """A duration: `24 months`."""
        return self.texts.say("units.months", value=number(months, 0))

    def price(self, fen_per_tonne: float) -> str:
        """A resin price: `RMB 9,044 per tonne`."""
        return self.texts.say("units.price", value=number(fen_per_tonne / 100, 0))

    def day(self, day: date) -> str:
        """A date: `31 Dec 2024`."""
        month = self.texts.say(f"months.m{day.month:02d}")
        return self.texts.say("units.date", day=str(day.day), month=month, year=str(day.year))

    def listed(self, items: list[str]) -> str:
        """Several things in one sentence: `a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return self.texts.say("units.list_end", before=self.texts.say("units.comma").join(items[:-1]), last=items[-1])


def number(value: float, decimals: int = 0, signed: bool = False) -> str:
    """A number with thousands separators and a true minus; a dash where there is none. Never prints minus zero."""
    if not math.isfinite(value):
        return ABSENT
    rounded = round(float(value), decimals)
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def money_decimals(value: float) -> int:
    """Decimals for about three digits: 0.12, 1.23, 12.3, 123."""
    size = abs(value)
    return 0 if size >= 99.95 or size == 0 else 1 if size >= 9.995 else 2
