"""What was promised: frozen contracts in integer fen with a dated cash flow for every party. No contract simulates."""

from credit.contracts.arithmetic import MILLION, divide_half_even, interest_fen, share_fen
from credit.contracts.assigned_receivable import AssignedReceivable, AssignmentTerms
from credit.contracts.base import CashFlow, Contract, FlowKind, Party
from credit.contracts.dates import BusinessCalendar, DayCount, PaymentDays, Roll, year_fraction
from credit.contracts.eligibility import EligibilityRules, Receivable
from credit.contracts.goods_controlled import (
    GoodsControlledPurchase,
    has_fallen_by,
    least_fallen_fen,
    liquidation_proceeds_fen,
    lot_principal_fen,
    margin_call_fen,
    shortfall_fen,
)
from credit.contracts.growth_loan import GrowthLoan, GrowthLoanTerms, Shaped
from credit.contracts.lease import DepositReturn, LeaseTerms, MachineLease, RateQuote, SaleLeaseback, Timing
from credit.contracts.open_account import OpenAccountPurchase
from credit.contracts.receivables_advance import AdvanceTerms, Outcome, ReceivablesAdvance
from credit.contracts.revenue_share import RevenueShareLoan, RevenueShareTerms
from credit.contracts.revolver import Ending, LineEvent, RevolverTerms, TurnoverRevolver
from credit.contracts.terms import GoodsControlTerms, PurchaseTerms

__all__ = [
    "MILLION",
    "AdvanceTerms",
    "AssignedReceivable",
    "AssignmentTerms",
    "BusinessCalendar",
    "CashFlow",
    "Contract",
    "DayCount",
    "DepositReturn",
    "EligibilityRules",
    "Ending",
    "FlowKind",
    "GoodsControlTerms",
    "GoodsControlledPurchase",
    "GrowthLoan",
    "GrowthLoanTerms",
    "LeaseTerms",
    "LineEvent",
    "MachineLease",
    "OpenAccountPurchase",
    "Outcome",
    "Party",
    "PaymentDays",
    "PurchaseTerms",
    "RateQuote",
    "Receivable",
    "ReceivablesAdvance",
    "RevenueShareLoan",
    "RevenueShareTerms",
    "RevolverTerms",
    "Roll",
    "SaleLeaseback",
    "Shaped",
    "Timing",
    "TurnoverRevolver",
    "divide_half_even",
    "has_fallen_by",
    "interest_fen",
    "least_fallen_fen",
    "liquidation_proceeds_fen",
    "lot_principal_fen",
    "margin_call_fen",
    "share_fen",
    "shortfall_fen",
    "year_fraction",
]
