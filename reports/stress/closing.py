"""The last pages of the stress report: what was asked, what it was made of, what its words mean."""

from reports.blocks import Table
from reports.closing import HASH_SHOWN, source_rows
from reports.edition import Edition
from reports.stress.contests import Ladder
from reports.stress.experiments import Experiments
from reports.stress.inputs import Inputs
from reports.stress.results import StressResults
from reports.tables import code, columns, record


def parameters_table(edition: Edition, inputs: Inputs, results: StressResults) -> Table:
    """What was asked, and the seeds."""
    asked = inputs.parameters
    seeds = results.seeds
    rows = {
        "seeds": f"{seeds[0]}–{seeds[-1]} ({len(seeds)})",
        "firms": edition.numbers.count(asked.firms),
        "days": edition.numbers.count(asked.days),
        "scenarios": edition.numbers.listed([code(name) for name in results.scenarios]),
        "arms": _size(edition, inputs.experiments.ladder),
        "replays": _size(edition, inputs.experiments),
        "language": code(asked.language),
        "first_day": edition.numbers.day(results.first_day),
        "ledger": edition.say(f"provenance.ledger.{'balanced' if results.is_balanced else 'unbalanced'}"),
    }
    named = [(edition.say(f"provenance.parameters.rows.{name}"), value) for name, value in rows.items()]
    return record(edition, "provenance.parameters", "table-parameters", named)


def hashes_table(edition: Edition, inputs: Inputs) -> Table:
    """Commit, lock, sources, runs and real data, as hashes."""
    named = source_rows(edition, inputs.provenance)
    named.append((edition.say("provenance.hashes.rows.runs"), code(inputs.results_hash()[:HASH_SHOWN])))
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


def _size(edition: Edition, of: Ladder | Experiments) -> str:
    """How large the markets of an experiment are, and how many."""
    told = {"firms": of.firms, "days": of.days, "seeds": of.seeds}
    return edition.say(
        "provenance.parameters.size", **{name: edition.numbers.count(value) for name, value in told.items()}
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
