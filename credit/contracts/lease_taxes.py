"""The VAT in the payments of a lease: where direct lease and leaseback part ways.

A direct lease bears the goods rate on all that the lessee pays, and the lessee deducts it; the lessor deducts the VAT
in the machine's price. A leaseback is a loan service: the lower rate on interest and fee alone, which the client does
not deduct; principal bears none. Rates by day: `data/parameters/taxes.yaml`. The tax follows the day of payment.
"""

from dataclasses import dataclass
from datetime import date

from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.lease import Lease, MachineLease
from credit.taxes import TaxSplit, vat_on_direct_lease, vat_on_goods, vat_on_leaseback

DIRECT_LEASE_PRICE = (FlowKind.PRINCIPAL, FlowKind.INTEREST, FlowKind.FEE, FlowKind.OPTION)
LEASEBACK_SERVICE = (FlowKind.INTEREST, FlowKind.FEE)


@dataclass(frozen=True, slots=True)
class TaxedPayment:
    """A day's taxed payment from lessee to lessor, taken apart.

    Attributes:
        day: ordinal.
        split: gross, VAT, surcharge, and whether the lessee deducts the VAT.
    """

    day: int
    split: TaxSplit


@dataclass(frozen=True, slots=True)
class LeaseTaxes:
    """The taxes of a lease from first day to last, fen.

    Attributes:
        payments: what bears tax, by day.
        input_vat_fen: VAT that the lessor deducts on the machine's price.
    """

    payments: tuple[TaxedPayment, ...]
    input_vat_fen: int

    @property
    def output_vat_fen(self) -> int:
        """VAT in all payments."""
        return sum(int(payment.split.vat_fen) for payment in self.payments)

    @property
    def surcharge_fen(self) -> int:
        """Surcharges that the lessor owes on it (0 on a direct lease, where they fall on output less input tax)."""
        return sum(int(payment.split.surcharge_fen) for payment in self.payments)

    @property
    def deducted_by_client_fen(self) -> int:
        """VAT that the lessee gets back."""
        return sum(int(payment.split.vat_fen) for payment in self.payments if payment.split.is_deductible)


def lease_taxes(lease: Lease) -> LeaseTaxes:
    """The VAT in a lease's payments: one tax for a machine lease, another for a leaseback.

    Raises:
        BadInput: no rule is known for a day.
    """
    is_direct = isinstance(lease, MachineLease)
    taxed_kinds = DIRECT_LEASE_PRICE if is_direct else LEASEBACK_SERVICE
    by_day: dict[int, int] = {}
    for flow in lease.schedule():
        if _is_taxed(flow, taxed_kinds):
            by_day[flow.day] = by_day.get(flow.day, 0) + flow.amount_fen
    payments = []
    for day, gross in by_day.items():
        on = date.fromordinal(day)
        vat = vat_on_direct_lease(on) if is_direct else vat_on_leaseback(on)
        payments.append(TaxedPayment(day, vat.split(gross)))
    deducted = vat_on_goods(date.fromordinal(lease.start_day)).split(lease.financed_fen).vat_fen if is_direct else 0
    return LeaseTaxes(tuple(payments), int(deducted))


def _is_taxed(flow: CashFlow, kinds: tuple[FlowKind, ...]) -> bool:
    return flow.payer is Party.SME and flow.payee is Party.LENDER and flow.kind in kinds
