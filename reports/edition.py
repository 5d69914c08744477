"""A report in one language: its sentences, its way to print quantities, its sources."""

from dataclasses import dataclass

from reports.blocks import Block, Heading, Note, Prose
from reports.catalogue import Catalogue, catalogue
from reports.numbers import Numbers


@dataclass(frozen=True)
class Edition:
    """What every chapter needs in order to speak.

    Attributes:
        texts: the sentences.
        numbers: how quantities are printed.
    """

    texts: Catalogue
    numbers: Numbers

    @classmethod
    def of(cls, language: str, report: str) -> "Edition":
        """The edition of a report in a language.

        Raises:
            BadInput: there is no such language.
        """
        texts = catalogue(language, report)
        return cls(texts, Numbers(texts))

    def say(self, key: str, /, **values: str) -> str:
        """A sentence with its values, see `Catalogue.say`."""
        return self.texts.say(key, **values)

    def heading(self, anchor: str, level: int = 1, begins_page: bool = False) -> Heading:
        """A heading whose text stands at `ANCHOR.heading`; in a section's anchor a dash leads one key deeper."""
        key = anchor.replace("-", "." if level > 1 else "_")
        return Heading(level=level, text=self.say(f"{key}.heading"), anchor=anchor, begins_page=begins_page)

    def prose(self, key: str, /, **values: str) -> Prose:
        """A paragraph."""
        return Prose(text=self.say(key, **values))

    def note(self, key: str, /, **values: str) -> Note:
        """A paragraph that must not be overlooked."""
        return Note(text=self.say(key, **values))

    def scenario(self, name: str, form: str = "name") -> str:
        """A scenario's printed name (`name`) or its short one (`short`); its own name where the catalogue has none."""
        key = f"scenarios.{name}.{form}"
        return self.say(key) if self.texts.knows(key) else name.replace("_", " ").capitalize()


def show(*blocks: Block) -> None:
    """Put blocks into the report, in order: the only way by which a notebook cell adds to it."""
    from IPython.display import display

    for block in blocks:
        display(block)
