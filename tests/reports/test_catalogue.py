"""Languages say the same things: same keys, same values, and only letters that the fonts have."""

import string

import pytest
from fontTools.ttLib import TTFont

from credit.errors import BadInput
from reports.catalogue import TEXTS, Catalogue, languages, named_values
from reports.style import FONTS

REPORTS = sorted(path.stem for path in (TEXTS / "en").glob("*.yaml") if path.stem != "common")
SAYS_NOTHING = {"units.sentence_gap"}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_every_language_has_the_same_keys_and_wants_the_same_values(report, language):
    english, other = Catalogue("en", report).texts(), Catalogue(language, report).texts()
    assert english.keys() == other.keys()
    assert {key: named_values(text) for key, text in english.items()} == {
        key: named_values(text) for key, text in other.items()
    }


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("report", REPORTS)
def test_no_text_is_empty_or_carries_a_format_of_its_own(report, language):
    for key, text in Catalogue(language, report).texts().items():
        assert text.strip() or key in SAYS_NOTHING, key
        assert all(not spec and not conversion for _, _, spec, conversion in string.Formatter().parse(text)), key


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("report", REPORTS)
def test_the_fonts_cover_every_letter(report, language):
    texts = Catalogue(language, report).texts().values()
    latin = [set(TTFont(path).getBestCmap()) for path in FONTS.glob("LabSans-*.otf")]
    chinese = [set(TTFont(path).getBestCmap()) for path in FONTS.glob("NotoSansCJKsc-*.otf")]
    in_every_latin, in_every_chinese = set.intersection(*latin), set.intersection(*chinese)
    wanted = {ord(char) for text in texts for char in text if char != "\n"}
    missing = wanted - in_every_latin - in_every_chinese
    assert not missing, "".join(map(chr, sorted(missing)))


def test_the_chinese_font_holds_the_common_characters_and_the_terms_of_the_trade():
    covered = set(TTFont(FONTS / "NotoSansCJKsc-Regular.otf").getBestCmap())
    level_1 = {bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)}
    terms = "代采赊销日息追保万四敞口保证金逾期催收坏账授信中登网实控人失信限电开二停五随借随还过桥"
    assert not {char for char in level_1 | set(terms) if ord(char) not in covered}


def test_every_font_comes_with_its_licence():
    for font, licence in (("LabSans-*.otf", "LabSans-OFL.txt"), ("NotoSansCJKsc-*.otf", "NotoSansCJKsc-OFL.txt")):
        assert list(FONTS.glob(font))
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / licence).read_text(encoding="utf-8")
    for path in FONTS.glob("LabSans-*.otf"):
        names = {record.nameID: str(record) for record in TTFont(path)["name"].names}
        assert not any("Source" in names.get(number, "") for number in (1, 4, 6, 16)), "the licence reserves the name"


def test_a_missing_text_or_value_is_an_error():
    texts = Catalogue("en", "stress")
    with pytest.raises(KeyError, match=r"no text 'cover\.nothing'"):
        texts.say("cover.nothing")
    with pytest.raises(ValueError, match="wants"):
        texts.say("differences.interval", low="1")
    with pytest.raises(ValueError, match="wants"):
        texts.say("differences.interval", low="1", high="2", middle="1.5")
    with pytest.raises(ValueError, match="printed first"):
        texts.say("differences.interval", low=1, high="2")


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(BadInput, match="en, zh"):
        Catalogue("fr", "stress")
