"""Who lives in the market: firms, controllers, buyers, suppliers, lenders and the platform, in an aged state.

Firms live in towns of fifty. Suppliers, buyers and lenders are as large as the customers that they have at the start
make them. Firms that may be founded later stand behind the others, empty and idle.
"""

from dataclasses import dataclass

import numpy as np

from credit.limits import PurchasePolicy
from credit.products import Product
from sim import rules
from sim.books.book import Bill
from sim.books.ledger import GOODS, PAYABLES, RESIN, WIDTH
from sim.desk.platform import Platform
from sim.desk.underwriting import Underwriter
from sim.economy.buyers import Buyer
from sim.economy.lenders import Lender
from sim.economy.lives import Founding
from sim.economy.networks import Network, buyer_count
from sim.economy.resin import GRADES, ResinPrices
from sim.economy.smes import SME
from sim.economy.suppliers import Supplier
from sim.economy.traits import births, factories, held, revenues, stakes_used
from sim.scenarios.channels import MOST_SHELLS, SECTORS
from sim.settings import Settings
from sim.stage import Stage

PPM = 1_000_000
WORLD_CASH_FEN = 10**15
PAST_WEEKS = 45


def entity_count(settings: Settings, firms: int, later: int) -> int:
    """Entities in the ledgers: world, platform, lenders, suppliers, buyers, firms and controllers."""
    buyers = buyer_count(settings, towns(settings, firms)) + MOST_SHELLS
    return 2 + settings.lenders + settings.suppliers + buyers + 2 * (firms + later)


