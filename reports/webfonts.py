"""The report's fonts inside its HTML: each cut down to the letters that the page prints."""

import base64
import io

from reports.style import FONTS

FACES = (
    ("Lab Sans", 300, "normal", "LabSans-Light.otf"),
    ("Lab Sans", 400, "normal", "LabSans-Regular.otf"),
    ("Lab Sans", 400, "italic", "LabSans-It.otf"),
    ("Lab Sans", 600, "normal", "LabSans-Semibold.otf"),
    ("Noto Sans CJK SC", 400, "normal", "NotoSansCJKsc-Regular.otf"),
    ("Noto Sans CJK SC", 600, "normal", "NotoSansCJKsc-Bold.otf"),
)


def font_faces(text: str) -> str:
    """CSS that brings the fonts along, for the characters of a text; fonts without any of them are left out.

    Equal texts give equal CSS: the subsets carry no time.
    """
    characters = set(text)
    rules = []
    for family, weight, style, file in FACES:
        content = _subset(file, characters)
        if content is not None:
            told = base64.b64encode(content).decode("ascii")
            rules.append(
                f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
                f"src:url(data:font/woff;base64,{told}) format('woff')}}"
            )
    return "\n".join(rules) + "\n"


def _subset(file: str, characters: set[str]) -> bytes | None:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(FONTS / file, recalcTimestamp=False)
    wanted = {char for char in characters if ord(char) in font.getBestCmap() and not char.isspace()}
    is_latin = file.startswith("LabSans")
    if not wanted:
        return None
    options = Options()
    options.layout_features = ["*"]
    options.recalc_timestamp = False
    options.name_IDs = ["*"]
    subsetter = Subsetter(options=options)
    subsetter.populate(unicodes=[*(ord(char) for char in wanted), *([0x20, 0xA0] if is_latin else [])])
    subsetter.subset(font)
    font.flavor = "woff"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
