"""Statlog German credit (UCI 144, CC BY 4.0): 1,000 loans of a southern German bank, 1973 to 1975.

Names follow the correction of the code table by U. Grömping, South German Credit Data (Reports in Mathematics, Physics
and Chemistry 4/2019, Beuth University Berlin). The table that UCI prints gives the codes of eight attributes another
meaning: as printed, "critical account" would be the best credit history, "no checking account" the best account, nearly
everybody a foreign worker, and those who own a house would have no property. By the same source one code of personal
status holds women who are not single and men who are: it serves as a group, not as a gender.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.files import sha256_of_file
from credit.validation_sets.base import ValidationSet, in_bands

FILE = "loans/german_credit.data"

_NAMES: dict[str, dict[str, str]] = {
    "checking_account": {"A11": "none", "A12": "overdrawn", "A13": "0 to 200 DM", "A14": "above 200 DM or salary"},
    "duration_months": {},
    "credit_history": {
        "A30": "was late before", "A31": "critical, or credits elsewhere", "A32": "no credits, or all repaid duly",
        "A33": "repays duly so far", "A34": "all credits here repaid duly",
    },
    "purpose": {
        "A40": "other", "A41": "new car", "A42": "used car", "A43": "furniture", "A44": "radio or television",
        "A45": "appliances", "A46": "repairs", "A47": "education", "A48": "holiday", "A49": "retraining",
        "A410": "business",
    },
    "amount_dm": {},
    "savings": {
        "A61": "none or unknown", "A62": "below 100 DM", "A63": "100 to 500 DM", "A64": "500 to 1000 DM",
        "A65": "above 1000 DM",
    },
    "employed_since": {
        "A71": "unemployed", "A72": "below 1 year", "A73": "1 to 4 years", "A74": "4 to 7 years",
        "A75": "above 7 years",
    },
    "instalment_rate_class": {},
    "personal_status": {
        "A91": "man divorced or separated", "A92": "woman not single or man single", "A93": "man married or widowed",
        "A94": "woman single",
    },
    "other_debtors": {"A101": "none", "A102": "co-applicant", "A103": "guarantor"},
    "residence_class": {},
    "property": {
        "A121": "none or unknown", "A122": "car or other", "A123": "savings agreement or life insurance",
        "A124": "real estate",
    },
    "age_years": {},
    "other_instalment_plans": {"A141": "bank", "A142": "shop", "A143": "none"},
    "housing": {"A151": "free", "A152": "rent", "A153": "own"},
    "credits_here": {},
    "job": {
        "A171": "unskilled, not resident", "A172": "unskilled", "A173": "skilled", "A174": "management or own business",
    },
    "dependants_class": {},
    "telephone": {"A191": "no", "A192": "yes"},
    "foreign_worker": {"A201": "not foreign", "A202": "foreign"},
}  # fmt: skip
"""Column names in the file's order, with the names of the codes; none for numbers."""

DIRECTIONS = {"duration_months": 1}
"""A longer loan leaves more time to fail. On age the policy is silent by law, on the rest (classes) by ignorance."""

_GROUPS = dict.fromkeys(_NAMES, "C") | {
    "checking_account": "T", "savings": "T", "credit_history": "X", "other_instalment_plans": "X", "credits_here": "X",
    "other_debtors": "L", "duration_months": "L", "amount_dm": "L", "purpose": "L", "instalment_rate_class": "L",
}  # fmt: skip


def german(source: Path) -> ValidationSet:
    """Read the file, or find it in a folder of real data.

    Returns:
        1,000 rows in the published file; y = 1 is class 2, bad.

    Raises:
        BadInput: a line has not 21 cells, or a cell holds a code that the attribute does not have.
    """
    path = source / FILE if source.is_dir() else source
    raw = read_blank_separated(path, len(_NAMES) + 1)
    problems: list[Problem] = []
    columns: dict[str, object] = {}
    for position, (name, codes) in enumerate(_NAMES.items()):
        cells = raw[position]
        if codes:
            known = cells.isin(list(codes))
            columns[name] = pd.Categorical(cells.map(codes), categories=list(dict.fromkeys(codes.values())))
            rule = f"must be one of {', '.join(codes)}"
        else:
            numbers = pd.to_numeric(cells, errors="coerce").astype(float)
            known = pd.Series(np.isfinite(numbers) & (numbers >= 0))
            columns[name] = numbers.to_numpy()
            rule = "must be a number >= 0"
        problems += [Problem(rule, str(path), name, cells[at], int(at) + 1) for at in np.flatnonzero(~known.to_numpy())]
    outcome = raw[len(_NAMES)]
    known = outcome.isin(["1", "2"])
    problems += [
        Problem("must be 1 (good) or 2 (bad)", str(path), "class", outcome[at], int(at) + 1)
        for at in np.flatnonzero(~known.to_numpy())
    ]
    if problems:
        raise BadInput(problems)
    X = pd.DataFrame(columns)
    age = X["age_years"].to_numpy()
    return ValidationSet(
        name="german",
        X=X,
        y=(outcome == "2").to_numpy(dtype=np.int64),
        weights=np.ones(len(X)),
        vintage=np.zeros(len(X), dtype=np.int64),
        directions=dict(DIRECTIONS),
        groups=dict(_GROUPS),
        data_hash=sha256_of_file(path),
        exclusions={},
        outcome="not repaid as agreed (class 2)",
        outcome_column="class",
        segments={
            "age": in_bands(age, (26.0, 60.0), ("age to 25", "age 26 to 59", "age 60 and more"), "not told"),
            "personal_status": X["personal_status"].astype(object).to_numpy(),
            "foreign_worker": X["foreign_worker"].astype(object).to_numpy(),
        },
    )


def read_blank_separated(path: Path, width: int) -> pd.DataFrame:
    """Cells of a blank-separated text file without header, columns 0, 1, ...

    Raises:
        BadInput: the file is empty, unreadable, or a line has another number of cells.
    """
    from credit.export_files import decode, file_bytes

    lines = [line.split() for line in decode(file_bytes(path), str(path))[0].splitlines() if line.strip()]
    problems = [
        Problem(f"must hold {width} cells separated by blanks", str(path), value=f"{len(cells)} cells", row=at)
        for at, cells in enumerate(lines, 1)
        if len(cells) != width
    ]
    if problems:
        raise BadInput(problems)
    return pd.DataFrame(lines, columns=range(width), dtype=object)
