"""Everything the memo's notebook reads: the product as it was checked, and the state of the sources."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from credit.errors import BadInput, Problem
from credit.files import PROJECT, read_text
from credit.products import Product, load_product
from reports.blocks import Table
from reports.closing import HASH_SHOWN, source_rows
from reports.edition import Edition
from reports.product_memo.offer import Offer, offer_of
from reports.product_memo.parameters import MemoParameters
from reports.product_memo.words import titled, word, wrapper_name
from reports.provenance import Provenance, provenance
from reports.tables import code, record

FILE = "inputs.json"


class MemoInputs(BaseModel):
    """What the notebook reads.

    Attributes:
        parameters: what was asked.
        product: the checked product as JSON text, so that it is read back as strictly as its file.
        provenance: commit, lock, versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: MemoParameters
    product: str
    provenance: Provenance

    @classmethod
    def read(cls, folder: Path) -> "MemoInputs":
        """The inputs that a build wrote into its run folder.

        Raises:
            BadInput: there are none.
        """
        return cls.model_validate(json.loads(read_text(folder / FILE)))

    def checked_product(self) -> Product:
        """The product itself."""
        return Product.model_validate_json(self.product)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of the product's content: equal terms give equal hashes, wherever the file lies."""
        product = self.checked_product()
        return {f"product/{product.name}": product.hash}

    def seeds(self) -> list[int]:
        """Nothing is drawn."""
        return []

    def offer(self) -> Offer:
        """The judged form as an offer."""
        asked = self.parameters
        return offer_of(self.checked_product(), asked.form, asked.lender, asked.pd)


def product_file(name: str) -> Path:
    """A product file: looked for from where one stands, then from the project.

    Raises:
        BadInput: there is none.
    """
    given = Path(name).expanduser()
    found = [path for path in (given, PROJECT / given) if path.is_file()]
    if not found:
        remedy = "name a file, such as data/products/purchase_loan.yaml"
        raise BadInput(Problem("there is no such product file", field="product", value=name, remedy=remedy))
    return found[0]


def prepare(parameters: MemoParameters) -> MemoInputs:
    """Read and check the product, and that the asked form and lender exist.

    Raises:
        BadInput: the product is not sound, or has no such form, or the wrapper is not open to the lender.
    """
    product = load_product(product_file(parameters.product))
    made = MemoInputs(parameters=parameters, product=product.model_dump_json(), provenance=provenance())
    made.offer().treatment  # noqa: B018  # a lender who may not use the wrapper is told before anything is built
    return made


def inputs_of(folder: str, **parameters: Any) -> MemoInputs:
    """What a notebook reads: the inputs that a build wrote or, opened by hand (no folder), a product of its own."""
    return MemoInputs.read(Path(folder)) if folder else prepare(MemoParameters.model_validate(parameters))


def parameters_table(edition: Edition, inputs: MemoInputs) -> Table:
    """What was asked."""
    offer = inputs.offer()
    rows = {
        "product": titled(edition, inputs.checked_product()),
        "form": titled(edition, offer.form),
        "wrapper": wrapper_name(edition, offer.setting.wrapper),
        "lender": word(edition, "lenders", offer.setting.lender),
        "pd": edition.numbers.share(offer.setting.pd_annual),
        "day": edition.numbers.day(offer.setting.day),
        "language": code(inputs.parameters.language),
    }
    named = [(edition.say(f"provenance.parameters.rows.{name}"), value) for name, value in rows.items()]
    return record(edition, "provenance.parameters", "table-parameters", named)


def hashes_table(edition: Edition, inputs: MemoInputs) -> Table:
    """Commit, sources, lock, and the product's own hash."""
    product = inputs.checked_product()
    named = source_rows(edition, inputs.provenance)
    named.append((edition.say("provenance.hashes.rows.product"), code(product.hash[:HASH_SHOWN])))
    return record(edition, "provenance.hashes", "table-hashes", named)
