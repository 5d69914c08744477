"""What a firm is made of: how it is built, what it was born with, its machines."""

from dataclasses import dataclass
from typing import NamedTuple

from sim.books.recorders import MISSING


@dataclass(frozen=True)
class Factory:
    """How a firm is built, until lives and machines rebuild it. Masses in grams, money in fen, shares in ppm.

    Attributes:
        grade: index of the resin grade that it uses.
        town: number of its town.
        weekday: the day of the week on which it ships; it orders two days later and pays wages four days later.
        base_week_g: products that its customers order in a normal week.
        base_week_fen: what they pay for it at the mean resin price, VAT included.
        capacity_day_g: most it can make in a day.
        price_ppm: its lasting price level relative to others: its hidden quality.
        value_added_fen: value added a tonne of product, VAT included.
        fixed_week_fen: wages, power and overhead of a week that do not follow output.
        variable_fen: wages and power a tonne of product.
        term_days: credit that it gives its buyers.
        honesty_ppm: how much a refusal to redeem costs its controller, over the value of the goods.
        has_no_surety: the controller does not stand surety.
    """

    grade: int
    town: int
    weekday: int
    base_week_g: int
    base_week_fen: int
    capacity_day_g: int
    price_ppm: int
    value_added_fen: int
    fixed_week_fen: int
    variable_fen: int
    term_days: int
    honesty_ppm: int
    has_no_surety: bool

    def rebuilt(self, **changed: int) -> "Factory":
        """The same but for some fields; `dataclasses.replace` without going through every field."""
        built = object.__new__(Factory)
        vars(built).update(vars(self), **changed)
        return built


class Vintage(NamedTuple):
    """Machines bought together.

    Attributes:
        bought_on: market day.
        number: how many.
        price_fen: price of each when new, VAT excluded.
        facility: the lease that they stand under, MISSING when the firm owns them.
    """

    bought_on: int
    number: int
    price_fen: int
    facility: int = MISSING


@dataclass(frozen=True)
class Birth:
    """What a firm starts with.

    Attributes:
        revenue_fen: yearly revenue that it is built for, VAT excluded.
        private_fen: the controller's private wealth.
        born_on: market day of its foundation; negative before the market's first day.
    """

    revenue_fen: int
    private_fen: int
    born_on: int
