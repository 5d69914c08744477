"""How a decision on an application is written into the log: texts become numbers, what was not offered stays 0."""

from sim.books.recorders import EventLog

REFUSED, OFFERED, ACCEPTED, DECLINED = range(4)
"""Outcomes of an application."""
NOTHING = 0, 0, 0


def write_decision(
    log: EventLog,
    firm: int,
    day: int,
    product: str,
    outcome: int,
    offer: tuple[int, int, int],
    pd_ppm: int,
    reasons: str,
    version: str,
    is_exception: int = 0,
) -> int:
    """Write a row of the table of decisions.

    Args:
        log: where to.
        firm: who asked.
        day: of the decision.
        product: asked for.
        outcome: REFUSED, OFFERED, ACCEPTED or DECLINED.
        offer: limit in fen, term in days and rate a year in ppm; NOTHING where nothing was offered.
        pd_ppm: of the last review.
        reasons: codes joined by `;`.
        version: policy and model that decided.
        is_exception: 1 where somebody overruled the model.

    Returns:
        The number of the row.
    """
    products, reason_sets, versions = log.products, log.reason_sets, log.versions
    return log.decisions.add(
        firm,
        day,
        products[product] if product in products else log.code(products, product),
        outcome,
        *offer,
        pd_ppm,
        reason_sets[reasons] if reasons in reason_sets else log.code(reason_sets, reasons),
        versions[version] if version in versions else log.code(versions, version),
        is_exception,
    )
