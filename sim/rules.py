"""How firms behave on a day: small functions from integers to integers.

No objects, no floats, no tables but tuples, so that the very same source is called per object (`sim.economy.smes`) and
compiled over columns (`sim.loops.kernels`). Money is fen, mass grams, shares parts per million (ppm), prices fen a
tonne. What does not divide is rounded half to even by `divide_half_even`, once.

Overflow bound: with amounts below 10**12 fen, masses below 8 * 10**9 g (8,000 t), prices below 10**7 fen a tonne and
shares below 4 * 10**6 ppm every intermediate product stays below 2**63; `proportion_fen` splits its product for that,
so that stocks may be a hundred times as large.
"""

from typing import Any

from credit.contracts import divide_half_even, share_fen

PPM = 1_000_000
GRAMS_A_TONNE = 1_000_000

type Table = Any
"""A tuple of whole numbers for objects, an int64 column in compiled loops."""

# --- amounts


def amount_fen(mass_g: int, price_fen_per_tonne: int) -> int:
    """What a mass costs at a price."""
    return divide_half_even(mass_g * price_fen_per_tonne, GRAMS_A_TONNE)


def affordable_g(budget_fen: int, price_fen_per_tonne: int) -> int:
    """The largest mass that a budget pays; 0 for an empty one."""
    return budget_fen * GRAMS_A_TONNE // price_fen_per_tonne if budget_fen > 0 else 0


def net_of_vat_fen(gross_fen: int, vat_ppm: int) -> int:
    """The part of a price that is not VAT."""
    return divide_half_even(gross_fen * PPM, PPM + vat_ppm)


def proportion_fen(value_fen: int, part_g: int, whole_g: int) -> int:
    """The value of a part of a stock at average cost; everything for everything.

    Split as value = q * whole + r and part = high * 2**20 + low, because value * part, and even r * part, would pass
    2**63 for a large stock. What the high bits bring in whole multiples of 2**20 is even and rounds nothing.
    """
    if part_g >= whole_g:
        return value_fen
    quotient = value_fen // whole_g
    rest = value_fen - quotient * whole_g
    high = rest * (part_g >> 20)
    above = high // whole_g
    left = ((high - above * whole_g) << 20) + rest * (part_g & 0xFFFFF)
    return quotient * part_g + (above << 20) + divide_half_even(left, whole_g)


# --- making and selling


def scaled(base: int, *shares_ppm: int) -> int:
    """A base quantity times any number of shares, rounded at each step."""
    for share in shares_ppm:
        if share != PPM:
            base = divide_half_even(base * share, PPM)
    return base


def smoothed(old: int, new: int, weeks: int) -> int:
    """An exponential average that forgets over so many weeks."""
    return old + divide_half_even(new - old, weeks)


