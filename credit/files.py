"""Reading and writing so that nothing is trusted blindly and nothing is left half done."""

import copy
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from credit.errors import BadInput, Problem

PROJECT = Path(__file__).resolve().parents[1]
"""The checkout: where `data/`, `notebooks/` and `reports/` are found from any working directory."""

DATA = PROJECT / "data"


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML only: no tags that build objects, no key said twice, no aliases (a few fill a memory)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed, write the value out", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word or number", key_node.start_mark
                )
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises:
        BadInput: the file is absent, not UTF-8, not YAML, uses tags or aliases, repeats a key or is not a mapping.
    """
    text = read_text(path)
    try:
        content = copy.deepcopy(_parsed(text))
    except (ValueError, RecursionError) as error:  # an impossible date, a number of 5000 digits, bottomless nesting
        raise BadInput(Problem(f"must be plain YAML: {error}", file=str(path))) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInput(
            Problem(
                rule=f"must be plain YAML: {getattr(error, 'problem', None) or error}",
                file=str(path),
                row=mark.line + 1 if mark else None,
            )
        ) from error
    if not isinstance(content, dict):
        raise BadInput(
            Problem("the top level must be a mapping of fields", file=str(path), value=type(content).__name__)
        )
    return content


@lru_cache(maxsize=256)  # a market reads a dozen product files, some 50 ms each; a copy of what was parsed takes 1
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_StrictLoader)


def read_text(path: Path) -> str:
    """Read UTF-8 text.

    Raises:
        BadInput: the path is absent, a directory, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadInput(Problem("the file does not exist", file=str(path))) from error
    except IsADirectoryError as error:
        raise BadInput(Problem("must be a file, not a directory", file=str(path))) from error
    except UnicodeDecodeError as error:
        raise BadInput(Problem("must be UTF-8 text", file=str(path), remedy="save it as UTF-8")) from error
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", file=str(path))) from error


def read_json(path: Path) -> Any:
    """Read any JSON value. Nothing that could run is ever read: no pickle, no tags.

    Raises:
        BadInput: the file is absent, not UTF-8, not JSON, or nested without bottom.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(Problem(f"must be JSON: {error.msg}", file=str(path), row=error.lineno)) from error
    except (ValueError, RecursionError) as error:  # a number of 5000 digits, bottomless nesting
        raise BadInput(Problem(f"must be JSON: {error}", file=str(path))) from error


def refuse_to_replace(out: Path, *read: Path) -> None:
    """What is to be written must not stand in place of what is read.

    Raises:
        BadInput: `out` is a folder, the same file as one of `read`, or a table of a folder among them.
    """
    if out.is_dir():
        raise BadInput(Problem("must be a file, not a folder", file=str(out), field="--out"))
    existing = [path for path in read if path.exists()] if out.exists() else []
    is_table = any(out.parent.samefile(path) and out.suffix == ".parquet" for path in existing if path.is_dir())
    if is_table or any(out.samefile(path) for path in existing):
        rule = "would be written over what is read from it"
        raise BadInput(Problem(rule, file=str(out), field="--out", remedy="choose another name"))


def canonical_json(content: Any) -> str:
    """JSON with sorted keys and no spare blanks: equal content gives equal bytes."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sha256_of_text(text: str) -> str:
    """Hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a temporary neighbour is renamed into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def json_bytes(content: Any) -> bytes:
    """Readable JSON with sorted keys, as a file holds it."""
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def write_json(path: Path, content: Any) -> None:
    """Write readable JSON with sorted keys, whole or not at all."""
    write_bytes(path, json_bytes(content))


@contextmanager
def file_written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour that becomes `path` only if the block ends without an error: for content that streams.

    Raises:
        BadInput: `path` is a folder.
    """
    if path.is_dir():
        raise BadInput(Problem("must be a file, not a directory", file=str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def folder_written_whole(path: Path, is_ours: bool = False) -> Iterator[Path]:
    """Give a scratch folder that becomes `path` only if the block ends without an error.

    An existing `path` is replaced as a whole; until then it stays as it was. A folder that holds anything which the new
    one does not is somebody else's and is left alone, so that a slip in a path never deletes a person's files.

    Args:
        path: the folder to write.
        is_ours: the folder lies in the laboratory's own store and may be replaced whatever it holds.

    Raises:
        BadInput: `path` exists and is not a folder, or holds files that would be lost.
    """
    if path.exists() and not path.is_dir():
        raise BadInput(Problem("must be a folder or not exist yet", file=str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield scratch
        scratch.chmod(0o755)
        if path.exists() and not is_ours:
            refuse_to_lose_files(path, {entry.name for entry in scratch.iterdir()})
        if path.exists():
            retired = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old."))
            path.replace(retired / path.name)
            try:
                scratch.replace(path)
            except BaseException:
                (retired / path.name).replace(path)
                retired.rmdir()
                raise
            shutil.rmtree(retired)
        else:
            scratch.replace(path)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def refuse_to_lose_files(old: Path, names: Collection[str]) -> None:
    """Refuse to replace a folder by one of these names if anything in it would be lost: best before any work is done.

    Raises:
        BadInput: it is no folder, or holds something else.
    """
    if old.exists() and not old.is_dir():
        raise BadInput(Problem("must be a folder or not exist yet", file=str(old)))
    if lost := sorted({entry.name for entry in old.iterdir()} - set(names)) if old.exists() else []:
        rule = f"holds what the new folder does not ({', '.join(lost[:3])}{', ...' if lost[3:] else ''}): not replaced"
        raise BadInput(Problem(rule, file=str(old), remedy="name another folder, or empty this one"))
