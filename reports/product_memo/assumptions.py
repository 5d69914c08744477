"""What the memo assumes beside the product, as it stood on the day the product is priced."""

from dataclasses import dataclass
from datetime import date

from credit.parameters import parameters


@dataclass(frozen=True)
class Assumptions:
    """`data/parameters/product_memo.yaml` on a day; meanings, units and sources stand there."""

    reference_pd_annual: float
    client_pd_spread: float
    bad_year_pd_multiple: float
    crash_price_drop: float
    relationship_years: float
    trade_margin_share: float
    additional_trade_share: float

    @classmethod
    def on(cls, day: date) -> "Assumptions":
        """The assumptions in force on a day.

        Raises:
            BadInput: one is not known for that day.
        """
        known = parameters("product_memo")
        return cls(**{name: known.value(name, day) for name in cls.__dataclass_fields__})
