"""The model-validation report: its answer follows from the limits, both splits stand side by side, every page reads."""

import json
import re
from datetime import date

import numpy as np
import pytest
from pypdf import PdfReader

import reports.build
from credit.errors import BadInput
from credit.metrics.group_fairness import GroupTreatment, Share
from credit.validation.review import review
from credit.validation.review_contents import Review
from credit.validation.splits import in_time
from credit.validation_sets import german, sba
from credit.validation_sets.made_up import made_up
from reports.blocks import Table
from reports.build import build, report_named, typed_parameters
from reports.catalogue import languages
from reports.edition import Edition
from reports.limit_rules import SEVERITY
from reports.model_validation import answer, discrimination, fairness, levels, refused, stability, worth
from reports.model_validation.inputs import ValidationInputs
from reports.model_validation.verdicts import judge, measures, validation_limits, verdict_of
from reports.provenance import Provenance

REPORT = report_named("model_validation")
MADE = Provenance(
    commit="0123456789abcdef0123", committed_at=1_750_000_000, is_dirty=False, lock_hash="1" * 64,
    sources_hash="2" * 64, versions={"python": "3.12"},
)  # fmt: skip
DEBRIS = re.compile(r"<[A-Za-z/]|Figure\(|object at|\bnan\b|\bNone\b|\{[a-z_]*\}|\]\{\.|\bdtype|Traceback|#\w+\[")


@pytest.fixture(scope="module")
def dated(real_data):
    """A review of a small part of the SBA loans, with vintages, weights and groups."""
    known = sba(real_data, with_lender=True, with_records=False)
    rows = np.random.default_rng(3).permutation(len(known.y))[:4000]
    return review(known.part(np.sort(rows)), "scorecard", 3, challengers=("logistic",))


@pytest.fixture(scope="module")
def undated(real_data):
    """A review of German credit: no vintages, no weights."""
    return review(german(real_data), "scorecard", 5, challengers=("logistic",))


def chapters(edition: Edition, told: Review):
    """Every block that the notebook shows, apart from provenance."""
    findings = judge(told)
    yield answer.cover(edition, told, findings)
    yield answer.findings_table(edition, findings)
    yield answer.rules_table(edition, findings)
    yield answer.sample_table(edition, told)
    yield worth.features_table(edition, told)
    for part in (discrimination, levels, stability, fairness, refused):
        yield from part.blocks(edition, told)
    yield from worth.ablation_blocks(edition, told)
    yield from worth.challenger_blocks(edition, told)


def test_a_review_survives_its_file(dated):
    assert Review.model_validate(json.loads(dated.model_dump_json())) == dated


def test_later_rows_are_later_and_both_splits_are_told(dated, real_data):
    split = in_time(sba(real_data))
    assert split.train.vintage.max() < split.test.vintage.min()
    assert split.knows_later  # outcomes to 2014: said, not hidden
    assert [each.name for each in dated.splits] == ["random", "in_time"]
    assert dated.split("in_time").own.auc.value < dated.split("random").own.auc.value
    assert in_time(german(real_data)) is None


def test_rows_read_left_out_and_judged_add_up(dated, undated):
    for told in (dated, undated):
        random = told.split("random")
        assert told.rows == random.own.rows == told.rows_read - sum(told.exclusions.values())
        assert sum(each.weight_share for each in random.grades) == pytest.approx(1.0)
        assert sum(each.rows for each in random.tenths) == told.rows


def test_the_answer_is_the_gravest_rule_and_every_rule_has_an_owner(dated):
    findings = judge(dated)
    assert verdict_of(findings) == max((f.level for f in findings), key=SEVERITY.__getitem__)
    assert {finding.name for finding in findings} == set(measures(dated)) & set(validation_limits())
    crisis = next(finding for finding in findings if finding.name == "level_later")
    assert crisis.level == "stop"  # 2006 to 2010 under a fit on the years before


