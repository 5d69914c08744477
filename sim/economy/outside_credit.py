"""Banks beside the platform: they refinance its best clients, and stop when funding dries up."""

from sim import rules
from sim.books.ledger import CASH
from sim.economy.smes import SME
from sim.loops import firm_columns
from sim.stage import Stage

PPM = 1_000_000
DAYS_A_YEAR = 365


def refinance(stage: Stage, active: list[SME]) -> None:
    """A month's end: interest on what banks have lent, and loans to the best as far as the banks' capacity goes.

    The best are old enough, on time everywhere and strong in equity; who comes first among them is a keyed draw. A loan
    pays off informal credit and lessens what they need from the platform.
    """
    settings = stage.settings
    for sme in active:
        if sme.refinanced_fen:
            _serve(stage, sme)
    cells = firm_columns.table(stage.firm_cells)[[sme.row for sme in active]]
    capacity = settings.refinancing_ppm // 12 * int(cells[:, firm_columns.BASE_WEEK_FEN].sum()) // PPM * 52
    capacity = rules.scaled(capacity, stage.shocks.new_funding_ppm[stage.day])
    turn = stage.streams.bits("bank", stage.day, stage.roster).tolist()
    for sme in sorted(active, key=lambda one: turn[one.row]):
        if not _is_bankable(stage, sme):
            continue
        amount = rules.share_fen(52 * sme.factory.base_week_fen, settings.refinancing_loan_ppm)
        if amount > capacity:
            return
        capacity -= amount
        sme.refinanced_fen += amount
        stage.entries.borrow(sme.slot, amount)
        back = min(sme.informal_fen, amount)
        stage.entries.pay_back_funding(sme.slot, back)
        sme.informal_fen -= back
        stage.today.refinanced_fen += amount


def _is_bankable(stage: Stage, sme: SME) -> bool:
    settings = stage.settings
    if sme.refinanced_fen or sme.is_leaving or sme.dpd_days or sme.arrears_days or sme.wages_owed_fen:
        return False
    if stage.day - sme.born_on < settings.bankable_days or sme.suspended_on is not None:
        return False
    return sme.equity_fen >= rules.share_fen(52 * sme.factory.base_week_fen, settings.bankable_equity_ppm)


def _serve(stage: Stage, sme: SME) -> None:
    """Interest, and a twenty-fourth of the first loan, as far as the cash above the reserve goes."""
    settings = stage.settings
    interest = rules.divide_half_even(rules.share_fen(sme.refinanced_fen, settings.bank_rate_ppm), 12)
    stage.entries.pay_costs(sme.slot, min(interest, sme.cash_fen))
    loan = rules.share_fen(52 * sme.factory.base_week_fen, settings.refinancing_loan_ppm)
    back = min(sme.refinanced_fen, max(min(loan // 24 + 1, sme.money[sme.slot + CASH] - sme.floor_fen), 0))
    stage.entries.pay_back_funding(sme.slot, back)
    sme.refinanced_fen -= back
