"""Who lives in the market: firms, controllers, buyers, suppliers, lenders and the platform, in an aged state.

Every trait of an entity is a draw keyed by the entity, so that one more firm changes nobody else. Firms live in towns
of fifty; a town has twenty buyers. Suppliers and lenders are as large as their customers make them.
"""

from dataclasses import dataclass

import numpy as np

from credit import elementary
from credit.limits import PurchasePolicy
from credit.products import Product
from sim import rules
from sim.book import Invoice
from sim.buyers import Buyer
from sim.ledger import GOODS, RESIN, WIDTH
from sim.lenders import Lender
from sim.platform import Platform
from sim.resin import GRADES, ResinPrices
from sim.settings import Settings
from sim.smes import SME, Factory
from sim.stage import Stage
from sim.streams import Streams
from sim.suppliers import Supplier
from sim.underwriting import Underwriter

PPM = 1_000_000
BUYERS_A_FIRM = 4
BUYER_WEIGHTS = (4, 3, 2, 1)
"""Top buyer 40 % of sales, then 30, 20 and 10 (DOMAIN 3: top-1 share Beta(3, 6), top-5 Beta(6, 4))."""
WORLD_CASH_FEN = 10**15
PAST_WEEKS = 45


def entity_count(settings: Settings, firms: int) -> int:
    """Entities in the ledgers: world, platform, lenders, suppliers, buyers, firms and controllers."""
    return 2 + settings.lenders + settings.suppliers + towns(settings, firms) * settings.buyers_a_town + 2 * firms


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
    revenue_fen: list[int]


def settle(
    stage: Stage, prices: ResinPrices, firms: int, product: Product, policy: PurchasePolicy, underwriter: Underwriter
) -> People:
    """Create everybody with opening balances; the market's ledgers balance afterwards."""
    settings, streams = stage.settings, stage.streams
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
    buyers = _buyers(stage, towns(settings, firms) * settings.buyers_a_town, first)
    first += len(buyers)
    revenue = _lognormal(
        streams, "revenue", firms, settings.annual_revenue_fen, settings.annual_revenue_spread_ppm / PPM
    )
    smes = _firms(stage, prices, revenue, buyers, suppliers, first)
    _open_invoices(stage, smes, prices)
    _stock_suppliers(stage, smes, suppliers, prices)
    _fund_lenders(stage, smes, lenders, prices)
    _equip_buyers(stage, smes, buyers, prices)
    platform.lenders = lenders
    return People(smes, buyers, suppliers, lenders, platform, revenue)


def _held(normals: np.ndarray) -> np.ndarray:
    """Normal draws, those beyond 1 % and 99 % held there: no firm is a freak."""
    return np.clip(normals, -2.326, 2.326)


def _lognormal(streams: Streams, name: str, count: int, median: float, spread: float) -> list[int]:
    factors = np.asarray(elementary.exp(spread * _held(streams.normals(name, 0, count))))
    return np.rint(median * factors).astype(np.int64).tolist()


def _buyers(stage: Stage, count: int, first: int) -> list[Buyer]:
    settings, streams = stage.settings, stage.streams
    lateness = streams.ppm("late payer", 0, count)
    margin = settings.buyer_margin_spread_ppm * _held(streams.normals("buyer margin", 0, count))
    margins = np.rint(margin).astype(np.int64).tolist()
    return [
        Buyer(
            stage, row, (first + row) * WIDTH, settings.buyer_margin_ppm + margins[row],
            is_late_payer=lateness[row] < settings.late_buyers_ppm,
        )
        for row in range(count)
    ]  # fmt: skip


