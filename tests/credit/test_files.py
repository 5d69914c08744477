"""Files and folders appear whole or not at all; YAML says each thing once and builds nothing."""

import math
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from credit.errors import BadInput
from credit.files import (
    PROJECT,
    canonical_json,
    folder_written_whole,
    read_yaml,
    sha256_of_file,
    sha256_of_text,
    write_bytes,
    write_json,
    write_text,
)

DEEP = 5000
REFUSED_YAML = {
    "a key said twice": ("rate: 1\nterm: 2\nrate: 3\n", "'rate' stands twice"),
    "a key said twice below": ("loan:\n  rate: 1\n  rate: 1\n", "'rate' stands twice"),
    "keys equal as numbers": ("1: a\n1.0: b\n", "stands twice"),
    "a tag that builds an object": ("a: !!python/object/apply:os.system [ls]\n", "tag"),
    "an alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "aliases are not allowed"),
    "a value that holds itself": ("a: &a [*a]\n", "aliases are not allowed"),
    "bottomless lists": ("a: " + "[" * DEEP, "must be plain YAML"),
    "bottomless mappings": ("\n".join(" " * depth + "a:" for depth in range(DEEP // 2)), "must be plain YAML"),
    "a list as a key": ("? [a]\n: b\n", "a key must be a plain word or number"),
    "an impossible date": ("a: 2024-13-45\n", "month must be in 1..12"),
    "a number without end": ("a: " + "9" * DEEP, "must be plain YAML"),
    "a control character": ("a: \x00\n", "must be plain YAML"),
    "two documents": ("a: 1\n---\nb: 1\n", "another document"),
    "nothing": ("", "must be a mapping"),
    "a list": ("- a\n", "must be a mapping"),
    "broken brackets": ("a: [1, 2\n", "must be plain YAML"),
}


@pytest.mark.parametrize("case", REFUSED_YAML)
def test_yaml_that_means_two_things_or_too_much_is_bad_input(tmp_path, case):
    text, rule = REFUSED_YAML[case]
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_yaml(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert rule in problem.rule


def test_the_line_of_a_repeated_key_is_named(tmp_path):
    (tmp_path / "twice.yaml").write_text("rate: 1\nterm: 2\nrate: 3\n")
    with pytest.raises(BadInput) as caught:
        read_yaml(tmp_path / "twice.yaml")
    assert caught.value.problems[0].row == 3


def test_what_cannot_be_read_is_bad_input_with_its_reason(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gb18030.yaml").write_bytes("名称: 塑料".encode("gb18030"))
    for name, rule in (("absent.yaml", "does not exist"), ("folder.yaml", "directory"), ("gb18030.yaml", "UTF-8")):
        with pytest.raises(BadInput, match=rule):
            read_yaml(tmp_path / name)


def test_equal_content_has_equal_canonical_bytes():
    assert canonical_json({"b": 1, "a": [True, None]}) == canonical_json({"a": [True, None], "b": 1})
    assert canonical_json({"grade": "聚丙烯"}) == '{"grade":"聚丙烯"}'
    for no_number in (math.nan, math.inf):
        with pytest.raises(ValueError, match="JSON"):
            canonical_json(no_number)


def test_hashes_are_sha256_of_the_bytes(tmp_path):
    """FIPS 180-2, appendix B.1: the message "abc"."""
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of_text("abc") == sha256_of_file(tmp_path / "abc") == published


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "answer.json"
    write_json(path, {"loss": 1})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"loss": math.nan})
    with pytest.raises(TypeError):
        write_bytes(path, "text is not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["answer.json"]


def killed_while(action: str, folder) -> None:
    """Run an action in another process that kills itself in the middle of it."""
    code = f"""
import os, pathlib, signal
from credit import files
folder = pathlib.Path({str(folder)!r})
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
{action}
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=PROJECT)
    assert ended.returncode == -9


def test_a_kill_in_the_middle_of_a_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "state.json"
    write_text(path, "old")
    killed_while("os.fsync = die\nfiles.write_text(folder / 'state.json', 'new' * 10**6)", tmp_path)
    assert path.read_text() == "old"


def test_a_kill_in_the_middle_of_a_folder_leaves_no_folder(tmp_path):
    action = """
with files.folder_written_whole(folder / 'out') as scratch:
    (scratch / 'first.parquet').write_text('half')
    die()
"""
    killed_while(action, tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "shared"
    size = 300_000
    write_bytes(path, b"0" * size)
    seen = set()
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            content = path.read_bytes()
            seen.add((len(content), len(set(content))))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(40):
        write_bytes(path, str(turn % 10).encode() * size)
    is_over.set()
    reader.join()
    assert seen == {(size, 1)}


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    for content in ("first", "second"):
        with folder_written_whole(out) as scratch:
            (scratch / "told.txt").write_text(content)
            assert not out.exists() or (out / "told.txt").read_text() == "first"
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("told.txt", "second")]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_slip_in_a_path_deletes_nobodys_files(tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "thesis.docx").write_text("years of work")
    with pytest.raises(BadInput, match=r"thesis\.docx"), folder_written_whole(documents) as scratch:
        (scratch / "firms.parquet").write_text("rows")
    assert [path.name for path in documents.iterdir()] == ["thesis.docx"]
    with folder_written_whole(documents, is_ours=True) as scratch:
        (scratch / "firms.parquet").write_text("rows")
    assert [path.name for path in documents.iterdir()] == ["firms.parquet"]


@pytest.mark.parametrize("is_there_before", [False, True])
def test_a_failed_folder_changes_nothing(tmp_path, is_there_before):
    out = tmp_path / "out"
    if is_there_before:
        out.mkdir()
        (out / "old.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), folder_written_whole(out) as scratch:
        (scratch / "new.txt").write_text(str(1 / 0))
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.txt")] == ["out/old.txt"] * (
        is_there_before
    )
    assert [path.name for path in tmp_path.iterdir()] == ["out"] * is_there_before


def test_a_folder_whose_last_step_fails_keeps_the_old_one(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.txt").write_text("old")
    refusals = [OSError("the new folder cannot take its place")]
    rename = Path.replace

    def refuse_once(source: Path, target: Path) -> Path:
        if target == out and refusals:
            raise refusals.pop()
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", refuse_once)
    with pytest.raises(OSError, match="take its place"), folder_written_whole(out, is_ours=True) as scratch:
        (scratch / "new.txt").write_text("new")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["out", "out/old.txt"]


def test_a_file_in_the_place_of_a_folder_is_bad_input(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadInput, match="must be a folder"), folder_written_whole(tmp_path / "out"):
        pytest.fail("the block must not run")
    assert (tmp_path / "out").read_text() == "a file"
