"""The stress report as its reader finds it: the answer, the figures, the banner, and no debris."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader

import reports.build
import reports.stress.inputs
from credit import real_data as real
from credit.files import PROJECT, sha256_of_file
from reports.build import build, report_named, typed_parameters
from reports.catalogue import Catalogue
from reports.provenance import Provenance

STRESS = report_named("stress")
SMALL = (  # one worker: replays are lived in this process, and few processes are started, each for seconds
    "seeds=3", "firms=40", "days=60", "workers=1", "arm_seeds=2", "arm_firms=16", "arm_days=40", "arm_draws=0",
    "replay_seeds=2", "replay_firms=20",
)  # fmt: skip
MADE = Provenance(
    commit="0123456789abcdef0123", committed_at=1_750_000_000, is_dirty=False, lock_hash="1" * 64,
    sources_hash="2" * 64, versions={"python": "3.12"},
)  # fmt: skip
DEBRIS = re.compile(r"<[A-Za-z/]|Figure\(|object at|\bnan\b|\bNone\b|\{[a-z_]*\}|\]\{\.|\bdtype|Traceback|#\w+\[")


@dataclass(frozen=True)
class Finished:
    """A built report, read back."""

    folder: Path
    pages: list[str]
    reader: PdfReader
    html: str
    manifest: dict

    @property
    def text(self):
        return "\n".join(self.pages)


@pytest.fixture(scope="module")
def built_in(tmp_path_factory):
    """Build the small case into a folder; every build of this module shares its runs."""
    runs = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports.build, "RUNS", runs)
        patch.setattr(reports.stress.inputs, "RUNS", runs)

        def make(language, *assignments):
            folder = tmp_path_factory.mktemp(f"report-{language}")
            build(STRESS, typed_parameters(STRESS, [*SMALL, *assignments], language), folder, made=MADE)
            reader = PdfReader(folder / "stress-report.pdf")
            return Finished(
                folder=folder,
                pages=[page.extract_text() for page in reader.pages],
                reader=reader,
                html=(folder / "stress-report.html").read_text(encoding="utf-8"),
                manifest=json.loads((folder / "manifest.json").read_text(encoding="utf-8")),
            )

        yield make


@pytest.fixture(scope="module")
def english(built_in):
    return built_in("en")


@pytest.fixture(scope="module")
def chinese(built_in, tmp_path_factory):
    """The Chinese edition, on a machine without real data."""
    return built_in("zh", f"real_data={tmp_path_factory.mktemp('nothing')}")


def flat(text):
    """Text without its line breaks and blanks, which a PDF sets as it likes."""
    return re.sub(r"\s+", "", text)


def test_the_answer_stands_on_the_first_page(english):
    verdicts = [Catalogue("en", "stress").say(f"verdicts.{level}") for level in ("go", "caution", "stop")]
    cover = english.pages[0]
    assert sum(word in cover.splitlines() for word in verdicts) == 1, cover
    assert "of the risk appetite" in cover.replace("\n", " ")


def test_three_seeds_can_never_carry_a_launch(english):
    assert "Go" not in english.pages[0].splitlines()


@pytest.mark.parametrize("edition", ["english", "chinese"])
def test_every_page_says_that_the_market_is_simulated(edition, request):
    finished = request.getfixturevalue(edition)
    banner = Catalogue(finished.manifest["parameters"]["language"], "stress").say("frame.banner")
    assert all(flat(banner) in flat(page) for page in finished.pages)
    assert flat(banner) in flat(finished.html)


@pytest.mark.parametrize("edition", ["english", "chinese"])
def test_every_chapter_is_there_and_in_the_bookmarks(edition, request):
    finished = request.getfixturevalue(edition)
    texts = Catalogue(finished.manifest["parameters"]["language"], "stress")
    chapters = [
        texts.say(f"{name}.heading")
        for name in ("answer", "paths", "defaults", "losses", "liquidity", "differences", "evidence", "limits")
    ]
    bookmarks = [item.title for item in finished.reader.outline if not isinstance(item, list)]
    assert all(flat(chapter) in flat(finished.text) and chapter in finished.html for chapter in chapters)
    assert [chapter for chapter in bookmarks if chapter in chapters] == chapters


@pytest.mark.parametrize("edition", ["english", "chinese"])
def test_no_debris_reaches_the_reader(edition, request):
    finished = request.getfixturevalue(edition)
    visible = re.sub(r"<style>.*?</style>", "", finished.html, flags=re.DOTALL)
    visible = re.sub(r"<[^>]*>", " ", visible)
    for name, text in (("PDF", finished.text), ("HTML", visible)):
        assert not (found := DEBRIS.search(text)), f"{name}: {text[max(0, found.start() - 60) : found.end() + 60]}"


def test_figures_are_pictures_with_words_for_those_who_cannot_see_them(english):
    figures = len(re.findall(r"^Figure \d+", english.text, re.MULTILINE))
    images = re.findall(r"<picture><source [^>]+><img [^>]*>", english.html)
    assert figures == len(images) >= 6
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    tagged = json.dumps(_alternatives(english.reader.trailer["/Root"]["/StructTreeRoot"]))
    assert tagged.count("/Figure") == figures


def test_every_figure_and_table_names_its_source(english):
    captions = re.findall(r"<figcaption>.*?</figcaption>", english.html, flags=re.DOTALL)
    with_source = [caption for caption in captions if "Source: " in caption]
    assert len(captions) - len(with_source) == 2, "all but the terms and the lines to sign on"
    assert sum("simulated" in caption for caption in with_source) >= 8


def test_the_pdf_tells_its_language_title_and_tags(english, chinese):
    for finished, language in ((english, "en"), (chinese, "zh")):
        root = finished.reader.trailer["/Root"]
        assert str(root["/Lang"]).startswith(language)
        assert root["/MarkInfo"]["/Marked"]
        assert finished.reader.metadata.title == Catalogue(language, "stress").say("title")
    assert f"{len(english.pages)} / {len(english.pages)}" in english.pages[-1]


def test_only_the_fonts_of_the_house_are_in_the_pdf(english, chinese):
    for finished in (english, chinese):
        fonts = set()
        for page in finished.reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():
                fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
        assert all(re.match(r"(LabSans|NotoSansCJKsc)-", font) for font in fonts), fonts
    assert any(font.startswith("NotoSansCJKsc") for font in fonts)


def test_the_html_needs_nothing_from_outside(english):
    assert "<script" not in english.html
    assert not re.findall(r'(?:src|href|srcset)="(?!data:|#)[^"]*"', english.html)
    assert not re.findall(r"url\((?!data:)", english.html)


def test_two_builds_give_equal_bytes(english, built_in):
    again = built_in("en")
    for name in ("stress-report.pdf", "stress-report.html", "manifest.json"):
        assert (again.folder / name).read_bytes() == (english.folder / name).read_bytes(), name


def test_the_manifest_holds_what_a_second_build_needs(english):
    manifest = english.manifest
    assert manifest["parameters"]["seeds"] == 3
    assert manifest["seeds"] == [1, 2, 3]
    assert len([name for name in manifest["inputs_sha256"] if name.endswith("daily.parquet")]) == 4 * 3
    assert manifest["outputs_sha256"] == {
        name: sha256_of_file(english.folder / name) for name in ("stress-report.pdf", "stress-report.html")
    }
    told = json.dumps(manifest)
    assert str(PROJECT) not in told
    assert str(english.folder) not in told


def test_no_document_tells_where_it_was_built(english):
    for text in (english.text, english.html):
        assert str(PROJECT) not in text
        assert str(Path.home()) + "/" not in text


def test_proofs_without_their_data_are_named_as_skipped(chinese):
    for proof in real.PROOFS:
        assert flat(f"本机没有{proof.file}") in flat(chinese.text)
    assert "1.3931" not in chinese.text


def test_the_published_table_is_reproduced_in_the_report(real_data, english):
    for printed in ("1.3931", "−2.1282", "−2.9875", "0.5041", "0.3216", "0.3450", "0.5393", "0.2412"):
        assert english.text.count(printed) >= 2, f"{printed} found and printed"


def test_the_chinese_edition_speaks_chinese(chinese):
    words = re.findall(r"[A-Za-z]{4,}", chinese.text)
    assert len(words) < 0.05 * len(re.findall(r"[\u4e00-\u9fff]", chinese.text))
    assert "万元" in chinese.text


def _alternatives(node):
    """The structure tree as plain names."""
    node = node.get_object()
    if isinstance(node, list):
        return [_alternatives(child) for child in node]
    if not isinstance(node, dict):
        return None
    kids = _alternatives(node["/K"]) if "/K" in node else None
    return [str(node.get("/S", "")), kids]
