"""The product memo: which notebook, which parameters, what is made before it runs."""

from credit.files import PROJECT
from credit.products import load_product
from reports.build import Advance, Report
from reports.product_memo.inputs import MemoInputs, prepare, product_file
from reports.product_memo.parameters import MemoParameters


def _prepare(parameters: MemoParameters, advance: Advance) -> MemoInputs:
    inputs = prepare(parameters)
    advance(1)
    return inputs


def _folder(parameters: MemoParameters) -> str:
    """One folder a product, and a form when one was asked for: memos of a shelf stand side by side."""
    name = load_product(product_file(parameters.product)).name
    return "/".join(("product_memo", f"{name}-{parameters.form}" if parameters.form else name))


PRODUCT_MEMO = Report(
    name="product_memo",
    notebook=PROJECT / "notebooks" / "reports" / "product_memo.ipynb",
    parameters=MemoParameters,
    steps=lambda parameters: 0,
    prepare=_prepare,
    same_result=frozenset({"product"}),
    folder=_folder,
)
