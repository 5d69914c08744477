"""A buyer's numbers that the hottest loops read, as a row of one array, like a firm's (`sim.loops.firm_columns`)."""

SLOT, SECTOR, IS_LATE_PAYER, MARGIN_PPM, LIMIT_FEN, IS_ACTIVE = range(6)
WIDTH = 6
"""Cells a buyer."""
