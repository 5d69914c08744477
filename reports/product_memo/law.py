"""What it costs the client, what the law allows, and what follows from the legal wrapper."""

from collections.abc import Sequence
from datetime import date

from credit.errors import BadInput
from credit.parameters import parameters
from credit.wrappers import rate_cap
from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.product_figures import RateWindow, WindowLabels, rate_windows
from reports.product_memo.changes import Shape
from reports.product_memo.offer import Offer
from reports.product_memo.words import in_sentence, percent, shape_name, verdict_word, word
from reports.tables import columns


def cost_table(edition: Edition, offer: Offer) -> Table:
    """The three answers to "what does it cost a year?", beside the cap in force."""
    rates = {
        "simple": float(offer.rates.simple_annual),
        "nominal": offer.nominal,
        "effective": float(offer.rates.effective_annual),
    }
    cap = offer.treatment.rate_cap
    room = abs(offer.cap_room)
    rows = [
        [edition.say(f"cost.rows.{name}"), f"**{percent(edition, rate, 2)}**", edition.say(f"cost.meaning.{name}")]
        for name, rate in rates.items()
    ]
    rows.append(
        [
            edition.say("cost.rows.cap"),
            f"**{percent(edition, cap.rate_annual, 2)}**",
            edition.say(f"cost.regimes.{cap.regime}", day=edition.numbers.day(cap.valid_from)),
        ]
    )
    return Table(
        anchor="table-cost",
        finding=edition.say(
            f"cost.finding.{'below' if offer.cap_room >= 0 else 'above'}",
            nominal=percent(edition, offer.nominal),
            cap=percent(edition, cap.rate_annual),
            room=edition.numbers.points(room, 1, signed=False),
        ),
        caption=edition.say("cost.caption"),
        source=edition.say("cost.source"),
        columns=columns(edition, "cost", ("what", "rate", "meaning"), (1.6, 0.8, 3.2), right_from=3),
        rows=rows,
    )


