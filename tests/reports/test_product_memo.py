"""The product memo: its numbers are those of the price, its answer follows from the limits, its flips flip."""

import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

import reports.build
from credit.contracts import Party
from credit.errors import BadInput
from credit.files import DATA, PROJECT
from credit.offer_value import offer_value
from credit.products import load_product
from credit.rating import load_master_scale
from lab.commands.price import price
from reports.blocks import Chart, Prose
from reports.build import build, report_named, typed_parameters
from reports.catalogue import Catalogue, languages
from reports.document import markdown_of
from reports.edition import Edition
from reports.limit_rules import SEVERITY
from reports.product_memo import answer, demand, flows, joint, law, loss, options, size, term_sheet
from reports.product_memo import price as prices
from reports.product_memo.changes import flips, levers, shapes
from reports.product_memo.inputs import product_file
from reports.product_memo.offer import offer_of, sourced_numbers
from reports.product_memo.verdicts import judge_offer, product_appetite, verdict, verdict_of
from reports.provenance import Provenance

MEMO = report_named("product_memo")
FILES = sorted((DATA / "products").glob("*.yaml"))
PURCHASE = load_product(DATA / "products" / "purchase_loan.yaml")
EDITIONS = {language: Edition.of(language, "product_memo") for language in languages()}
MADE = Provenance(
    commit="0123456789abcdef0123", committed_at=1_750_000_000, is_dirty=False, lock_hash="1" * 64,
    sources_hash="2" * 64, versions={"python": "3.12"},
)  # fmt: skip
DEBRIS = re.compile(r"<[A-Za-z/]|Figure\(|object at|\bnan\b|\bNone\b|\{[a-z_]*\}|\]\{\.|\bdtype|Traceback|#\w+\[")


def purchase(form="open_account", **setting):
    offer = offer_of(PURCHASE, form, "", 0.0)
    return offer.with_setting(**setting) if setting else offer


BANK = {"wrapper": "entrusted_bank_loan", "lender": "bank"}


# --- numbers


@pytest.mark.parametrize("form", ["open_account", "goods_controlled"])
def test_the_memo_prices_as_the_command_price_does(form):
    offer = purchase(form)
    told = price(PURCHASE, form, offer.setting.pd_annual, None, None, None)
    assert offer.nominal == pytest.approx(told.nominal_irr)
    assert offer.lgd == pytest.approx(told.lgd)
    assert offer.break_even_pd == pytest.approx(told.after_vat.break_even_pd)
    for judged, answer_ in ((offer.price.before, told.before_vat), (offer.price.after, told.after_vat)):
        assert judged.required_rate_annual == pytest.approx(answer_.required_rate_annual)
        assert judged.raroc == pytest.approx(answer_.raroc)
        parts = answer_.waterfall.model_dump()
        assert {name: pytest.approx(part) for name, part in judged.waterfall.parts().items()} == parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_where_the_rate_goes_sums_to_the_rate_for_every_product(path):
    product = load_product(path)
    for form in product.forms:
        offer = offer_of(product, form, "", 0.0)
        parts = offer.price.after.waterfall.parts()
        assert sum(float(part) for part in parts.values()) == pytest.approx(offer.nominal, abs=1e-12)
        assert parts["first_payment_fraud"] > 0


def test_required_rate_hurdle_and_break_even_pd_say_the_same_thing():
    offer = purchase(**BANK)
    at_required = offer.chain.priced(offer.setting.pd_annual, offer.required_rate).after
    at_break_even = offer.chain.priced(offer.break_even_pd).after
    assert float(at_required.raroc) == pytest.approx(float(offer.costs.hurdle_rate_annual))
    assert float(at_break_even.raroc) == pytest.approx(float(offer.costs.hurdle_rate_annual))


def test_the_loss_moves_with_the_deposit_and_the_answer_is_repriced_through_it():
    for form in PURCHASE.forms:
        offer = purchase(form, **BANK)
        offers = [offer.with_field("deposit_share", deposit) for deposit in (0.1, 0.15, 0.2, 0.3)]
        assert (np.diff([one.lgd for one in offers]) < 0).all()
        # the rate of the contract moves with the deposit too, so that required rates are compared, not returns
        assert (np.diff([one.required_rate for one in offers]) < 0).all()


