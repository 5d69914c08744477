"""What the model says about those whom an earlier lender refused: outcomes hidden from the fit, and looked up after."""

from collections.abc import Iterator

from credit.validation.review_contents import Review
from reports.blocks import Block
from reports.edition import Edition
from reports.model_validation.words import ratio, source
from reports.tables import record


def blocks(edition: Edition, review: Review) -> Iterator[Block]:
    """The test's numbers; a sentence where too few outcomes are left."""
    key, numbers, hidden = "refused", edition.numbers, review.hidden
    if hidden is None:
        yield edition.note(f"{key}.none")
        return
    yield edition.prose(
        f"{key}.text",
        share=numbers.share(hidden.hidden_share, 0),
        forecast=numbers.share(hidden.forecast_by_accepted),
        observed=numbers.share(hidden.default_rate),
        multiple=numbers.count(hidden.worst_multiple, 2),
    )
    rows = {
        "refused": numbers.count(hidden.refused),
        "observed": numbers.share(hidden.default_rate),
        "accepted": numbers.share(hidden.forecast_by_accepted),
        "factor": numbers.count(hidden.odds_factor, 2),
        "all": numbers.share(hidden.forecast_by_all),
        "auc_accepted": ratio(edition, hidden.auc_by_accepted.value),
        "auc_all": ratio(edition, hidden.auc_by_all.value),
    }
    named = [(edition.say(f"{key}.rows.{name}"), value) for name, value in rows.items()]
    told = record(edition, key, "table-refused", named, wide=0.8)
    yield told.model_copy(update={"source": source(edition, review.dataset)})
