"""What will be owed at default on a line that can still be drawn.

A client in trouble draws what is left: of the undrawn part L - D a share, the credit conversion factor (CCF), is drawn
between now and default. A line that the lender may cancel at once loses less, as far as the lender watches. The
exposure of amortising plans over time is in their schedules (`credit.contracts`).
"""

from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from credit.parameters import parameters
from credit.ranges import Floats, share, within


def exposure_at_default(drawn: ArrayLike, limit: ArrayLike, conversion_factor: ArrayLike) -> Floats:
    """EAD = D + CCF max(0, L - D), in the unit of the amounts.

    A line drawn beyond a limit that was cut is owed as it is drawn: nothing is taken off for the excess.

    Args:
        drawn: owed today (D), at least 0.
        limit: what may be owed (L), at least 0.
        conversion_factor: part of the undrawn amount that is drawn before default, from 0 to 1.

    Raises:
        BadInput: an argument is out of its range.
    """
    owed = within("drawn", drawn, low=0.0)
    undrawn = np.maximum(0.0, within("limit", limit, low=0.0) - owed)
    return owed + share("conversion_factor", conversion_factor) * undrawn


def conversion_factor(is_committed: ArrayLike, on: date) -> Floats:
    """The credit conversion factor of committed and of uncommitted lines, from `data/parameters/loss.yaml`.

    Args:
        is_committed: whether the lender must pay when the client asks; bool or an array of them.
        on: day on which the parameters are read.
    """
    known = parameters("loss")
    factors = known.value("conversion_factor_committed", on), known.value("conversion_factor_uncommitted", on)
    return np.where(np.asarray(is_committed, dtype=bool), *factors)