def test_the_price_of_money_is_what_the_client_pays_less_what_it_gets():
    offer = purchase()
    income = 244_800_00 * 400 * 30 // 1_000_000 + 864_00  # interest of 30 days and the fee, in fen
    assert flows.finance_income_fen(offer) == income
    client = sum(offer.contract.net_by_day((Party.SME,)).values())
    supplier = sum(offer.contract.net_by_day((Party.SUPPLIER,)).values())
    assert client + supplier == -income


def test_joint_profit_is_its_parts_and_counts_only_trade_that_the_credit_brought():
    offer = purchase()
    told = joint.joint_of(offer)
    assert sum(int(part) for part in told.parts().values()) == told.joint_profit
    assumed = offer.setting.assumed.additional_trade_share
    assert told.trade_from_credit == pytest.approx(assumed * (told.trade_from_credit + told.trade_anyway), abs=1)


def test_every_grade_is_told_at_a_pd_of_its_own():
    scale = load_master_scale()
    assert list(scale.grade_of(prices.grade_pds(scale))) == [grade.name for grade in scale.grades]


def test_a_higher_rate_leaves_the_riskier_clients():
    offer = purchase(**BANK)
    worth = offer_value(offer.chain, demand.client_pds(offer), np.linspace(0.05, 0.3, 20))
    assert (np.diff(worth.mean_of_takers(demand.client_pds(offer))) >= 0).all()
    assert (np.diff(worth.weight @ worth.take_up) < 0).all()
    assert demand.client_pds(offer).mean() == pytest.approx(offer.setting.pd_annual)


# --- the answer


def test_a_credit_sale_at_nineteen_per_cent_was_lawful_in_2019_and_is_not_now():
    now = purchase()
    then = purchase(day=date(2019, 6, 1))
    assert now.treatment.rate_cap.rate_annual == pytest.approx(4 * 0.03)
    assert {item.name for item in judge_offer(now) if item.level == "stop"} == {"refusals", "cap_room"}
    assert not then.review.refusals
    assert verdict(now) == "stop"
    assert verdict(purchase(**BANK)) == "go"