def planned_output_g(expected_week_g: int, goods_g: int, goods_cover_days: int, capacity_day_g: int) -> int:
    """Output a day: what is sold, plus half of what the stock of goods lacks, within capacity."""
    lacking = divide_half_even(expected_week_g * goods_cover_days, 7) - goods_g
    planned = divide_half_even(expected_week_g + lacking // 2, 7)
    return min(max(planned, 0), capacity_day_g)


def plan_of_week_g(
    expected_week_g: int,
    ordered_g: int,
    goods_g: int,
    capacity_day_g: int,
    memory_weeks: int,
    goods_cover_days: int,
    yield_ppm: int,
) -> tuple[int, int, int, int]:
    """After a week's orders: what is expected a week, the resin it takes, and output and resin of each day to come."""
    expected = smoothed(expected_week_g, ordered_g, memory_weeks)
    output = planned_output_g(expected, goods_g, goods_cover_days, capacity_day_g)
    return expected, resin_needed_g(expected, yield_ppm), output, resin_needed_g(output, yield_ppm)


def resin_needed_g(output_g: int, yield_ppm: int) -> int:
    """The resin that makes an output; the rest is scrap."""
    return divide_half_even(output_g * PPM, yield_ppm)


def day_of_production_g(
    output_g: int, resin_g: int, have_g: int, capacity_day_g: int, power_ppm: int, yield_ppm: int
) -> tuple[int, int]:
    """Resin used and output made in a day: what is planned, as far as power and resin last."""
    if power_ppm < PPM:
        output_g = min(output_g, scaled(capacity_day_g, power_ppm))
        resin_g = min(resin_g, resin_needed_g(output_g, yield_ppm))
    if have_g < resin_g:
        resin_g = have_g
        output_g = scaled(resin_g, yield_ppm)
    return (resin_g, output_g) if resin_g else (0, 0)


def invoice_fen(
    shipped_g: int,
    value_added_fen: int,
    value_added_ppm: int,
    passed_resin_fen: int,
    price_ppm: int,
    margin_ppm: int,
    yield_ppm: int,
) -> int:
    """What products are sold for: price of resin and value added, at the firm's own level and that of the month."""
    price = product_price_fen(scaled(value_added_fen, value_added_ppm), passed_resin_fen, yield_ppm)
    return scaled(amount_fen(shipped_g, price), price_ppm, margin_ppm)


def material_fen(inventory_fen: int, shipped_g: int, resin_g: int, transit_g: int, goods_g: int, yield_ppm: int) -> int:
    """The material in products shipped, at the average cost of all resin that a firm has, whatever its state."""
    whole = resin_g + transit_g + resin_needed_g(goods_g, yield_ppm)
    return proportion_fen(inventory_fen, resin_needed_g(shipped_g, yield_ppm), whole)


def product_price_fen(value_added_fen: int, passed_resin_fen: int, yield_ppm: int) -> int:
    """A product's price a tonne: resin as far as it is passed on, and the value added."""
    return value_added_fen + divide_half_even(passed_resin_fen * PPM, yield_ppm)


def resale(
    goods_g: int,
    inventory_fen: int,
    pipeline_days: int,
    price_ppm: int,
    vat_ppm: int,
    cost_ppm: int,
) -> tuple[int, int, int, int]:
    """A buyer's week: grams sold on, what they cost it, what they bring with VAT, and the week's costs.

    Args:
        goods_g: goods in the pipeline.
        inventory_fen: what they cost.
        pipeline_days: how long goods stay with it.
        price_ppm: price over cost.
        vat_ppm: VAT on goods.
        cost_ppm: costs of a week over the cost of what is sold.
    """
    mass = divide_half_even(goods_g * 7, pipeline_days)
    if mass <= 0:
        return 0, 0, 0, 0
    cost = proportion_fen(inventory_fen, mass, goods_g)
    return mass, cost, scaled(cost, max(price_ppm, 0), PPM + vat_ppm), share_fen(cost, cost_ppm)


def squeezed_ppm(demand_ppm: int, squeeze_ppm: int) -> int:
    """What competition for the orders left leaves of value added: a part of the demand lost is lost in price."""
    if demand_ppm >= PPM:
        return PPM
    return PPM - share_fen(PPM - demand_ppm, squeeze_ppm)


def stock_gain_ppm(price_now: int, price_then: int, resin_share_ppm: int) -> int:
    """What a change of the resin price since the purchase adds to (or takes from) the price of goods in stock."""
    return share_fen(divide_half_even(price_now * PPM, price_then) - PPM, resin_share_ppm)


def price_claim_ppm(price_now: int, price_then: int, free_ppm: int, claim_ppm: int) -> int:
    """The part of an invoice that a buyer holds back because resin has become cheaper since: some of a large fall."""
    if price_now >= price_then:
        return 0
    fall = PPM - divide_half_even(price_now * PPM, price_then)
    return share_fen(fall - free_ppm, claim_ppm) if fall > free_ppm else 0


# --- buying resin


def reorder_point_g(use_week_g: int, lead_days: int, safety_days: int) -> int:
    """Order when stock, goods on the way and goods in custody together fall to this."""
    return divide_half_even(use_week_g * (lead_days + 7 + safety_days), 7)


def order_g(use_week_g: int, position_g: int, lead_days: int, safety_days: int, cycle_days: int, lot_g: int) -> int:
    """The order that fills the position up to lead time, safety and one cycle; whole lots, 0 when not needed."""
    if position_g > reorder_point_g(use_week_g, lead_days, safety_days):
        return 0
    wanted = divide_half_even(use_week_g * (lead_days + 7 + safety_days + cycle_days), 7) - position_g
    return -(-wanted // lot_g) * lot_g if wanted > 0 else 0


def looks_for_resin(
    use_week_g: int, at_hand_g: int, custody_g: int, lead_days: int, safety_days: int, cycle_days: int, lot_g: int
) -> tuple[bool, int]:
    """Whether goods in custody are needed now, because resin at hand and under way runs short, and the order."""
    is_short = custody_g > 0 and at_hand_g <= reorder_point_g(use_week_g, 0, safety_days)
    return is_short, order_g(use_week_g, at_hand_g + custody_g, lead_days, safety_days, cycle_days, lot_g)


def sells_on_credit(arrears_days: int, open_bills_fen: int, amount_fen: int, limit_fen: int) -> bool:
    """Whether a supplier waits for its money: nothing overdue, and not more than its limit for that customer."""
    return arrears_days == 0 and open_bills_fen + amount_fen <= limit_fen


def trade_limit_fen(base_week_g: int, limit_ppm: int, price_fen_per_tonne: int) -> int:
    """What a customer may owe a supplier for resin: a part of a usual week's, or several weeks', at today's price."""
    return amount_fen(scaled(base_week_g, limit_ppm), price_fen_per_tonne)


def lots_for_cash_g(wanted_g: int, free_fen: int, price_fen_per_tonne: int, lot_g: int) -> int:
    """What is delivered for cash: what is wanted, or as many whole lots as the money pays."""
    return min(wanted_g, affordable_g(free_fen, price_fen_per_tonne) // lot_g * lot_g)


def take_up_index(
    intercept_ppm: int, need_ppm: int, need_weight_ppm: int, apr_gap_ppm: int, gap_weight: int, deposit_strain_ppm: int
) -> int:
    """The utility of a loan in ppm of one logit: how much is needed, dearer or cheaper than elsewhere, deposit strain.

    Args:
        intercept_ppm: taste for borrowing as such.
        need_ppm: share of the order that own cash does not pay.
        need_weight_ppm: logits for a full need.
        apr_gap_ppm: the offer's annual rate less that of the way out (informal credit).
        gap_weight: logits for a gap of 100 %.
        deposit_strain_ppm: the deposit as a share of free cash, capped at 100 %.
    """
    return (
        intercept_ppm
        + divide_half_even(need_ppm * need_weight_ppm, PPM)
        - apr_gap_ppm * gap_weight
        - min(deposit_strain_ppm, PPM)
    )


LOGIT_STEPS = 800
LOGIT_STEP_PPM = 10_000


def chance_ppm(utility_ppm: int, table: tuple[int, ...]) -> int:
    """The logistic function by table: steps of .01 logit from -8 to 8."""
    step = divide_half_even(utility_ppm, LOGIT_STEP_PPM) + LOGIT_STEPS
    return table[min(max(step, 0), 2 * LOGIT_STEPS)]


# --- paying


def habitual_delay_days(draw_ppm: int, is_late_payer: bool, late_delay_table: Table) -> int:
    """Days after the due day on which a buyer means to pay: a few by neglect, or weeks by habit."""
    if is_late_payer:
        return late_delay_table[draw_ppm * len(late_delay_table) // PPM]
    return draw_ppm * 4 // PPM


def payable_now_fen(owed_fen: int, cash_fen: int, reserve_fen: int) -> int:
    """What a debtor pays of a debt: all it can above the cash it must keep."""
    free = cash_fen - reserve_fen
    if free <= 0:
        return 0
    return owed_fen if free >= owed_fen else free


def week_cost_fen(fixed_week_fen: int, made_week_g: int, variable_fen: int) -> int:
    """Wages, power and overhead of a week: what stands fast, and what follows output."""
    return fixed_week_fen + amount_fen(made_week_g, variable_fen)


def dividend_fen(cash_fen: int, wanted_fen: int, payout_ppm: int) -> int:
    """What the owners take out: a share of the cash above what the firm wants to hold."""
    return share_fen(cash_fen - wanted_fen, payout_ppm) if cash_fen > wanted_fen else 0


def refuses_to_redeem(owed_fen: int, value_fen: int, penalty_fen: int, loyalty_ppm: int) -> bool:
    """Strategic default: the debt shed exceeds the goods lost, the controller's penalty and the worth of the relation.

    DOMAIN 6.5: refuse if equity + continuation value + penalty < debt relief.
    """
    return owed_fen - value_fen > penalty_fen + share_fen(value_fen, loyalty_ppm)


def refuses_to_pay(relief_fen: int, equity_fen: int, continuation_fen: int, penalty_fen: int) -> bool:
    """Strategic default: equity, the worth of going on and the penalty together are less than the debt shed."""
    return equity_fen + continuation_fen + penalty_fen < relief_fen
