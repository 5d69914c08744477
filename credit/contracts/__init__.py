"""What was promised: frozen contracts in integer fen with a dated cash flow for every party. No contract simulates."""

from credit.contracts.arithmetic import MILLION, divide_half_even, interest_fen, share_fen
from credit.contracts.base import CashFlow, Contract, FlowKind, Party
from credit.contracts.goods_controlled import (
    GoodsControlledPurchase,
    has_fallen_by,
    liquidation_proceeds_fen,
    lot_principal_fen,
    margin_call_fen,
    shortfall_fen,
)
from credit.contracts.open_account import OpenAccountPurchase
from credit.contracts.terms import GoodsControlTerms, PurchaseTerms

__all__ = [
    "MILLION",
    "CashFlow",
    "Contract",
    "FlowKind",
    "GoodsControlTerms",
    "GoodsControlledPurchase",
    "OpenAccountPurchase",
    "Party",
    "PurchaseTerms",
    "divide_half_even",
    "has_fallen_by",
    "interest_fen",
    "liquidation_proceeds_fen",
    "lot_principal_fen",
    "margin_call_fen",
    "share_fen",
    "shortfall_fen",
]
