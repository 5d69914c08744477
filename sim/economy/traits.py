"""What a firm is born with: size, costs, hidden quality, honesty, wealth; every trait a draw keyed by the firm."""

import numpy as np

from credit import elementary
from sim import rules
from sim.economy.factory import Birth, Factory
from sim.economy.lives import DAYS_A_YEAR, Founding
from sim.economy.resin import ResinPrices
from sim.settings import Settings
from sim.stage import Stage

PPM = 1_000_000
GRADE_BOUNDS_PPM = (300_000, 650_000, 800_000, PPM)
"""Grade by market share: LLDPE 30 %, PP 35 %, HDPE 15 %, PVC 20 %."""
RAREST = 0.0015
"""No firm is rarer than this in size, so that a market of a few hundred is not one firm."""
YOUNGEST_YEARS, OLDEST_YEARS = 0.5, 30.0


def held(normals: np.ndarray) -> np.ndarray:
    """Normal draws, those beyond 1 % and 99 % held there: no firm is a freak."""
    return np.clip(normals, -2.326, 2.326)


def lognormal(stage: Stage, name: str, median: float, spread: float) -> list[int]:
    """Whole lognormal draws, one a firm."""
    factors = np.asarray(elementary.exp(spread * held(stage.streams.normals(name, 0, stage.roster))))
    return np.rint(median * factors).astype(np.int64).tolist()


def revenues(stage: Stage, firms: int) -> list[int]:
    """Yearly revenue of every firm in fen: lognormal with a Pareto tail; firms founded later are born small."""
    settings = stage.settings
    draws = stage.streams.uniforms("revenue", 0, stage.roster)
    tail = settings.revenue_tail_ppm / PPM
    body = np.clip(draws, 0.01, 1.0 - tail)
    normal = np.asarray(elementary.normal_quantile(body))
    log_size = settings.annual_revenue_spread_ppm / PPM * normal
    beyond = np.minimum(draws, 1.0 - RAREST)
    excess = np.asarray(elementary.log(tail / np.minimum(1.0 - beyond, tail))) / (
        settings.revenue_tail_exponent_ppm / PPM
    )
    sizes = settings.annual_revenue_fen * np.asarray(elementary.exp(log_size + excess))
    small = settings.annual_revenue_fen * np.asarray(elementary.exp(log_size)) * (settings.birth_size_ppm / PPM)
    sizes[firms:] = small[firms:]  # the tail is grown into, not born into
    return np.rint(sizes).astype(np.int64).tolist()


def stakes_used(stage: Stage, quality_ppm: list[int]) -> list[int]:
    """Part of each controller's stake that had been used before the first day: by weak firms most, by most none.

    Half of a firm's standing is its quality, half its luck. The worst placed have used everything, so that a market
    starts with as many firms at the end of their means as it has later on, and not with none.

    Args:
        stage: the market.
        quality_ppm: lasting price level of the firms that are there.
    """
    settings, firms = stage.settings, len(quality_ppm)
    quality = (np.array(quality_ppm) - PPM) / max(settings.gross_margin_spread_ppm, 1)
    standing = (quality + stage.streams.normals("standing", 0, firms)) / np.sqrt(2.0)
    mean = settings.stake_used_ppm / PPM
    strain = np.asarray(elementary.expit(-1.702 * standing))  # a normal's distribution function within a hundredth
    used = np.clip((strain - (1.0 - 1.5 * mean)) / max(mean, 1e-9), 0.0, 1.0)
    return np.rint(PPM * used).astype(np.int64).tolist()


def births(stage: Stage, firms: int, later: list[Founding], revenue: list[int]) -> list[Birth]:
    """Size, wealth and day of birth of every firm."""
    settings = stage.settings
    wealth = lognormal(stage, "wealth", PPM, settings.controller_wealth_spread_ppm / PPM)
    years = settings.firm_age_years * np.asarray(elementary.exp(0.8 * stage.streams.normals("age", 0, stage.roster)))
    ages = np.rint(DAYS_A_YEAR * np.clip(years, YOUNGEST_YEARS, OLDEST_YEARS)).astype(np.int64).tolist()
    days = [-age for age in ages[:firms]] + [one.day for one in later]
    # private wealth grows more slowly than the firm at the top
    base = [min(amount, 4 * settings.annual_revenue_fen) for amount in revenue]
    return [
        Birth(amount, rules.scaled(like, settings.controller_wealth_ppm, factor), day)
        for amount, like, factor, day in zip(revenue, base, wealth, days, strict=True)
    ]


def factories(stage: Stage, prices: ResinPrices, towns: list[int], revenue: list[int]) -> list[Factory]:
    """How every firm is built."""
    settings, streams, who = stage.settings, stage.streams, stage.roster
    quality = (
        np.rint(settings.gross_margin_spread_ppm * held(streams.normals("quality", 0, who))).astype(np.int64).tolist()
    )
    honesty = np.rint(settings.strategic_penalty_spread_ppm * held(streams.normals("honesty", 0, who)))
    honesty = honesty.astype(np.int64).tolist()
    weekdays = streams.whole("weekday", 0, who, 7)
    grades = np.searchsorted(GRADE_BOUNDS_PPM, streams.ppm("grade", 0, who), side="right").tolist()
    spread = settings.invoice_term_spread_days
    terms = streams.whole("term", 0, who, 2 * spread + 1)
    surety = streams.ppm("surety", 0, who)
    return [
        Factory(
            grade=grades[row],
            town=town,
            weekday=weekdays[row],
            price_ppm=PPM + quality[row],
            term_days=settings.invoice_term_days - spread + terms[row],
            honesty_ppm=max(settings.strategic_penalty_ppm + honesty[row], 0),
            has_no_surety=surety[row] < settings.without_surety_ppm,
            **_cost_structure(settings, prices.means[grades[row]], revenue[row]),
        )
        for row, town in enumerate(towns)
    ]


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
