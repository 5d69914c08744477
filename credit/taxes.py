"""Value-added tax by entity and date: on interest, on goods, on leases and leasebacks, in whole fen.

Quoted amounts contain the tax. A lender that receives RMB 106 of interest owes 6 of VAT and 0.72 of surcharges on it:
it keeps 93.66 %, and its borrower deducts nothing. Goods and direct leases bear a higher rate that the buyer deducts.
Rates stand in `data/parameters/taxes.yaml` with their notices.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from credit.contracts.arithmetic import MILLION, Fen, divide_half_even
from credit.errors import BadInput, Problem
from credit.parameters import parameters

FEN_PER_RMB = 100
MOST_FEN = 10**12
"""Largest amount split at once: tax arithmetic then stays below 2**62 in int64."""


class Entity(StrEnum):
    """Who receives the payment."""

    BANK = "bank"
    MICRO_LENDER = "micro_lender"
    FINANCE_LESSOR = "finance_lessor"
    FACTOR = "factor"
    TRADING_COMPANY = "trading_company"


@dataclass(frozen=True)
class TaxSplit:
    """An amount that contains tax, taken apart; fen, scalars or arrays.

    Attributes:
        gross_fen: what is paid.
        vat_fen: output VAT in it.
        surcharge_fen: surcharges that the receiver owes on that VAT (0 for goods and direct leases: there they fall on
            output less input tax, see `goods_margin_fen`).
        is_deductible: whether the payer gets `vat_fen` back.
    """

    gross_fen: Fen
    vat_fen: Fen
    surcharge_fen: Fen
    is_deductible: bool

    @property
    def net_fen(self) -> Fen:
        """The amount without tax: what enters revenue."""
        return self.gross_fen - self.vat_fen

    @property
    def kept_fen(self) -> Fen:
        """What the receiver keeps after VAT and surcharges."""
        return self.gross_fen - self.vat_fen - self.surcharge_fen

    @property
    def cost_to_payer_fen(self) -> Fen:
        """What the payment costs the payer after the VAT it deducts."""
        return self.gross_fen - self.vat_fen if self.is_deductible else self.gross_fen


@dataclass(frozen=True)
class Vat:
    """The tax on one kind of payment on one day.

    Attributes:
        rate_ppm: VAT on the amount without tax, parts per million.
        taxed_ppm: the part of the payment that is taxed at all, parts per million.
        surcharge_ppm: surcharges on the VAT, parts per million.
        is_deductible: whether the payer deducts the VAT.
    """

    rate_ppm: int
    taxed_ppm: int = MILLION
    surcharge_ppm: int = 0
    is_deductible: bool = True

    @property
    def kept_share(self) -> float:
        """The share of a payment that its receiver keeps after VAT and surcharges: 0.9366 for taxed interest."""
        vat_share = self.taxed_ppm / MILLION * self.rate_ppm / (MILLION + self.rate_ppm)
        return 1.0 - vat_share * (1.0 + self.surcharge_ppm / MILLION)

    def split(self, gross_fen: Fen) -> TaxSplit:
        """Take a payment apart.

        Each tax is rounded once, half to even; net is what remains, so the parts sum to the payment to the fen.

        Args:
            gross_fen: what is paid, 0 to 10**12 fen, an integer or an array of int64.

        Raises:
            BadInput: the amount is not whole or lies outside its range.
        """
        gross = _whole_fen(gross_fen)
        taxed = divide_half_even(gross * self.taxed_ppm, MILLION)
        vat = divide_half_even(taxed * self.rate_ppm, MILLION + self.rate_ppm)
        return TaxSplit(gross, vat, divide_half_even(vat * self.surcharge_ppm, MILLION), self.is_deductible)


def vat_on_interest(
    entity: Entity | str,
    on: date,
    *,
    credit_line_fen: int | None = None,
    rate_annual: float | None = None,
    reference_rate_annual: float | None = None,
) -> Vat:
    """The tax on interest and fees received.

    A licensed bank's interest from a small business is free of VAT up to 1.5 times the reference rate while the line is
    small enough; what lies above is taxed (the second method of the notice; by the first a dearer loan is taxed whole).
    The exemption is looked at only when all three of line, rate and reference rate are given.

    Args:
        entity: who receives the interest.
        on: day of the receipt.
        credit_line_fen: the borrower's credit line at this lender.
        rate_annual: the loan's rate, a share a year.
        reference_rate_annual: LPR (before August 2019 the benchmark rate) of the same tenor, a share a year.

    Raises:
        BadInput: the entity is unknown, the rates are not positive, or no rule is known for the day.
    """
    known = parameters("taxes")
    receiver = _entity(entity)
    taxed_ppm = MILLION
    if credit_line_fen is not None and rate_annual is not None and reference_rate_annual is not None:
        if not (rate_annual > 0.0 and reference_rate_annual > 0.0):
            raise BadInput(Problem("rates must be > 0", field="rate_annual", value=rate_annual))
        largest_line_fen = known.value("bank_exempt_line", on) * FEN_PER_RMB
        if receiver is Entity.BANK and 0 < credit_line_fen <= largest_line_fen:
            free_rate = known.value("bank_exempt_rate_multiple", on) * reference_rate_annual
            taxed_ppm = _ppm(max(0.0, 1.0 - free_rate / rate_annual))
    return Vat(
        rate_ppm=_ppm(known.value("interest_vat_rate", on)),
        taxed_ppm=taxed_ppm,
        surcharge_ppm=_ppm(known.value("surcharge_share", on)),
        is_deductible=False,
    )


def vat_on_goods(on: date) -> Vat:
    """The tax on resin, products and machines invoiced on a day."""
    return Vat(rate_ppm=_ppm(parameters("taxes").value("goods_vat_rate", on)))


def vat_on_direct_lease(on: date) -> Vat:
    """The tax on the whole rent of a direct equipment lease: the lessee deducts it."""
    return Vat(rate_ppm=_ppm(parameters("taxes").value("direct_lease_vat_rate", on)))


def vat_on_leaseback(on: date) -> Vat:
    """The tax on the interest part of a leaseback's rent: a loan service since May 2016, then not deductible."""
    known = parameters("taxes")
    return Vat(
        rate_ppm=_ppm(known.value("leaseback_vat_rate", on)),
        surcharge_ppm=_ppm(known.value("surcharge_share", on)),
        is_deductible=bool(known.value("leaseback_is_deductible", on)),
    )


