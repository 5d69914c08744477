"""One hash for one content: not for the order of rows, nor for a file format or its writer."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from credit.table_language import Column

if TYPE_CHECKING:
    from hashlib import _Hash


def feed(digest: "_Hash", name: str, table: pd.DataFrame, columns: Sequence[Column], key: Sequence[str]) -> None:
    """Add a table of canonical dtypes to a digest: its name, its columns and its rows in the order of the key."""
    table = table.sort_values(list(key), kind="stable", ignore_index=True)
    digest.update(f"{name}:{len(table)}\n".encode())
    for column in columns:
        digest.update(f"{column.name}\n".encode())
        digest.update(_bytes(table[column.name], column))


def hash_of_table(name: str, table: pd.DataFrame, columns: Sequence[Column], key: Sequence[str]) -> str:
    """SHA-256, hexadecimal, of one table of canonical dtypes."""
    digest = hashlib.sha256()
    feed(digest, name, table, columns, key)
    return digest.hexdigest()


def _bytes(cells: pd.Series, column: Column) -> bytes:
    """The same cells as the same bytes, with missing ones told apart."""
    if column.kind in ("date", "month"):
        return cells.to_numpy().astype("datetime64[D]").astype("<i8").tobytes()
    if column.kind == "number":
        return np.where(cells.isna(), np.nan, cells.to_numpy() + 0.0).astype("<f8").tobytes()
    if column.kind in ("integer", "flag"):
        is_missing = cells.isna().to_numpy()
        return cells.astype("Int64").fillna(0).to_numpy(dtype="<i8").tobytes() + is_missing.tobytes()
    texts = cells.astype(object).where(cells.notna(), None).tolist()
    return json.dumps(texts, ensure_ascii=True, separators=(",", ":")).encode()