def test_a_riskier_client_never_gets_a_milder_answer():
    levels = [SEVERITY[verdict(purchase(pd_annual=pd, **BANK))] for pd in np.linspace(0.002, 0.3, 40)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (SEVERITY["go"], SEVERITY["stop"])


def test_an_order_too_small_to_carry_its_work_is_stopped_for_its_size():
    offer = purchase(**BANK)
    tenth = offer.with_field("reference_goods_value", offer.form.reference_goods_value.value / 10)
    assert tenth.size_multiple == pytest.approx(offer.size_multiple / 10, rel=1e-3)
    assert {item.name for item in judge_offer(tenth) if item.level == "stop"} == {"size_multiple"}


def test_goods_in_custody_are_judged_after_a_crash_and_released_goods_are_not():
    names = {form: {item.name for item in judge_offer(purchase(form))} for form in PURCHASE.forms}
    assert names["goods_controlled"] - names["open_account"] == {"goods_crash_loss"}
    assert purchase("goods_controlled").crash_loss() == pytest.approx(1 - 0.7 * 0.96 / (0.85 * 1.012))


def test_each_flip_turns_the_answer_and_a_hair_before_it_does_not():
    offer = purchase(**BANK)
    now, found = verdict(offer), [flip for _, nearest in flips(offer) for flip in nearest]
    assert {flip.lever.name for flip in found} >= {"rate", "deposit", "term", "pd"}
    for flip in found:
        back = -1 if flip.value > flip.lever.now else 1
        assert verdict(flip.lever.moved(flip.value)) == flip.becomes != now
        assert verdict(flip.lever.moved(flip.value + 2 * back * flip.lever.unit)) == now


def test_moving_a_lever_to_where_it_stands_changes_nothing():
    offer = purchase("goods_controlled", **BANK)
    for lever in levers(offer):
        assert lever.moved(lever.now).raroc == pytest.approx(offer.raroc), lever.name


def test_leases_stay_leases_and_every_other_shape_is_tried():
    lease = offer_of(load_product(DATA / "products" / "machine_lease.yaml"), "", "", 0.0)
    assert {shape.offer.setting.wrapper for shape in shapes(lease)} == {"finance_lease"}
    tried = {shape.offer.setting.wrapper for shape in shapes(purchase())}
    assert tried == {"credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable"}


# --- words


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("level", ["go", "caution", "stop"])
def test_every_rule_has_a_sentence_for_every_level(level, language):
    for name, rule in product_appetite().items():
        finding = answer.Finding(name, rule, rule.values[0], 0.05, level)
        assert answer.reason(EDITIONS[language], finding)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_product_on_the_shelf_has_its_tables_in_words(path):
    product = load_product(path)
    edition = EDITIONS["zh" if FILES.index(path) % 2 else "en"]
    for form in product.forms:
        offer = offer_of(product, form, "", 0.0)
        found, legal = judge_offer(offer), shapes(offer)
        cover = answer.cover(edition, product, offer, found, legal)
        tables = [
            answer.rules_table(edition, found), term_sheet.term_sheet(edition, offer),
            flows.flows_table(edition, offer), law.cost_table(edition, offer),
            law.caps_table(edition, offer, legal), prices.price_table(edition, offer),
            law.treatment_table(edition, offer), law.shapes_table(edition, offer, legal),
            term_sheet.forms_table(edition, product, offer), loss.causes_table(edition, offer),
            loss.moves_table(edition, offer),
        ]  # fmt: skip
        told = [cover.answer, *cover.reasons, term_sheet.in_words(edition, product, offer)]
        told += [text for table in tables for text in (table.finding, *(cell for row in table.rows for cell in row))]
        assert not [text for text in told if DEBRIS.search(text.replace("]{.", ""))]
        assert cover.verdict == verdict_of(found)
        named = {name for name, _ in sourced_numbers(offer.form)}
        unnamed = [name for name in named if not edition.texts.knows(f"fields.{name}")]
        assert not unnamed, "the term sheet has a word for every number"


def test_a_form_without_goods_says_so_instead_of_drawing_them():
    product = load_product(DATA / "products" / "growth_loan.yaml")
    offer, edition = offer_of(product, "", "", 0.0), EDITIONS["zh"]
    blocks = [*loss.loss_blocks(edition, product, offer), *joint.joint_blocks(edition, offer)]
    assert not [block for block in blocks if isinstance(block, Chart)]
    told = {block.text for block in blocks if isinstance(block, Prose)}
    assert {edition.say("loss.no_goods"), edition.say("joint.no_goods")} <= told
    assert options.levers_table(edition, offer, "table-levers").rows
    assert size.size_chart(edition, offer).svg.startswith("<svg")


# --- the file


STRANGER = """
name: resin_week
title: Resin for a week
title_zh: 一周原料
need: A factory bridges the week between delivery and its own sale.
valid_from: 2026-01-01
priced_on: 2026-03-01
forms:
  week:
    title: Seven days
    title_zh: 七天
    contract: open_account_purchase
    wrapper: micro_loan
    is_guaranteed: false
    reference_goods_value: {value: 90000, unit: yuan, as_of: 2026-01-01, confidence: assumption, source: "ten tonnes"}
    deposit_share: {value: 0.2, unit: share, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
    day_rate: {value: 0.0005, unit: share per day, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
    overdue_day_rate: {value: 0.001, unit: share per day, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
    upfront_fee_share: {value: 0, unit: share, as_of: 2026-01-01, confidence: assumption, source: "none"}
    term:
      default: {value: 7, unit: days, as_of: 2026-01-01, confidence: assumption, source: "a week"}
      shortest: {value: 7, unit: days, as_of: 2026-01-01, confidence: assumption, source: "a week"}
      longest: {value: 7, unit: days, as_of: 2026-01-01, confidence: assumption, source: "a week"}
    grace: {value: 1, unit: days, as_of: 2026-01-01, confidence: assumption, source: "a day"}
    loss_given_default: {value: 0.6, unit: share, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
    eligibility:
      months_on_platform_minimum: {value: 1, unit: count, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
      orders_minimum: {value: 1, unit: count, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
      match_share_minimum: {value: 0.8, unit: share, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
      days_past_due_maximum: {value: 6, unit: days, as_of: 2026-01-01, confidence: assumption, source: "a guess"}
"""


@pytest.fixture(scope="module")
def built_in(tmp_path_factory):
    """Build a memo into a folder of the test, from a folder of the test."""
    runs = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports.build, "RUNS", runs)

        def make(product, language="en"):
            folder = tmp_path_factory.mktemp("memo")
            build(MEMO, typed_parameters(MEMO, [f"product={product}"], language), folder, made=MADE)
            return folder

        yield make


