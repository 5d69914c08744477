"""Every sentence of a report, by key: a language is a folder of texts, not a second notebook.

`texts/LANGUAGE/common.yaml` holds what all reports share (units, words of the frame), `texts/LANGUAGE/REPORT.yaml` the
report's own sentences. Keys nest; a text names the values it wants in braces: `The loss is {loss}.`
"""

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from credit.errors import BadInput, Problem
from credit.files import PROJECT, read_yaml

TEXTS = PROJECT / "reports" / "texts"
COMMON = "common"


def languages() -> list[str]:
    """The languages that have a folder of texts."""
    return sorted(path.name for path in TEXTS.iterdir() if path.is_dir())


class Catalogue:
    """The texts of one report in one language.

    Attributes:
        language: the folder's name, an IETF language tag ("en", "zh").
        report: the report whose sentences these are.

    Raises:
        BadInput: there is no such language, or a file is not a tree of texts.
    """

    def __init__(self, language: str, report: str) -> None:
        if language not in languages():
            known = ", ".join(languages())
            raise BadInput(Problem(f"must be one of: {known}", field="language", value=language))
        self.language = language
        self.report = report
        self._texts: dict[str, str] = {}
        for name in (COMMON, report):
            path = TEXTS / language / f"{name}.yaml"
            self._texts |= _flat(read_yaml(path), path)

    def say(self, key: str, /, **values: str) -> str:
        """The text of a key with its values put in.

        Args:
            key: the dotted path of the text, such as `losses.finding`.
            **values: what stands in the braces, already printed (see `reports.numbers`).

        Raises:
            KeyError: the catalogue has no such text.
            ValueError: a value is missing, not wanted, or not a text.
        """
        text = self._texts[key] if key in self._texts else _no_such_text(self, key)
        wanted = named_values(text)
        if wanted != values.keys():
            raise ValueError(f"the text {key!r} ({self.language}) wants {sorted(wanted)}, was given {sorted(values)}")
        not_text = [name for name, value in values.items() if not isinstance(value, str)]
        if not_text:
            raise ValueError(f"the values {not_text} for {key!r} must be printed first")
        return text.format_map(values)

    def knows(self, key: str) -> bool:
        """Whether the catalogue has a text of that key."""
        return key in self._texts

    def texts(self) -> Mapping[str, str]:
        """All texts by key, for checks."""
        return dict(self._texts)


def named_values(text: str) -> set[str]:
    """The names that stand in a text's braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def catalogue(language: str, report: str) -> Catalogue:
    """The catalogue of a report in a language, read once."""
    return Catalogue(language, report)


def _flat(tree: dict[str, Any], path: Path, prefix: str = "") -> dict[str, str]:
    """Nested texts under dotted keys."""
    flat: dict[str, str] = {}
    for name, content in tree.items():
        if not isinstance(name, str):
            rule = "a key must be a word; YAML reads yes, no, on and off as true and false"
            raise BadInput(Problem(rule, file=str(path), field=f"{prefix}{name}"))
        key = f"{prefix}{name}"
        if isinstance(content, dict):
            flat |= _flat(content, path, f"{key}.")
        elif isinstance(content, str):
            flat[key] = content.rstrip("\n")
        else:
            raise BadInput(Problem("must be a text or a mapping of texts", file=str(path), field=key, value=content))
    return flat


def _no_such_text(texts: Catalogue, key: str) -> str:
    raise KeyError(f"no text {key!r} in the {texts.language} catalogue of the {texts.report} report")
