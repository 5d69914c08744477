"""The chapter on data and model: what the market is, and what its parts prove on real loans."""

from collections.abc import Iterator

import numpy as np

from reports.blocks import Block, Chart, Column, Table
from reports.edition import Edition
from reports.figures import HazardAndCalibration, ProofLabels, hazard_and_calibration
from reports.stress.proofs import Li2018Proof, Proofs, SbaProof, Skipped

FIGURE_WORDS = (
    "hazard_title",
    "hazard_unit",
    "months",
    "observed",
    "model",
    "calibration_title",
    "calibration_unit",
    "predicted",
    "perfect",
)

LEVEL_RIGHT = (0.9, 1.1)
"""Observed over expected defaults within which a level counts as forecast right."""


def li2018_blocks(edition: Edition, proof: Li2018Proof) -> Iterator[Block]:
    """Table 8 of the paper, found beside printed."""
    match = "matches" if proof.matches_print else "differs"
    yield Table(
        anchor="table-li2018",
        finding=edition.say(f"evidence.li2018.finding.{match}"),
        caption=edition.say(
            "evidence.li2018.caption",
            train=edition.numbers.count(proof.rows_train),
            test=edition.numbers.count(proof.rows_test),
            misclassified=edition.numbers.share(proof.misclassification, 2),
        ),
        source=edition.say("frame.source_real", name=edition.say("evidence.li2018.source")),
        columns=[
            Column(
                head=edition.say(f"evidence.li2018.columns.{name}"),
                align="left" if name == "name" else "right",
                weight=weight,
            )
            for name, weight in (
                ("name", 1.6),
                ("found", 1.0),
                ("printed", 1.0),
                ("error", 1.0),
                ("error_printed", 1.0),
            )
        ],
        rows=[
            [edition.say(f"evidence.li2018.rows.{name}"), *(edition.numbers.count(value, 4) for value in values)]
            for name, *values in zip(
                proof.names,
                proof.coefficients,
                proof.printed_coefficients,
                proof.standard_errors,
                proof.printed_standard_errors,
                strict=True,
            )
        ],
    )


def sba_blocks(edition: Edition, proof: SbaProof) -> Iterator[Block]:
    """Hazard, discrimination and calibration on SBA loans."""
    numbers = edition.numbers
    hazard = np.array(proof.hazard_by_month)
    peak_month = int(np.argmax(hazard)) + 1
    peak = numbers.count(peak_month)
    labels = ProofLabels(
        peak=edition.say("evidence.sba.peak", month=peak),
        **{name: edition.say(f"evidence.sba.{name}") for name in FIGURE_WORDS},
    )
    figure = HazardAndCalibration(
        months=np.arange(1, len(hazard) + 1),
        hazard=hazard,
        model_hazard=np.array(proof.model_hazard_by_month),
        predicted=np.array(proof.predicted),
        observed=np.array(proof.observed),
    )
    drawn = hazard_and_calibration(figure, labels)
    source = edition.say("frame.source_real", name=edition.say("evidence.sba.source"))
    is_level_right = LEVEL_RIGHT[0] <= proof.observed_over_expected <= LEVEL_RIGHT[1]
    yield Chart(
        anchor="figure-sba",
        finding=edition.say(
            f"evidence.sba.finding.{'right' if is_level_right else 'wrong'}",
            auc=numbers.count(proof.auc, 3),
            low=numbers.count(proof.auc_low, 3),
            high=numbers.count(proof.auc_high, 3),
            slope=numbers.count(proof.calibration_slope, 2),
            ratio=numbers.count(proof.observed_over_expected, 2),
        ),
        caption=edition.say(
            "evidence.sba.caption",
            rows=numbers.count(proof.rows),
            used=numbers.count(proof.rows_used),
            train=numbers.count(proof.rows_train),
            test=numbers.count(proof.rows_test),
        ),
        source=source,
        alt=edition.say("evidence.sba.alt", month=peak),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
    rows = (
        ("train_observed", proof.train_observed),
        ("train_forecast", proof.train_forecast),
        ("test_observed", proof.test_observed),
        ("test_forecast", proof.test_forecast),
    )
    yield Table(
        anchor="table-sba",
        finding=edition.say("evidence.sba.table.finding", as_of=numbers.count(proof.auc_as_of, 3)),
        caption=edition.say("evidence.sba.table.caption"),
        source=source,
        columns=[
            Column(head=edition.say("evidence.sba.table.within"), weight=2.4),
            *(Column(head=numbers.months(month), align="right") for month in proof.months),
        ],
        rows=[
            [edition.say(f"evidence.sba.table.rows.{name}"), *(numbers.share(value) for value in values)]
            for name, values in rows
        ],
    )


def skipped_blocks(edition: Edition, skipped: list[Skipped]) -> Iterator[Block]:
    """What was not proven, and why: said plainly, so that nobody takes silence for a proof."""
    for item in skipped:
        yield edition.note(f"evidence.skipped.{item.name}", file=item.file)


def evidence_blocks(edition: Edition, proofs: Proofs) -> Iterator[Block]:
    """Both proofs, or that they were skipped."""
    yield edition.heading("evidence-li2018", level=2)
    if proofs.li2018 is not None:
        yield edition.prose("evidence.li2018.text")
        yield from li2018_blocks(edition, proofs.li2018)
    yield from skipped_blocks(edition, [item for item in proofs.skipped if item.name == "li2018"])
    yield edition.heading("evidence-sba", level=2)
    if proofs.sba is not None:
        yield edition.prose("evidence.sba.text")
        yield from sba_blocks(edition, proofs.sba)
    yield from skipped_blocks(edition, [item for item in proofs.skipped if item.name == "sba"])
