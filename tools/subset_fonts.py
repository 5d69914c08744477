"""Rebuild `reports/fonts/`: the Latin letters and the Chinese characters that the reports may print.

The documents must look the same on every machine, so they never use the fonts of the machine. What they use is
small enough to live in the repository:

* **Lab Sans** (light, regular, italic, semibold): a subset of Adobe's Source Sans 3, version 3.052. Its licence
  reserves the name "Source" for the unmodified fonts, so the subset carries a name of its own.
* **Noto Sans CJK SC** (regular, bold): the 3,755 common characters of GB 2312 level 1, Chinese punctuation, and
  every further character that stands in a catalogue of texts, a data file or the glossary below.

Both are under the SIL Open Font License 1.1, whose texts are written beside them. Equal sources give equal bytes.

Recipe:

    npm pack source-sans@3.52.0 && tar xzf source-sans-3.52.0.tgz     # gives ./package
    apt-get install fonts-noto-cjk                                    # gives the Noto collection
    .venv/bin/python tools/subset_fonts.py --latin package --chinese /usr/share/fonts/opentype/noto
"""

import argparse
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

PROJECT = Path(__file__).resolve().parents[1]
FONTS = PROJECT / "reports" / "fonts"
LATIN_LICENCE = FONTS / "LabSans-OFL.txt"

LATIN_WEIGHTS = ("Light", "Regular", "It", "Semibold")
CHINESE_WEIGHTS = ("Regular", "Bold")
CHINESE_FAMILY = "Noto Sans CJK SC"

LATIN_RANGES = ((0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x2026))
LATIN_SIGNS = "‰′″€™→←↑↓−×÷≈≠≤≥±√∑∆∞½¼¾⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉■□▲△▼▽●○◆◇✓"

CHINESE_PUNCTUATION = "　、。〈〉《》「」『』【】〔〕〖〗！（），－．／：；＜＝＞？［］～％＋＆·—…‘’“”￥"
GLOSSARY = """
塑化 代采 赊销 日息 万四 追保 垫资 保证金 限电 开二停五 随借随还 过桥贷款 融资租赁 售后回租
周转贷款 应收账款融资 保理 确权 中登网 实控人 失信 被执行 关注 次级 可疑 损失 法释 金规
贷前 贷中 贷后 逾期催收 坏账处理 聚乙烯 聚丙烯 线性 薄膜 注塑 吹塑 管材 片材 改性 树脂
资金方 核定额度及账期 暂停额度 三位一体 产融结合 违约概率 违约损失率 风险敞口 首损 核销 追偿
瀑布 置信区间 配对种子 穿透
"""


def level_1_characters() -> set[str]:
    """The 3,755 characters of GB 2312 level 1 (rows 16 to 55), which print all but a fraction of modern text."""
    found = set()
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue  # the last row is not full
    return found


def characters_in_use() -> set[str]:
    """Every character of the catalogues and of the data files that a report may quote."""
    folders = (PROJECT / "reports" / "texts", PROJECT / "data")
    return {char for folder in folders for file in folder.rglob("*.yaml") for char in file.read_text(encoding="utf-8")}


def is_chinese(char: str) -> bool:
    """Whether a character is an ideograph or a full-width sign."""
    return 0x2E80 <= ord(char) <= 0x9FFF or 0xFF00 <= ord(char) <= 0xFFEF


def subset(font: TTFont, characters: set[str], features: list[str]) -> TTFont:
    """Keep the glyphs of some characters; drop hints, vertical metrics and everything that depends on the clock."""
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.drop_tables = [*options.drop_tables, "vhea", "vmtx", "VORG", "DSIG", "BASE", "STAT"]
    options.recalc_timestamp = False
    options.notdef_outline = True
    subsetter = Subsetter(options=options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    return font


def rename(font: TTFont) -> None:
    """Give the modified Source Sans 3 a name of its own, as its licence asks; copyright and licence stay."""
    for record in font["name"].names:
        if record.nameID in {1, 3, 4, 6, 16}:
            told = str(record).replace("Source Sans 3", "Lab Sans").replace("SourceSans3", "LabSans")
            record.string = told.encode(record.getEncoding())
    outlines = font["CFF "].cff
    outlines.fontNames = [name.replace("SourceSans3", "LabSans") for name in outlines.fontNames]
    top = outlines.topDictIndex[0]
    for field in ("FullName", "FamilyName"):
        if hasattr(top, field):
            setattr(top, field, getattr(top, field).replace("Source Sans 3", "Lab Sans"))


def build_latin(package: Path) -> None:
    """Write the Lab Sans files and their licence."""
    characters = {chr(code) for low, high in LATIN_RANGES for code in range(low, high + 1)} | set(LATIN_SIGNS)
    characters |= {char for char in characters_in_use() if not is_chinese(char)}
    features = ["kern", "liga", "locl", "ccmp", "mark", "mkmk", "case", "lnum", "tnum", "pnum", "sups", "subs"]
    for weight in LATIN_WEIGHTS:
        font = TTFont(package / "OTF" / f"SourceSans3-{weight}.otf", recalcTimestamp=False)
        rename(subset(font, characters, features))
        font.save(FONTS / f"LabSans-{weight}.otf")
    licence = (package / "LICENSE.md").read_text(encoding="utf-8").replace("\r\n", "\n").strip()
    head = (
        "Lab Sans (LabSans-*.otf) is a subset of Source Sans 3, renamed because the licence below reserves the name\n"
        "'Source' for the unmodified fonts. The recipe stands in tools/subset_fonts.py.\n\n"
    )
    LATIN_LICENCE.write_text(head + licence + "\n", encoding="utf-8")


def build_chinese(folder: Path) -> None:
    """Write the Noto Sans CJK SC files and their licence (after `build_latin`, which brings the licence's terms)."""
    wanted = level_1_characters() | set(CHINESE_PUNCTUATION)
    wanted |= {char for char in characters_in_use() | set(GLOSSARY) if is_chinese(char)}
    for weight in CHINESE_WEIGHTS:
        collection = TTCollection(folder / f"NotoSansCJK-{weight}.ttc", recalcTimestamp=False)
        font = next(font for font in collection.fonts if font["name"].getDebugName(1) == CHINESE_FAMILY)
        missing = sorted(char for char in wanted if ord(char) not in font.getBestCmap())
        if missing:
            raise SystemExit(f"Noto has no glyph for {''.join(missing)}")
        # Without `locl`, which would pull the Japanese, Korean and traditional forms in and double the size.
        subset(font, wanted, ["kern", "ccmp", "halt"]).save(FONTS / f"NotoSansCJKsc-{weight}.otf")
    _, _, terms = LATIN_LICENCE.read_text(encoding="utf-8").partition("This Font Software is licensed under")
    head = (
        "NotoSansCJKsc-*.otf are subsets of Noto Sans CJK SC, version 2.004.\n"
        "The recipe stands in tools/subset_fonts.py.\n\n"
        "© 2014-2021 Adobe (http://www.adobe.com/). Noto is a trademark of Google Inc.\n\n"
    )
    (FONTS / "NotoSansCJKsc-OFL.txt").write_text(
        head + "This Font Software is licensed under" + terms, encoding="utf-8"
    )


def main() -> None:
    """Rebuild the folder from the two sources."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--latin", type=Path, required=True, help="the unpacked npm package source-sans")
    arguments.add_argument("--chinese", type=Path, required=True, help="the folder with NotoSansCJK-*.ttc")
    given = arguments.parse_args()
    FONTS.mkdir(parents=True, exist_ok=True)
    build_latin(given.latin)
    build_chinese(given.chinese)


if __name__ == "__main__":
    main()
