"""A firm's numbers that the hottest loops read, as a row of one array: objects and compiled loops see one memory.

Like the ledgers, `Stage.firm_cells` holds `WIDTH` whole numbers a firm that lie side by side; a firm's place is that of
its first. A cell is an ordinary attribute of the firm.
"""

from array import array
from struct import Struct
from typing import Any

import numpy as np

WIDTH = 23
"""Cells a firm."""

# What a firm plans, has made and owes.
OUTPUT_DAY_G, RESIN_DAY_G, MADE_WEEK_G, MADE_MONTH_G, EXPECTED_WEEK_G, USE_WEEK_G = range(6)
WAGES_OWED_FEN, WAGES_OWED_SINCE = range(6, 8)
# How it is built (`sim.economy.factory.Factory`), and where it stands in the ledgers.
CAPACITY_DAY_G, BASE_WEEK_G, VALUE_ADDED_FEN, PRICE_PPM, FIXED_WEEK_FEN, VARIABLE_FEN, GRADE, TOWN = range(8, 16)
TERM_DAYS, BASE_WEEK_FEN, SLOT, FLOOR_FEN = range(16, 20)
# Its resin in custody, all facilities together.
CUSTODY_G = 20
# The days on which it stopped, or closed in good order.
FAILED_ON, CLOSED_ON = 21, 22

NEVER = -1
"""A day that has not come."""


def new_row(cells: "array[int]", width: int = WIDTH) -> int:
    """Room for another firm; the answer is its place."""
    place = len(cells)
    cells.extend(array("q", bytes(8 * width)))
    return place


def table(cells: "array[int]") -> np.ndarray:
    """The same memory as an array of shape (firms, WIDTH); not to be kept while firms may be added."""
    return np.frombuffer(cells, dtype=np.int64).reshape(-1, WIDTH)


def cell(position: int) -> Any:
    """An attribute that is a cell of the firm's row."""

    def get(firm: Any) -> int:
        return firm.cells[firm.place + position]

    def put(firm: Any, value: int) -> None:
        firm.cells[firm.place + position] = value

    return property(get, put)


def day_cell(position: int) -> Any:
    """An attribute that is a day, or None as long as it has not come."""

    def get(firm: Any) -> int | None:
        day = firm.cells[firm.place + position]
        return None if day == NEVER else day

    def put(firm: Any, day: int | None) -> None:
        firm.cells[firm.place + position] = NEVER if day is None else day

    return property(get, put)


def lay_down(cells: "array[int]", place: int, factory: Any) -> None:
    """Write down how a firm is built from now on."""
    _BUILT.pack_into(
        cells, 8 * (place + CAPACITY_DAY_G),
        factory.capacity_day_g, factory.base_week_g, factory.value_added_fen, factory.price_ppm,
        factory.fixed_week_fen, factory.variable_fen, factory.grade, factory.town, factory.term_days,
        factory.base_week_fen,
    )  # fmt: skip


_BUILT = Struct("10q")
"""CAPACITY_DAY_G to BASE_WEEK_FEN, side by side."""
