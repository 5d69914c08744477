"""Trade and finance together: what the credit brings when the platform sells the goods as well."""

from credit.contracts import FlowKind, Party
from credit.contracts.base import FINANCIERS
from credit.joint_profit import FinanceFlows, JointProfit, TradeFlows, joint_profit
from credit.operating_cost import WorkCosts
from credit.pricing import DAYS_A_YEAR
from credit.purchase_forms import PurchaseForm
from reports.blocks import Block, Chart
from reports.edition import Edition
from reports.figures import Step, waterfalls
from reports.product_memo.offer import Offer
from reports.product_memo.words import percent

INCOME = (FlowKind.INTEREST, FlowKind.FEE)


def joint_of(offer: Offer) -> JointProfit:
    """The waterfall of one typical order that the platform sells and finances.

    Raises:
        TypeError: the form finances no goods that the platform sells.
    """
    form, setting = offer.form, offer.setting
    if not isinstance(form, PurchaseForm):
        raise TypeError("only purchase finance comes with goods that the platform sells")
    assumed, days = setting.assumed, offer.duration_days
    goods = form.reference_goods_value.fen
    income = sum(
        flow.amount_fen
        for flow in offer.contract.schedule()
        if flow.payer is Party.SME and flow.payee in FINANCIERS and flow.kind in INCOME
    )
    exposure = goods - round(goods * form.deposit_share.value)
    # the mean order of a client's life: the first meets those who never meant to pay
    risk, years = offer.chain.risk(setting.pd_annual), days / DAYS_A_YEAR
    defaults = float(risk.unpaid)
    orders = assumed.relationship_years * DAYS_A_YEAR / days
    return joint_profit(
        TradeFlows(goods, setting.day, round(goods * (1 - assumed.trade_margin_share)), setting.day),
        FinanceFlows(income, exposure, days, defaults, float(risk.loss) * years / defaults if defaults else 0.0),
        offer.costs,
        offer.treatment.vat,
        operating_cost_fen=round(float(offer.costs.operating_cost_annual) * exposure * days / DAYS_A_YEAR),
        acquisition_fen=round(WorkCosts.on(setting.day).onboarding_fen / orders),
        additional_share=assumed.additional_trade_share,
    )


def joint_blocks(edition: Edition, offer: Offer) -> list[Block]:
    """The joint waterfall, or why it does not apply."""
    if not isinstance(offer.form, PurchaseForm):
        return [edition.prose("joint.no_goods")]
    return [joint_chart(edition, offer)]


def joint_chart(edition: Edition, offer: Offer) -> Chart:
    """Trade margin, finance margin with its parts, acquisition, joint profit of one order."""
    joint, numbers = joint_of(offer), edition.numbers
    reached, steps = 0.0, []
    for name, amount in joint.parts().items():
        steps.append(_step(edition, name, reached, reached + float(amount), float(amount)))
        reached += float(amount)
    steps.append(_step(edition, "joint_profit", 0.0, reached, reached))
    drawn = waterfalls([(edition.say("joint.title"), steps)], edition.say("joint.unit"))
    key = "pays" if joint.joint_profit >= 0 else "costs"
    if joint.finance_margin < 0 <= joint.joint_profit:
        key = "subsidised"
    return Chart(
        anchor="figure-joint",
        finding=edition.say(
            f"joint.finding.{key}",
            joint=numbers.money(abs(float(joint.joint_profit)), 0),
            finance=numbers.money(float(joint.finance_margin), 0),
            trade=numbers.money(float(joint.trade_from_credit), 0),
        ),
        caption=edition.say(
            "joint.caption",
            margin=percent(edition, offer.setting.assumed.trade_margin_share),
            additional=percent(edition, offer.setting.assumed.additional_trade_share, 0),
            anyway=numbers.money(float(joint.trade_anyway), 0),
        ),
        source=edition.say("frame.source_computed"),
        alt=edition.say("joint.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def _step(edition: Edition, name: str, start: float, end: float, amount: float) -> Step:
    numbers = edition.numbers
    is_total = name in {"joint_profit", "trade_from_credit", "finance_income"}
    return Step(
        edition.say(f"joint.steps.{name}"), numbers.in_money_units(start), numbers.in_money_units(end),
        numbers.plain_money(amount, 0), is_total=is_total and amount >= 0, is_borne=is_total and amount < 0,
    )  # fmt: skip