def windows_chart(edition: Edition, offer: Offer, shapes: Sequence[Shape]) -> Chart:
    """The room between the rate that pays and the cap, in every legal shape."""
    windows = []
    for shape in shapes:
        required, cap = shape.offer.required_rate, shape.offer.treatment.rate_cap.rate_annual
        told = {"required": percent(edition, required), "cap": percent(edition, cap)}
        key = "room" if required <= cap else "no_room"
        windows.append(
            RateWindow(
                shape_name(edition, shape.offer, "\n"), required * 100, cap * 100,
                edition.say(f"windows.{key}", **told),
            )
        )  # fmt: skip
    labels = WindowLabels(
        edition.say("windows.title"),
        edition.say("windows.unit"),
        edition.say("windows.offered", rate=percent(edition, offer.nominal)),
    )
    drawn = rate_windows(windows, offer.nominal * 100, labels)
    fits = [
        in_sentence(edition, shape_name(edition, shape.offer))
        for shape in shapes
        if shape.offer.required_rate <= offer.nominal <= shape.offer.treatment.rate_cap.rate_annual
    ]
    return Chart(
        anchor="figure-windows",
        finding=edition.say(
            f"windows.finding.{'some' if fits else 'none'}",
            rate=percent(edition, offer.nominal),
            **({"shapes": edition.numbers.listed(fits)} if fits else {}),
        ),
        caption=edition.say("windows.caption"),
        source=edition.say("cost.source"),
        alt=edition.say("windows.alt", shapes=edition.numbers.count(len(windows))),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def caps_table(edition: Edition, offer: Offer, shapes: Sequence[Shape]) -> Table:
    """The caps by legal shape and contract date, and whether the offer's cost would have kept them."""
    days = _turning_days(offer.setting.day)
    rows, kept_now = [], 0
    for shape in shapes:
        cells = []
        for day in days:
            try:
                cap = rate_cap(shape.offer.setting.wrapper, shape.offer.setting.lender, day)
            except BadInput:
                cells.append("–")
                continue
            is_kept = bool(cap.allows(offer.nominal))
            kept_now += is_kept and day == days[-1]
            mark = f"[{edition.say(f'caps.{"kept" if is_kept else "broken"}')}]{{.{'go' if is_kept else 'stop'}}}"
            cells.append(f"{percent(edition, cap.rate_annual)} {mark}")
        rows.append([shape_name(edition, shape.offer), *cells])
    return Table(
        anchor="table-caps",
        finding=edition.say(
            "caps.finding",
            rate=percent(edition, offer.nominal),
            kept=edition.numbers.count(kept_now),
            shapes=edition.numbers.count(len(shapes)),
            day=edition.numbers.day(days[-1]),
        ),
        caption=edition.say("caps.caption"),
        source=edition.say("cost.source"),
        columns=[
            *columns(edition, "caps", ("shape",), (2.0,), right_from=1),
            *(_day_column(edition, day) for day in days),
        ],
        rows=rows,
    )


def findings_blocks(edition: Edition, offer: Offer) -> list[Block]:
    """What the rules of the day say to the offer, with their source; a sentence where they say nothing."""
    found = offer.review.findings
    if not found:
        return [edition.prose("law.nothing")]
    rows = []
    for finding in found:
        level = "stop" if finding.is_refusal else "caution"
        name = word(edition, "law.codes", finding.code)
        told = f"[{edition.say(f'law.{"refusal" if finding.is_refusal else "care"}')}]{{.{level}}} **{name}**"
        rows.append(
            [
                told,
                finding.rule_zh if edition.texts.language == "zh" else finding.rule,
                f"{_written(edition, finding.source)} "
                f"[{edition.numbers.day(finding.valid_from)}; "
                f"{edition.say(f'confidence.{finding.confidence}')}]{{.quiet}}",
            ]
        )
    return [
        Table(
            anchor="table-law",
            finding=edition.say(
                "law.finding",
                refusals=edition.numbers.count(len(offer.review.refusals)),
                cautions=edition.numbers.count(len(offer.review.cautions)),
            ),
            caption=edition.say("law.caption"),
            source=edition.say("law.source"),
            columns=columns(edition, "law", ("finding", "rule", "source"), (1.3, 2.3, 2.4), right_from=3),
            rows=rows,
        )
    ]


KINDS = {
    "court": ("Supreme People's Court", "Fashi", "Fafa"),
    "statute": ("Civil Code", "Contract Law", "Law of the PRC", "Commercial Banking Law", "State Council Decree"),
    "standard": ("IFRS", "IAS ", "CAS "),
    "supervisor": ("CBIRC", "CBRC", "NFRA", "PBOC", "MOFCOM", "CSRC", "MOF and SAT", "Caishui"),
}
"""What kind of source a text is, by the words it begins with; the first words that occur decide."""


def source_kind(source: str) -> str:
    """The kind of a rule's source: court, statute, standard, supervisor or reading (the laboratory's own)."""
    places = {
        kind: min(found) for kind, words in KINDS.items() if (found := [source.find(w) for w in words if w in source])
    }
    return min(places, key=places.__getitem__, default="reading")


def _written(edition: Edition, source: str) -> str:
    """A source as it stands in its own language, after the name of its kind."""
    return edition.say("law.written", kind=edition.say(f"law.kinds.{source_kind(source)}"), source=source)


def _licence(edition: Edition, licence: str | None) -> str:
    if licence is None:
        return edition.say("law.no_licence")
    return word(edition, "law.licences", licence.replace(" ", "_").replace("-", "_"))


def treatment_table(edition: Edition, offer: Offer) -> Table:
    """Licence, tax, books and capital, as the wrapper makes them."""
    follows = offer.treatment
    capital = float(offer.costs.capital_share)
    rows = [
        ("licence", _licence(edition, follows.licence.licence)),
        (
            "tax",
            edition.say(
                "treatment.tax",
                kind=word(edition, "treatment.taxed_as", follows.tax.vat),
                kept=percent(edition, follows.vat.kept_share, 2),
            ),
        ),
        ("asset", word(edition, "treatment.assets", follows.accounting.asset)),
        ("measurement", word(edition, "treatment.measurements", follows.accounting.measurement)),
        ("allowance", word(edition, "treatment.allowances", offer.chain.allowance_basis)),
        (
            "capital",
            edition.say(
                f"treatment.capital.{'assumed' if follows.capital_share is None else 'prescribed'}",
                share=percent(edition, capital, 2),
            ),
        ),
    ]
    return Table(
        anchor="table-treatment",
        caption=edition.say("treatment.caption"),
        source=edition.say("cost.source"),
        columns=columns(edition, "treatment", ("what", "follows"), (1.0, 3.4), right_from=2),
        rows=[[edition.say(f"treatment.rows.{name}"), value] for name, value in rows],
    )


def shapes_table(edition: Edition, offer: Offer, shapes: Sequence[Shape]) -> Table:
    """The same terms in every legal shape that could carry them."""
    heads = ("shape", "cap", "kept", "required", "raroc", "break_even", "verdict")
    return Table(
        anchor="table-shapes",
        finding=edition.say(
            "shapes.finding",
            go=edition.numbers.count(sum(shape.verdict == "go" for shape in shapes)),
            shapes=edition.numbers.count(len(shapes)),
            rate=percent(edition, offer.nominal),
        ),
        caption=edition.say("shapes.caption"),
        source=edition.say("frame.source_computed"),
        columns=columns(edition, "shapes", heads, (2.1, 0.75, 0.9, 0.95, 0.95, 1.0, 1.6), right_from=1),
        rows=[
            [
                shape_name(edition, shape.offer),
                percent(edition, shape.offer.treatment.rate_cap.rate_annual),
                percent(edition, shape.offer.treatment.vat.kept_share),
                percent(edition, shape.offer.required_rate),
                percent(edition, shape.offer.raroc),
                percent(edition, shape.offer.break_even_pd),
                verdict_word(edition, shape.verdict),
            ]
            for shape in shapes
        ],
    )


def _turning_days(day: date) -> list[date]:
    """The days on which the regime of caps changed, as the rate file has them, and the contract's own."""
    known = parameters("rate_caps")
    turns = [
        known[name].values[0].valid_from
        for name in ("private_lending_enforceable_rate", "private_lending_lpr_multiple")
    ]
    return [*(turn for turn in turns if turn < day), day]


def _day_column(edition: Edition, day: date) -> Column:
    return Column(head=edition.numbers.day(day), align="right", weight=1.1)
