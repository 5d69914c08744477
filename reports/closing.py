"""The last pages that all reports share: state of the sources, versions, and who answers for the report."""

from datetime import UTC, datetime

from reports.blocks import Column, Table
from reports.edition import Edition
from reports.provenance import UNKNOWN, Provenance
from reports.tables import code

HASH_SHOWN = 16
"""Leading digits of a hash on paper; the manifest holds it whole."""


def source_rows(edition: Edition, made: Provenance) -> list[tuple[str, str]]:
    """Commit, its day, sources and lock, each with its printed name."""
    commit, committed = edition.say("provenance.hashes.unknown"), edition.say("provenance.hashes.unknown")
    if made.commit != UNKNOWN:
        state = edition.say(f"provenance.hashes.{'dirty' if made.is_dirty else 'clean'}")
        commit = f"{code(made.commit[:HASH_SHOWN])} {state}"
        committed = edition.numbers.day(datetime.fromtimestamp(made.committed_at, UTC).date())
    rows = [
        ("commit", commit),
        ("committed", committed),
        ("sources", code(made.sources_hash[:HASH_SHOWN])),
        ("lock", code(made.lock_hash[:HASH_SHOWN])),
    ]
    return [(edition.say(f"provenance.hashes.rows.{name}"), value) for name, value in rows]


def versions_table(edition: Edition, made: Provenance) -> Table:
    """Python and the packages that compute and print, two to a row."""
    pairs = [(name, code(version)) for name, version in made.versions.items()]
    half = -(-len(pairs) // 2)
    rows = []
    for left, right in zip(pairs[:half], [*pairs[half:], *[("", "")] * (2 * half - len(pairs))], strict=True):
        rows.append([*left, *right])
    name, value = (edition.say(f"provenance.versions.columns.{key}") for key in ("name", "value"))
    return Table(
        anchor="table-versions",
        caption=edition.say("provenance.versions.caption"),
        source=edition.say("frame.source_record"),
        columns=[Column(head=head, weight=1.0) for head in (name, value, name, value)],
        rows=rows,
    )


def sign_off_table(edition: Edition) -> Table:
    """Empty lines for those who answer for the report."""
    heads = ("role", "name", "date")
    return Table(
        anchor="table-sign-off",
        caption=edition.say("sign_off.caption"),
        source="",
        columns=[Column(head=edition.say(f"sign_off.columns.{key}"), weight=1.4) for key in heads],
        rows=[[edition.say(f"sign_off.rows.{role}"), " ", " "] for role in ("risk", "product", "model")],
        is_roomy=True,
    )
