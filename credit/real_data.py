"""Where the public data sets lie that proofs are made on, and which proofs fall away when they do not.

The laboratory ships readers, not data. The environment variable `CREDITLAB_REAL_DATA` names the folder; without it,
`../shared/data` beside the checkout is tried.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from credit.files import PROJECT

VARIABLE = "CREDITLAB_REAL_DATA"


@dataclass(frozen=True)
class Proof:
    """A published or measured result that the laboratory reproduces.

    Attributes:
        name: short name; `creditlab fit NAME` makes it.
        title: what is proven, for a report.
        file: the data set, relative to the folder of real data.
    """

    name: str
    title: str
    file: str


PROOFS = (
    Proof("li2018", "Table 8 of Li, Mickel & Taylor (2018), to the printed digit", "loans/sba_case_li2018.csv"),
    Proof("sba", "Default timing on SBA 7(a) loans, tested on later years", "loans/sba_casecontrol.csv.gz"),
)


def folder() -> Path:
    """The folder of real data, whether or not it exists."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else PROJECT.parent / "shared" / "data"


def path_of(proof: Proof) -> Path:
    """The data set of a proof, whether or not it exists."""
    return folder() / proof.file


def skipped_proofs() -> list[Proof]:
    """The proofs that cannot be made here because their data set is absent."""
    return [proof for proof in PROOFS if not path_of(proof).is_file()]
