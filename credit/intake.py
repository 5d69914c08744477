"""All or nothing: OUT appears whole, or it does not and `OUT.errors` says why, row by row."""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from credit.errors import BadInput, Problem, WorkFailed
from credit.files import folder_written_whole, write_json, write_text

LINEAGE = "lineage.json"
"""Says where a folder's content comes from; a folder without it is not ours to replace."""

_EXAMPLES = 5
_COLUMNS = ("table", "file", "row", "column", "value", "rule", "remedy")


@contextmanager
def all_or_nothing(out: Path, source: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes OUT only if the block ends without an error.

    When the block raises `BadInput`, OUT stays as it was, `OUT.errors` is replaced by `problems.csv` (every problem
    with table, file, row, column, value, rule and remedy) and `summary.json`, and a short `BadInput` is raised. When it
    ends well, `OUT.errors` of an earlier run is removed.

    Args:
        out: the folder to write.
        source: the file or folder that is read; OUT may not hold it nor lie in it.

    Raises:
        BadInput: OUT cannot be written or is not ours to replace, or the block raised it.
        WorkFailed: writing failed half-way, on a full disk for example; nothing was changed.
    """
    out = out.resolve()
    check_out(out, source)
    errors = out.with_name(f"{out.name}.errors")
    try:
        with folder_written_whole(out, is_ours=True) as scratch:
            yield scratch
    except BadInput as error:
        _write_errors(errors, error.problems)
        raise BadInput(error.problems[:_EXAMPLES], _headline(error.problems, errors)) from error
    except OSError as error:
        raise WorkFailed(f"{out} could not be written: {error.strerror}; nothing was changed") from error
    rmtree(errors, ignore_errors=True)


def check_out(out: Path, source: Path) -> None:
    """Refuse an OUT that would swallow its own source, somebody else's folder, or that cannot be written.

    Raises:
        BadInput: for each of these.
    """
    out, origin = out.resolve(), source.resolve()
    remedy = "name another folder with --out"
    if out == origin or origin in out.parents or out in origin.parents:
        rule = "must not be the input, lie in it or hold it"
        raise BadInput(Problem(rule, file=str(source), field="OUT", value=str(out), remedy=remedy))
    for folder in (out, out.with_name(f"{out.name}.errors")):
        if folder.exists() and not folder.is_dir():
            raise BadInput(Problem("must be a folder or not exist yet", field="OUT", value=str(folder), remedy=remedy))
    try:
        if out.is_dir() and any(out.iterdir()) and not (out / LINEAGE).is_file():
            rule = f"exists and was not written by `creditlab ingest` (it holds no {LINEAGE}): it is not replaced"
            raise BadInput(Problem(rule, field="OUT", value=str(out), remedy="name another folder, or empty it"))
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.probe."):
            pass
    except OSError as error:
        rule = f"cannot be written: {error.strerror}"
        raise BadInput(Problem(rule, field="OUT", value=str(out), remedy=remedy)) from error


def _write_errors(folder: Path, problems: Sequence[Problem]) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for problem in problems:
        place = (problem.table, problem.file, problem.row, problem.field)
        writer.writerow([*place, problem.value, problem.rule, problem.remedy])
    with folder_written_whole(folder, is_ours=True) as scratch:
        write_text(scratch / "problems.csv", table.getvalue())
        write_json(
            scratch / "summary.json",
            {
                "problems": len(problems),
                "rows": len({(problem.file, problem.row) for problem in problems if problem.row is not None}),
                "by_file": dict(Counter(problem.file or "" for problem in problems)),
                "by_rule": dict(Counter(problem.rule for problem in problems)),
            },
        )


def _headline(problems: Sequence[Problem], errors: Path) -> str:
    count = len(problems)
    lines = [
        f"{count:,} problem{'s' if count > 1 else ''}; nothing was written. Every one stands in {errors}/problems.csv"
    ]
    if count > _EXAMPLES:
        by_rule = Counter((problem.field, problem.rule) for problem in problems)
        lines += [f"  {found:>9,} × {field or 'file'}: {rule}" for (field, rule), found in by_rule.most_common(10)]
        if len(by_rule) > 10:
            lines.append(f"  and {len(by_rule) - 10} rules more")
        lines.append(f"The first {_EXAMPLES}:")
    return "\n".join(lines)


def read_lineage(folder: Path) -> dict[str, object]:
    """What `lineage.json` of a written folder says.

    Raises:
        BadInput: it is absent or no JSON object.
    """
    path = folder / LINEAGE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(Problem(f"holds no readable {LINEAGE}", file=str(folder))) from error
    if not isinstance(content, dict):
        raise BadInput(Problem("must be a JSON object", file=str(path)))
    return content