def test_made_up_clients_show_the_fault_that_was_put_in_and_no_other():
    told = review(made_up(), "scorecard", 3, challengers=("logistic",))
    levels_found = {finding.name: finding.level for finding in judge(told)}
    assert levels_found["level_later"] != "go"  # later years default more often, which nobody could foresee
    assert {levels_found[name] for name in ("level", "slope", "fairness_level", "leak", "features_shift")} == {"go"}


def test_a_worse_model_never_gets_a_milder_answer(undated):
    random = undated.split("random")
    own = random.challenges[0].measures
    worse = own.__class__(**{**own.__dict__, "auc": own.auc.__class__(0.55, 0.50, 0.60, 0.02)})
    challenge = random.challenges[0].model_copy(update={"measures": worse})
    split = random.model_copy(update={"challenges": [challenge, *random.challenges[1:]]})
    found = judge(undated.model_copy(update={"splits": [split]}))
    assert SEVERITY[verdict_of(found)] >= SEVERITY[verdict_of(judge(undated))]
    assert next(each for each in found if each.name == "discrimination").level == "stop"


def test_rows_of_whom_nothing_is_told_are_no_group(undated):
    nobody = GroupTreatment(
        "not told", 900, 0.5, *(Share(0.1, 0.05, 0.15),) * 2, 0.1, None, None, Share(9.0, 8.0, 10.0), None
    )
    random = undated.split("random")
    spoilt = random.model_copy(update={"fairness": {n: [*g, nobody] for n, g in random.fairness.items()}})
    assert measures(undated.model_copy(update={"splits": [spoilt]})) == measures(undated)


@pytest.mark.parametrize("language", languages())
def test_every_block_reads_in_every_language(language, dated, undated):
    edition = Edition.of(language, "model_validation")
    for told in (dated, undated):
        anchors = []
        for block in chapters(edition, told):
            plain = " ".join(block.plain().values())
            assert not re.search(r"\bnan\b|\bNone\b|\{[a-z_]+\}", plain), plain[:300]
            anchors += [block.anchor] if hasattr(block, "anchor") else []
            if isinstance(block, Table):
                assert all(len(row) == len(block.columns) for row in block.rows)
        assert len(anchors) == len(set(anchors))


def test_limits_have_a_day_a_source_and_a_good_side():
    for name, rule in validation_limits().items():
        limits = rule.on(date(2026, 1, 1))
        assert rule.sign * limits.go <= rule.sign * limits.stop, name
        assert limits.source


def test_what_cannot_be_judged_is_told_before_anything_is_built(tmp_path):
    with pytest.raises(BadInput, match="challengers"):
        build(REPORT, typed_parameters(REPORT, ["dataset=german", "challengers=oracle"], "en"), tmp_path)
    with pytest.raises(BadInput, match="dataset"):
        typed_parameters(REPORT, ["dataset=moon"], "en")
    assert not list(tmp_path.iterdir())


def test_the_built_report_says_its_answer_and_all_its_chapters(undated, tmp_path, monkeypatch):
    monkeypatch.setattr(reports.build, "RUNS", tmp_path / "runs")
    asked = typed_parameters(REPORT, ["dataset=german", "challengers=logistic"], "en")
    prepared = ValidationInputs(parameters=asked, review=undated, provenance=MADE)
    told = reports.build.Report(**{**REPORT.__dict__, "prepare": lambda parameters, advance: prepared})
    built = build(told, asked, tmp_path / "out", made=MADE)
    text = " ".join(page.extract_text() for page in PdfReader(built.pdf).pages)
    words = " ".join(text.split())
    edition = Edition.of("en", "model_validation")
    assert edition.say(f"verdicts.{verdict_of(judge(undated))}") in words
    for chapter in ("answer", "sample", "discrimination", "levels", "stability", "fairness", "ablation", "limits"):
        assert edition.say(f"{chapter}.heading") in words, chapter
    assert not DEBRIS.search(words)
    assert json.loads(built.manifest.read_text())["inputs_sha256"] == {"data/german": undated.data_hash}
