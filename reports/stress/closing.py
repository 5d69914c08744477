"""The last pages: where every number comes from, and who answers for the report."""

from datetime import UTC, datetime

from reports.blocks import Column, Table
from reports.edition import Edition
from reports.provenance import UNKNOWN
from reports.stress.inputs import Inputs
from reports.stress.results import StressResults
from reports.tables import code, columns, record

HASH_SHOWN = 16
"""Leading digits of a hash on paper; the manifest holds it whole."""


def parameters_table(edition: Edition, inputs: Inputs, results: StressResults) -> Table:
    """What was asked, and the seeds."""
    asked = inputs.parameters
    seeds = results.seeds
    rows = {
        "seeds": f"{seeds[0]}–{seeds[-1]} ({len(seeds)})",
        "firms": edition.numbers.count(asked.firms),
        "days": edition.numbers.count(asked.days),
        "scenarios": edition.numbers.listed([code(name) for name in results.scenarios]),
        "language": code(asked.language),
        "first_day": edition.numbers.day(results.first_day),
        "ledger": edition.say(f"provenance.ledger.{'balanced' if results.is_balanced else 'unbalanced'}"),
    }
    named = [(edition.say(f"provenance.parameters.rows.{name}"), value) for name, value in rows.items()]
    return record(edition, "provenance.parameters", "table-parameters", named)


def hashes_table(edition: Edition, inputs: Inputs) -> Table:
    """Commit, lock, sources, runs and real data, as hashes."""
    made = inputs.provenance
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
        ("runs", code(inputs.results_hash()[:HASH_SHOWN])),
    ]
    named = [(edition.say(f"provenance.hashes.rows.{name}"), value) for name, value in rows]
    named += [
        (
            edition.say("provenance.hashes.rows.scenario", name=edition.scenario(item["name"])),
            code(item["hash"][:HASH_SHOWN]),
        )
        for item in inputs.plan["scenarios"]
    ]
    named += [
        (edition.say("provenance.hashes.rows.data", name=name.rsplit("/", 1)[-1]), code(digest[:HASH_SHOWN]))
        for name, digest in inputs.proofs.data_hashes.items()
    ]
    return record(edition, "provenance.hashes", "table-hashes", named)


def versions_table(edition: Edition, inputs: Inputs) -> Table:
    """Python and the packages that compute and print, two to a row."""
    pairs = [(name, code(version)) for name, version in inputs.provenance.versions.items()]
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


TERMS = ("default", "exposure", "loss", "controlled", "open_account", "margin_call", "seed", "percentile", "floor")


def terms_table(edition: Edition) -> Table:
    """What the report's words mean, for a reader who does not work with them every day."""
    return Table(
        anchor="table-terms",
        caption=edition.say("terms.caption"),
        source="",
        columns=columns(edition, "terms", ("term", "meaning"), (1.0, 3.2), right_from=2),
        rows=[
            [f"**{edition.say(f'terms.rows.{key}.term')}**", edition.say(f"terms.rows.{key}.meaning")] for key in TERMS
        ],
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