@pytest.fixture(scope="module")
def memo(built_in):
    return built_in("data/products/purchase_loan.yaml")


def test_two_builds_from_two_places_give_equal_bytes(memo, built_in, tmp_path, monkeypatch):
    (tmp_path / "copy.yaml").write_bytes((DATA / "products" / "purchase_loan.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    again = built_in("copy.yaml")
    for name in ("product_memo-report.pdf", "product_memo-report.html", "manifest.json"):
        assert (again / name).read_bytes() == (memo / name).read_bytes(), name


def told_by_the_notebook(monkeypatch, product, language):
    """The blocks that the notebook's own cells show for a product, without a kernel."""
    shown = []
    monkeypatch.setattr("reports.edition.show", lambda *blocks: shown.extend(blocks))
    cells = json.loads(MEMO.notebook.read_text(encoding="utf-8"))["cells"]
    values = {"product": str(product), "language": language}
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            names |= values if "parameters" in cell["metadata"].get("tags", []) else {}
    return shown


def test_a_stranger_who_writes_only_yaml_gets_a_memo(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text(STRANGER, encoding="utf-8")
    blocks = told_by_the_notebook(monkeypatch, tmp_path / "mine.yaml", "zh")
    texts = Catalogue("zh", "product_memo")
    assert blocks[0].verdict_word in {texts.say(f"verdicts.{level}") for level in SEVERITY}
    assert texts.say("size.one_term") in {block.text for block in blocks if isinstance(block, Prose)}
    markdown = markdown_of(blocks, texts)
    assert not (found := DEBRIS.search(markdown.replace("]{.", "").replace("{.exhibit #", ""))), found


def test_a_product_with_another_contract_gets_its_own(monkeypatch):
    blocks = told_by_the_notebook(monkeypatch, "data/products/receivables_advance.yaml", "en")
    assert sum(isinstance(block, Chart) for block in blocks) >= 6
    assert all(block.finding and block.alt for block in blocks if isinstance(block, Chart))


def test_the_memo_says_its_answer_and_all_its_chapters(memo):
    reader = PdfReader(memo / "product_memo-report.pdf")
    pages = [page.extract_text() for page in reader.pages]
    texts, html = Catalogue("en", "product_memo"), (memo / "product_memo-report.html").read_text(encoding="utf-8")
    assert texts.say("verdicts.stop") in pages[0].splitlines()
    chapters = ("answer", "term_sheet", "flows", "cost", "price", "joint", "loss", "demand", "size", "levers", "limits")
    bookmarks = [item.title for item in reader.outline if not isinstance(item, list)]
    headings = [texts.say(f"{name}.heading") for name in chapters]
    assert [item for item in bookmarks if item in headings] == headings
    assert all(texts.say("frame.banner") in page.replace("\n", " ") for page in pages)
    assert not (found := DEBRIS.search("\n".join(pages))), found
    images = re.findall(r"<picture><source [^>]+><img [^>]*>", html)
    assert len(images) == len(re.findall(r"^Figure \d+", "\n".join(pages), re.MULTILINE)) == 9
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    captions = re.findall(r"<figcaption>.*?</figcaption>", html, flags=re.DOTALL)
    assert sum("Source: " not in caption for caption in captions) == 1, "all but the lines to sign on"
    assert "<script" not in html
    assert not re.findall(r'(?:src|href|srcset)="(?!data:|#)[^"]*"', html)


def test_the_manifest_knows_the_product_by_its_content_and_no_path(memo):
    manifest = json.loads((memo / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs_sha256"] == {"product/purchase_loan": PURCHASE.hash}
    assert str(PROJECT) not in json.dumps(manifest)
    assert str(Path.home()) + "/" not in json.dumps(manifest)


def test_what_cannot_be_built_is_told_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert product_file("data/products/purchase_loan.yaml").is_file(), "found from the project when not from here"
    for asked, told in (
        ("product=nothing.yaml", "no such product file"),
        ("form=nothing", "has the forms"),
        ("lender=bank", "entity"),
        ("lender=nobody", "must be one of"),
    ):
        with pytest.raises(BadInput, match=told):
            MEMO.prepare(typed_parameters(MEMO, [asked], "en"), lambda steps=1, note=None: None)