def goods_margin_fen(sale_gross_fen: Fen, sold_on: date, cost_gross_fen: Fen, bought_on: date) -> Fen:
    """What a trader earns on goods: both invoices without VAT, less surcharges on output less input tax.

    Where the input tax is the larger there are no surcharges (the difference is carried forward).

    Args:
        sale_gross_fen: sales invoice, VAT included.
        sold_on: its day; the rate may differ from the purchase's.
        cost_gross_fen: purchase invoice, VAT included.
        bought_on: its day.

    Raises:
        BadInput: an amount is not whole or lies outside its range, or no rule is known for a day.
    """
    sale, cost = vat_on_goods(sold_on).split(sale_gross_fen), vat_on_goods(bought_on).split(cost_gross_fen)
    surcharge_ppm = _ppm(parameters("taxes").value("surcharge_share", sold_on))
    due = sale.vat_fen - cost.vat_fen
    due = np.maximum(due, 0) if isinstance(due, np.ndarray) else max(due, 0)
    return sale.net_fen - cost.net_fen - divide_half_even(due * surcharge_ppm, MILLION)


def bad_debt_loss_fen(unpaid_gross_fen: Fen, invoiced_on: date, lost_on: date) -> Fen:
    """What a seller loses on an unpaid invoice: all of it, since the output VAT paid on it is not refunded.

    Args:
        unpaid_gross_fen: what stays unpaid, VAT included.
        invoiced_on: the day whose VAT rate the invoice bears.
        lost_on: the day of the loss, which dates the refund rule.

    Raises:
        BadInput: the amount is not whole or lies outside its range, or no rule is known for a day.
    """
    split = vat_on_goods(invoiced_on).split(unpaid_gross_fen)
    refund_ppm = _ppm(parameters("taxes").value("bad_debt_vat_refund_share", lost_on))
    return split.gross_fen - divide_half_even(split.vat_fen * refund_ppm, MILLION)


def _whole_fen(amount_fen: Fen) -> Fen:
    amounts = np.asarray(amount_fen)
    if not np.issubdtype(amounts.dtype, np.integer):
        raise BadInput(Problem("must be whole fen", field="gross_fen", remedy="round to fen first"))
    if amounts.size and (int(amounts.min()) < 0 or int(amounts.max()) > MOST_FEN):
        raise BadInput(Problem(f"must lie from 0 to {MOST_FEN} fen", field="gross_fen"))
    return amounts.astype(np.int64) if amounts.ndim else int(amounts)


def _entity(entity: Entity | str) -> Entity:
    try:
        return Entity(entity)
    except ValueError:
        raise BadInput(Problem(f"must be one of {', '.join(Entity)}", field="entity", value=str(entity))) from None


def _ppm(share: float) -> int:
    return round(share * MILLION)