def _firms(
    stage: Stage, prices: ResinPrices, revenue: list[int], buyers: list[Buyer], suppliers: list[Supplier], first: int
) -> list[SME]:
    settings, streams = stage.settings, stage.streams
    firms = len(revenue)
    quality = np.rint(settings.gross_margin_spread_ppm * _held(streams.normals("quality", 0, firms))).astype(np.int64)
    honesty = np.rint(settings.strategic_penalty_spread_ppm * _held(streams.normals("honesty", 0, firms)))
    wealth = _lognormal(streams, "wealth", firms, PPM, settings.controller_wealth_spread_ppm / PPM)
    weekdays = streams.whole("weekday", 0, firms, 7)
    grades = streams.ppm("grade", 0, firms)
    spread = settings.invoice_term_spread_days
    terms = streams.whole("term", 0, firms, 2 * spread + 1)
    suppliers_first = streams.whole("supplier", 0, firms, len(suppliers))
    surety = streams.ppm("surety", 0, firms)
    chosen = [
        streams.whole(f"buyer {place}", 0, firms, settings.buyers_a_town - place) for place in range(BUYERS_A_FIRM)
    ]
    total = sum(BUYER_WEIGHTS)
    shares = tuple(PPM * sum(BUYER_WEIGHTS[: place + 1]) // total for place in range(BUYERS_A_FIRM))
    smes = []
    for row in range(firms):
        grade = _grade_of(grades[row])
        town = row // settings.firms_a_town
        local = list(range(town * settings.buyers_a_town, (town + 1) * settings.buyers_a_town))
        mine = tuple(buyers[local.pop(pick[row])] for pick in chosen)
        ring = suppliers[suppliers_first[row] :] + suppliers[: suppliers_first[row]]
        costs = _cost_structure(settings, prices.means[grade], revenue[row])
        factory = Factory(
            grade=grade,
            town=town,
            weekday=weekdays[row],
            price_ppm=PPM + int(quality[row]),
            term_days=settings.invoice_term_days - spread + terms[row],
            buyers=mine,
            buyer_shares_ppm=shares,
            suppliers=tuple(ring),
            honesty_ppm=max(settings.strategic_penalty_ppm + int(honesty[row]), 0),
            has_no_surety=surety[row] < settings.without_surety_ppm,
            **costs,
        )
        private = rules.scaled(revenue[row], settings.controller_wealth_ppm, wealth[row])
        slot = (first + 2 * row) * WIDTH
        sme = SME(
            stage, row, slot, factory, slot + WIDTH,
            stake_fen=rules.share_fen(private, settings.controller_stake_ppm),
            injection_fen=rules.share_fen(private, settings.controller_injection_ppm),
        )  # fmt: skip
        stage.entries.open_with_cash(sme.owner_slot, private)
        _age(stage, sme, prices, revenue[row])
        smes.append(sme)
    return smes


def _grade_of(draw_ppm: int) -> int:
    """Grade by market share: LLDPE 30 %, PP 35 %, HDPE 15 %, PVC 20 %."""
    return next(grade for grade, bound in enumerate((300_000, 650_000, 800_000, PPM)) if draw_ppm < bound)


def _cost_structure(settings: Settings, resin_mean_fen: int, revenue_fen: int) -> dict[str, int]:
    """Prices and costs of a firm of a size at the mean resin price. Prices include VAT, costs do not."""
    vat = PPM + settings.vat_goods_ppm
    resin_net = resin_mean_fen * PPM * PPM // (vat * settings.yield_ppm)  # a tonne of product
    cost_of_goods = resin_net * PPM // settings.resin_of_cost_of_goods_ppm
    price_net = cost_of_goods * PPM // (PPM - settings.gross_margin_ppm)
    conversion = cost_of_goods - resin_net
    base_week_g = revenue_fen * rules.GRAMS_A_TONNE * 7 // (price_net * 365)
    conversion_week = rules.amount_fen(base_week_g, conversion)
    overhead_week = rules.scaled(revenue_fen * 7 // 365, settings.overhead_ppm)
    price = rules.scaled(price_net, vat)
    return {
        "base_week_g": base_week_g,
        "base_week_fen": rules.amount_fen(base_week_g, price),
        "capacity_day_g": rules.scaled(base_week_g, settings.capacity_ppm) // 7,
        "value_added_fen": price - rules.scaled(resin_mean_fen * PPM // settings.yield_ppm, PPM),
        "fixed_week_fen": rules.scaled(conversion_week, settings.fixed_of_conversion_cost_ppm) + overhead_week,
        "variable_fen": rules.scaled(conversion, PPM - settings.fixed_of_conversion_cost_ppm),
    }


def _age(stage: Stage, sme: SME, prices: ResinPrices, revenue_fen: int) -> None:
    """Cash and stock, as if the firm had always been there."""
    settings, entries, factory = stage.settings, stage.entries, sme.factory
    entries.open_with_cash(sme.slot, revenue_fen * settings.opening_cash_days // 365)
    entries.open_with_bank_debt(sme.slot, rules.share_fen(revenue_fen, settings.bank_debt_ppm))
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
    settings, streams, log = stage.settings, stage.streams, stage.log
    by_weekday = sorted(smes, key=lambda sme: (sme.factory.weekday, sme.row))
    for week in range(-PAST_WEEKS, 0):
        picks = streams.ppm("buyer", week, len(smes))
        delays = streams.ppm("delay", week, len(smes))
        for sme in by_weekday:
            factory = sme.factory
            issued = 7 * week + factory.weekday
            due = issued + factory.term_days
            place = next(place for place, bound in enumerate(factory.buyer_shares_ppm) if picks[sme.row] < bound)
            buyer = factory.buyers[place]
            pays_on = due + buyer.habitual_delay_days(delays[sme.row])
            if pays_on < 0:
                continue
            price = rules.product_price_fen(factory.value_added_fen, prices.means[factory.grade], settings.yield_ppm)
            amount = rules.scaled(rules.amount_fen(factory.base_week_g, price), factory.price_ppm)
            stage.entries.open_with_invoice(sme.slot, buyer.slot, amount)
            number = log.invoices.add(sme.row, buyer.row, issued, due, amount)
            invoice = Invoice(number, sme, buyer, amount, prices.means[factory.grade], due, pays_on)
            buyer.open_invoices[number] = invoice
            stage.book.invoices_to_pay.put(pays_on, invoice)


def _stock_suppliers(stage: Stage, smes: list[SME], suppliers: list[Supplier], prices: ResinPrices) -> None:
    settings = stage.settings
    for sme in smes:
        supplier = sme.factory.suppliers[0]
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
    settings, total = stage.settings, sum(BUYER_WEIGHTS)
    goods_week = [0] * len(buyers)
    gross_week = [0] * len(buyers)
    for sme in smes:
        price = rules.product_price_fen(
            sme.factory.value_added_fen, prices.means[sme.factory.grade], settings.yield_ppm
        )
        for buyer, weight in zip(sme.factory.buyers, BUYER_WEIGHTS, strict=True):
            mass = sme.factory.base_week_g * weight // total
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
        owed = sum(invoice.amount_fen for invoice in buyer.open_invoices.values())
        own = week * settings.buyer_equity_days // 7
        # what it owes beyond its goods it has as cash: customers of its own have paid already
        stage.entries.open_with_cash(buyer.slot, max(own + owed - value, own // 2))
