"""Tables whose rows are printed quantities: names left, numbers right, units in the head."""

from collections.abc import Mapping, Sequence

from reports.blocks import Column, Table
from reports.edition import Edition


def columns(
    edition: Edition, key: str, names: Sequence[str], weights: Sequence[float], right_from: int
) -> list[Column]:
    """Columns whose heads stand at `KEY.columns.NAME`.

    Args:
        edition: the language.
        key: the table's key.
        names: column names in the catalogue.
        weights: their widths, relative to each other.
        right_from: index of the first column that is set flush right.
    """
    return [
        Column(
            head=edition.say(f"{key}.columns.{name}"), align="right" if index >= right_from else "left", weight=weight
        )
        for index, (name, weight) in enumerate(zip(names, weights, strict=True))
    ]


def record(
    edition: Edition, key: str, anchor: str, rows: Mapping[str, str] | Sequence[tuple[str, str]], wide: float = 2.2
) -> Table:
    """A table of names and values, such as the parameters of a run."""
    pairs = list(rows.items()) if isinstance(rows, Mapping) else list(rows)
    return Table(
        anchor=anchor,
        caption=edition.say(f"{key}.caption"),
        source=edition.say("frame.source_record"),
        columns=columns(edition, key, ("name", "value"), (1.0, wide), right_from=2),
        rows=[[name, value] for name, value in pairs],
    )


def level_mark(edition: Edition, level: str) -> str:
    """A verdict in a cell: its word, marked for its colour; the word alone carries the meaning in grey."""
    return f"[{edition.say(f'levels.{level}')}]{{.{level}}}"


def code(text: str) -> str:
    """A hash or a version, in a form that may break at the end of a line."""
    return f"[{text}]{{.code}}"
