"""Purchase loans drawn and redeemed, compiled; the source is `sim.loops.purchase_loans`."""

from credit.contracts import goods_controlled
from sim.loops import kernels, purchase_loans
from sim.loops.compiling import compiled, shared

shared(goods_controlled, "lot_principal_fen")
SOURCES = (*kernels.SOURCES, kernels, goods_controlled)
draw = compiled(SOURCES)(purchase_loans.draw)
"""As `sim.loops.purchase_loans.draw`, over int64 columns, for stocks below `kernels.LARGE_STOCK_G`."""
redeem_lots = compiled(SOURCES)(purchase_loans.redeem_lots)
"""As `sim.loops.purchase_loans.redeem_lots`, over int64 columns."""