def towns(settings: Settings, firms: int) -> int:
    """Towns that so many firms fill."""
    return -(-firms // settings.firms_a_town)


@dataclass
class People:
    """Everybody, in order of their rows."""

    smes: list[SME]
    buyers: list[Buyer]
    suppliers: list[Supplier]
    lenders: list[Lender]
    platform: Platform
    network: Network


def settle(
    stage: Stage,
    prices: ResinPrices,
    firms: int,
    later: list[Founding],
    product: Product,
    policy: PurchasePolicy,
    underwriter: Underwriter,
) -> People:
    """Create everybody, firms that may be founded later included; the market's ledgers balance afterwards."""
    settings = stage.settings
    stage.entries.open_with_cash(0, WORLD_CASH_FEN)
    platform = Platform(stage, WIDTH, product, policy, underwriter)
    stage.entries.open_with_cash(platform.slot, settings.platform_cash_fen)
    first = 2
    lenders = [
        Lender(
            stage,
            row,
            (first + row) * WIDTH,
            settings.lender_pd_mandate_ppm + row * settings.lender_pd_mandate_step_ppm,
        )
        for row in range(settings.lenders)
    ]
    first += settings.lenders
    suppliers = [Supplier(stage, row, (first + row) * WIDTH, len(GRADES)) for row in range(settings.suppliers)]
    first += settings.suppliers
    buyers = _buyers(stage, buyer_count(settings, towns(settings, firms)) + MOST_SHELLS, first)
    first += len(buyers)
    network = Network(stage, buyers, suppliers, towns(settings, firms))
    smes = _firms(stage, prices, firms, later, network, first)
    network.tie_sureties(smes, firms)
    there = smes[:firms]
    for sme, used_ppm in zip(there, stakes_used(stage, [sme.factory.price_ppm for sme in there]), strict=True):
        stage.entries.open_with_cash(sme.owner_slot, sme.private_fen)
        _age(stage, sme, prices, used_ppm)
    _open_invoices(stage, there, prices)
    _open_bills(stage, there, prices)
    _stock_suppliers(stage, there, suppliers, prices)
    _fund_lenders(stage, there, lenders, prices)
    _equip_buyers(stage, there, buyers, prices)
    platform.lenders = lenders
    return People(smes, buyers, suppliers, lenders, platform, network)


def _firms(
    stage: Stage, prices: ResinPrices, firms: int, later: list[Founding], network: Network, first: int
) -> list[SME]:
    """Firms that are there, then those that may be founded, which wait."""
    settings = stage.settings
    places = [*range(firms), *(one.place for one in later)]
    town_of = [place // settings.firms_a_town for place in places]
    revenue = revenues(stage, firms)
    built = factories(stage, prices, town_of, revenue)
    born = births(stage, firms, later, revenue)
    ties = network.formed(town_of, revenue)
    smes = [
        SME(stage, row, (first + 2 * row) * WIDTH, built[row], ties[row], born[row], settings)
        for row in range(len(places))
    ]
    for sme in smes[firms:]:
        sme.is_active = False
    return smes


def _buyers(stage: Stage, count: int, first: int) -> list[Buyer]:
    settings, streams = stage.settings, stage.streams
    lateness = streams.ppm("late payer", 0, count)
    sectors = streams.whole("sector", 0, count, len(SECTORS))
    margin = settings.buyer_margin_spread_ppm * held(streams.normals("buyer margin", 0, count))
    margins = np.rint(margin).astype(np.int64).tolist()
    return [
        Buyer(
            stage, row, (first + row) * WIDTH, settings.buyer_margin_ppm + margins[row], sectors[row],
            is_late_payer=lateness[row] < settings.late_buyers_ppm,
        )
        for row in range(count)
    ]  # fmt: skip


def _age(stage: Stage, sme: SME, prices: ResinPrices, used_ppm: int) -> None:
    """Cash, stock, debts and what the controller is still ready to give, as if the firm had always been there.

    Args:
        stage: the market.
        sme: the firm.
        prices: resin prices.
        used_ppm: how far it has come to the end of its means.
    """
    settings, entries, factory, revenue_fen = stage.settings, stage.entries, sme.factory, sme.revenue_fen
    sme.stake_left_fen -= rules.share_fen(sme.stake_fen, used_ppm)
    cash = revenue_fen * settings.opening_cash_days // 365
    entries.open_with_cash(sme.slot, max(cash - rules.share_fen(cash, used_ppm), sme.floor_fen))
    claims = revenue_fen * factory.term_days // 365
    sme.informal_fen = rules.scaled(claims, settings.informal_advance_ppm, used_ppm)
    entries.open_with_bank_debt(sme.slot, rules.share_fen(revenue_fen, settings.bank_debt_ppm) + sme.informal_fen)
    week = factory.base_week_g
    resin_net = rules.net_of_vat_fen(prices.means[factory.grade], settings.vat_goods_ppm)
    resin = rules.scaled(week * (settings.resin_safety_days + settings.order_cycle_days) // 7, PPM)
    goods = week * settings.goods_cover_days // 7
    entries.open_with_stock(sme.slot, RESIN, resin, rules.amount_fen(resin, resin_net))
    entries.open_with_stock(
        sme.slot, GOODS, goods, rules.amount_fen(rules.resin_needed_g(goods, settings.yield_ppm), resin_net)
    )
    sme.plan_week(week)


def _open_invoices(stage: Stage, smes: list[SME], prices: ResinPrices) -> None:
    """The invoices of the past weeks that are still unpaid, drawn like later ones."""
    settings, streams, issue = stage.settings, stage.streams, stage.book.invoices.issue
    by_weekday = sorted(smes, key=lambda sme: (sme.factory.weekday, sme.row))
    for week in range(-PAST_WEEKS, 0):
        picks = streams.ppm("buyer", week, len(smes))
        delays = streams.ppm("delay", week, len(smes))
        for sme in by_weekday:
            factory = sme.factory
            issued = 7 * week + factory.weekday
            due = issued + factory.term_days
            buyer = sme.links.buyers[sme.links.who_orders(picks[sme.row])]
            pays_on = due + buyer.habitual_delay_days(delays[sme.row])
            if pays_on < 0:
                continue
            price = rules.product_price_fen(factory.value_added_fen, prices.means[factory.grade], settings.yield_ppm)
            amount = rules.scaled(rules.amount_fen(factory.base_week_g, price), factory.price_ppm)
            stage.entries.open_with_invoice(sme.slot, buyer.slot, amount)
            issue(sme.row, buyer.row, amount, prices.means[factory.grade], issued, due, pays_on)


def _open_bills(stage: Stage, smes: list[SME], prices: ResinPrices) -> None:
    """The resin of the past weeks that is not yet paid: before the platform lends, everybody buys on bills.

    Without them the first weeks would be a gift of several weeks' purchases, from which the weakest recover.
    """
    settings = stage.settings
    for sme in smes:
        week = rules.amount_fen(
            rules.resin_needed_g(sme.factory.base_week_g, settings.yield_ppm), prices.means[sme.factory.grade]
        )
        supplier, cycle = sme.links.suppliers[0], settings.order_cycle_days
        for due in range(sme.factory.weekday, settings.trade_credit_days, cycle):
            bill = Bill(sme, supplier, week * cycle // 7, due)
            stage.entries.open_with_invoice(supplier.slot, sme.slot, bill.open_fen)
            sme.bills.append(bill)
            stage.book.bills_due.put(due, bill)


def _stock_suppliers(stage: Stage, smes: list[SME], suppliers: list[Supplier], prices: ResinPrices) -> None:
    settings = stage.settings
    for sme in smes:
        supplier = sme.links.suppliers[0]
        supplier.expected_week_g[sme.factory.grade] += rules.resin_needed_g(sme.factory.base_week_g, settings.yield_ppm)
    by_size = sorted(suppliers, key=lambda one: (-sum(one.expected_week_g), one.row))
    for rank, supplier in enumerate(by_size):
        supplier.rank = rank
    for supplier in suppliers:
        turnover_week = 0
        for grade, week in enumerate(supplier.expected_week_g):
            stock = week * (settings.supplier_stock_days + 7) // 7
            supplier.grade_stock_g[grade] = stock
            value = rules.amount_fen(stock, rules.net_of_vat_fen(prices.means[grade], settings.vat_goods_ppm))
            stage.entries.open_with_stock(supplier.slot, RESIN, stock, value)
            turnover_week += rules.amount_fen(week, prices.means[grade])
        stage.entries.open_with_cash(supplier.slot, turnover_week * settings.supplier_cash_days // 7)


def _fund_lenders(stage: Stage, smes: list[SME], lenders: list[Lender], prices: ResinPrices) -> None:
    """Equity in proportion to what clients may want to borrow: a third of their purchases for 45 days."""
    settings = stage.settings
    wanted = sum(
        rules.amount_fen(
            rules.resin_needed_g(sme.factory.base_week_g, settings.yield_ppm) * 45 // 7, prices.means[sme.factory.grade]
        )
        // 3
        for sme in smes
    )
    for lender in lenders:
        loans = wanted // len(lenders)
        equity = max(rules.share_fen(loans, settings.lender_equity_ppm), settings.lender_equity_floor_fen)
        stage.entries.open_with_cash(lender.slot, equity)
        stage.entries.borrow(lender.slot, min(loans, rules.share_fen(equity, settings.lender_leverage_ppm)))


def _equip_buyers(stage: Stage, smes: list[SME], buyers: list[Buyer], prices: ResinPrices) -> None:
    """Goods in the pipeline, cash and a limit, in proportion to what a buyer's suppliers ship to it."""
    settings = stage.settings
    goods_week = [0] * len(buyers)
    gross_week = [0] * len(buyers)
    for sme in smes:
        price = rules.product_price_fen(
            sme.factory.value_added_fen, prices.means[sme.factory.grade], settings.yield_ppm
        )
        shares = sme.links.buyer_shares_ppm
        for buyer, below, above in zip(sme.links.buyers, (0, *shares), shares, strict=False):
            mass = sme.factory.base_week_g * (above - below) // PPM
            goods_week[buyer.row] += mass
            gross_week[buyer.row] += rules.amount_fen(mass, price)
    for buyer in buyers:
        week = gross_week[buyer.row]
        if week == 0:
            continue
        buyer.week_fen = week
        buyer.limit_fen = week * settings.buyer_limit_days // 7
        pipeline = goods_week[buyer.row] * settings.buyer_pipeline_days // 7
        value = rules.net_of_vat_fen(week * settings.buyer_pipeline_days // 7, settings.vat_goods_ppm)
        stage.entries.open_with_stock(buyer.slot, GOODS, pipeline, value)
        owed = -buyer.money[buyer.slot + PAYABLES]
        own = week * settings.buyer_equity_days // 7
        # what it owes beyond its goods it has as cash: customers of its own have paid already
        stage.entries.open_with_cash(buyer.slot, max(own + owed - value, own // 2))
