"""Who pays whom, when, how much; and what is at stake meanwhile."""

from collections import defaultdict

import numpy as np

from credit.contracts import FlowKind, Party
from credit.contracts.base import FINANCIERS
from reports.blocks import Chart, Table
from reports.edition import Edition
from reports.figures import Line, LinePanel, line_panels
from reports.product_figures import PartyFlows, party_bars
from reports.product_memo.offer import Offer
from reports.product_memo.words import chart_money, product_source, word
from reports.tables import columns


def flows_chart(edition: Edition, offer: Offer) -> Chart:
    """What each party nets on each day, if everything is paid when due."""
    start = offer.setting.day.toordinal()
    panels = []
    for party in _parties(offer):
        net = {day: amount for day, amount in sorted(offer.contract.net_by_day((party,)).items()) if amount}
        amounts = [chart_money(edition, amount) for amount in net.values()]
        panels.append(PartyFlows(word(edition, "parties", party), [day - start for day in net], amounts))
    drawn = party_bars(panels, edition.say("flows.unit"), edition.say("flows.days"))
    paid, received = _paid_by_client(offer), _received_by_client(offer)
    return Chart(
        anchor="figure-flows",
        finding=edition.say(
            "flows.finding",
            received=edition.numbers.money(received),
            paid=edition.numbers.money(paid),
            cost=edition.numbers.money(paid - received),
            days=edition.numbers.days(offer.duration_days),
        ),
        caption=edition.say("flows.caption"),
        source=product_source(edition),
        alt=edition.say("flows.alt", parties=edition.numbers.listed([panel.title for panel in panels])),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def flows_table(edition: Edition, offer: Offer) -> Table:
    """The payments, gathered by who pays whom for what."""
    groups: dict[tuple[Party, Party, FlowKind], list[tuple[int, int]]] = defaultdict(list)
    for flow in offer.contract.schedule():
        groups[flow.payer, flow.payee, flow.kind].append((flow.day, flow.amount_fen))
    rows = []
    for (payer, payee, kind), payments in groups.items():
        days = [day for day, _ in payments]
        first, last = (edition.numbers.day(offer.day_of(day)) for day in (min(days), max(days)))
        rows.append(
            [
                word(edition, "parties", payer),
                word(edition, "parties", payee),
                word(edition, "flow_kinds", kind),
                edition.numbers.count(len(payments)),
                first if first == last else edition.say("flows.table.period", first=first, last=last),
                edition.numbers.plain_money(sum(amount for _, amount in payments), 2),
            ]
        )
    heads = ("payer", "payee", "kind", "count", "days", "amount")
    return Table(
        anchor="table-flows",
        finding=edition.say("flows.table.finding"),
        caption=edition.say("flows.table.caption"),
        source=product_source(edition),
        columns=columns(edition, "flows.table", heads, (0.9, 0.9, 1.3, 0.65, 2.9, 1.3), right_from=3),
        rows=rows,
    )


def exposure_chart(edition: Edition, offer: Offer) -> Chart:
    """What would be lost on each day before any recovery."""
    values = np.array([chart_money(edition, amount) for amount in offer.exposure])
    panel = LinePanel(edition.say("exposure.title"), edition.say("flows.unit"), [Line("", values)])
    drawn = line_panels([panel], edition.say("flows.days"))
    peak = int(np.argmax(offer.exposure))
    return Chart(
        anchor="figure-exposure",
        finding=edition.say(
            "exposure.finding",
            peak=edition.numbers.money(float(offer.exposure[peak])),
            day=edition.numbers.count(peak),
            mean=edition.numbers.money(float(offer.exposure.mean())),
        ),
        caption=edition.say("exposure.caption"),
        source=product_source(edition),
        alt=edition.say("exposure.alt", days=edition.numbers.days(offer.duration_days)),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def finance_income_fen(offer: Offer) -> int:
    """What the client pays for the money, fees included: all that it pays less all that it gets."""
    return _paid_by_client(offer) - _received_by_client(offer)


def _parties(offer: Offer) -> list[Party]:
    """Everybody who takes part, in the order of the type."""
    seen = {party for flow in offer.contract.schedule() for party in (flow.payer, flow.payee)}
    return [party for party in Party if party in seen]


def _paid_by_client(offer: Offer) -> int:
    """All that lender, platform and funder together receive over the contract, day by day netted."""
    return sum(amount for amount in offer.contract.net_by_day(FINANCIERS).values() if amount > 0)


def _received_by_client(offer: Offer) -> int:
    """All that they together put up for the client."""
    return -sum(amount for amount in offer.contract.net_by_day(FINANCIERS).values() if amount < 0)
