"""Products as files: what a product team writes in YAML, checked on the way in, and the contracts that follow.

A product has one or more forms; each form names the contract that it promises and carries that contract's numbers. A
new product is a new file, not new code.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from credit.contracts import Contract
from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.form_terms import Term
from credit.lease_forms import MachineLeaseForm, SaleLeasebackForm
from credit.loan_forms import GrowthLoanForm, RevenueShareForm, TurnoverRevolverForm
from credit.product_changes import change
from credit.product_forms import Eligibility, ProductForm, Wrapper
from credit.purchase_forms import GoodsControlledForm, OpenAccountForm, PurchaseForm
from credit.receivable_forms import AssignedReceivableForm, ReceivablesAdvanceForm
from credit.sourced import STRICT, read_model
from credit.validation_words import problems_of
from credit.wrapper_rules import WRAPPERS, ContractName, wrapper_rules

__all__ = [
    "Eligibility",
    "GoodsControlledForm",
    "OpenAccountForm",
    "Product",
    "ProductForm",
    "PurchaseForm",
    "Term",
    "Wrapper",
    "load_product",
    "product_schema",
]

Form = Annotated[
    OpenAccountForm
    | GoodsControlledForm
    | AssignedReceivableForm
    | MachineLeaseForm
    | SaleLeasebackForm
    | TurnoverRevolverForm
    | ReceivablesAdvanceForm
    | GrowthLoanForm
    | RevenueShareForm,
    Field(discriminator="contract"),
]
CONTRACTS = get_args(ContractName)
"""What a form may promise; pydantic adds the name to the path of a field."""


class Product(BaseModel):
    """A credit product: who may have it, in which forms, on which terms."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    title_zh: str
    need: Annotated[str, Field(min_length=10, description="What the client needs it for.")]
    valid_from: date
    valid_until: date | None = None
    priced_on: date = Field(description="The day whose parameters (data/parameters/pricing.yaml) price the product.")
    forms: Annotated[dict[str, Form], Field(min_length=1)]

    @field_validator("valid_until")
    @classmethod
    def _ends_after_it_starts(cls, until: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if until is not None and start is not None and until < start:
            raise ValueError(f"must not lie before valid_from, {start}")
        return until

    @field_validator("priced_on")
    @classmethod
    def _priced_while_valid(cls, day: date, info: ValidationInfo) -> date:
        start, until = info.data.get("valid_from"), info.data.get("valid_until")
        if (start is not None and day < start) or (until is not None and day > until):
            raise ValueError(f"must lie within the product's validity, {start} to {until or 'further notice'}")
        return day

    def changed(self, changes: Mapping[str, Any]) -> "Product":
        """The same product with some fields changed, checked as a file is.

        A number keeps its unit, and its range where the new value lies inside; its source then says that it was changed
        in code, and its confidence becomes `assumption`, for nobody has vouched for it yet.

        Args:
            changes: field -> value, see `credit.product_changes.change`: {"deposit_share": 0.2} changes every form that
                has a deposit, {"forms.open_account.term.longest": 60} one number of one form.

        Returns:
            A new product; this one stays as it is.

        Raises:
            BadInput: no such field, or the product would break a rule; every problem names field, value and rule.
        """
        content = self.model_dump()
        where = f"{self.name}, changed"
        for field, value in changes.items():
            change(content, field, value, where)
        try:
            product = Product.model_validate(content)
        except ValidationError as error:
            told = [_as_in_the_file(problem) for problem in problems_of(error, where, model=Product)]
            raise BadInput(told, headline=f"{self.name} cannot be changed so") from error
        _check_wrappers_fit(product, where)
        _check_forms_run(product, where)
        return product

    @property
    def hash(self) -> str:
        """SHA-256 of the content: equal terms give equal hashes, however the file is laid out."""
        return sha256_of_text(canonical_json(self.model_dump(mode="json")))

    def any_form(self, name: str) -> ProductForm:
        """A form by its name, whatever it promises.

        Raises:
            BadInput: the product has no such form.
        """
        if name not in self.forms:
            rule = f"the product {self.name} has the forms {', '.join(self.forms)}"
            raise BadInput(Problem(rule, field="form", value=name))
        return self.forms[name]

    def form(self, name: str) -> PurchaseForm:
        """A form of purchase finance by its name.

        Raises:
            BadInput: the product has no such form, or it is no purchase finance.
        """
        chosen = self.any_form(name)
        if not isinstance(chosen, PurchaseForm):
            raise BadInput(Problem("must be a form of purchase finance", field="form", value=name))
        return chosen

    @property
    def first_form(self) -> str:
        """The form that is meant when none is named."""
        return next(iter(self.forms))

    def reference_contract(self, form: str, term: int | None = None) -> Contract:
        """The typical contract of a form, from the day on which the product is priced: what a quote is told for.

        Args:
            form: its name.
            term: days or months, as the form counts; its own when absent.

        Raises:
            BadInput: the product has no such form, or the form does not allow such a term.
        """
        return self.any_form(form).reference_contract(self.priced_on.toordinal(), term)


def load_product(path: Path) -> Product:
    """Read and check a product file.

    Raises:
        BadInput: the file is absent or not plain YAML, a key is unknown, missing or said twice, a unit, a value or the
            order of dates is wrong, or a form's typical contract cannot be made for its own, shortest or longest term;
            every problem names file, field, value and rule.
    """
    try:
        product = read_model(path, Product, "product")
    except BadInput as error:
        raise BadInput([_as_in_the_file(problem) for problem in error.problems], headline=error.headline) from error
    _check_wrappers_fit(product, str(path))
    _check_forms_run(product, str(path))
    return product


def _check_wrappers_fit(product: Product, where: str) -> None:
    """Refuse a product with a form whose legal wrapper cannot carry its contract: a lease needs a machine."""
    told = []
    for name, form in product.forms.items():
        rules = wrapper_rules(form.wrapper)
        if broken := rules.refused_contract(form.contract, product.priced_on):
            rule = f"cannot carry the contract {form.contract}. {broken.rule} ({broken.source})"
            remedy = f"choose one of {', '.join(_wrappers_of(form.contract, product.priced_on))}"
            told.append(Problem(rule, where, f"forms.{name}.wrapper", form.wrapper, remedy=remedy))
    if told:
        raise BadInput(told, headline=f"{where} is not a valid product")


def _wrappers_of(contract: str, day: date) -> list[str]:
    return [name for name in WRAPPERS if wrapper_rules(name).refused_contract(contract, day) is None]


def _check_forms_run(product: Product, where: str) -> None:
    """Refuse a product with a form whose typical contract cannot be made for its own, shortest or longest term."""
    for name, form in product.forms.items():
        for term in (form.own_term.default.value, form.own_term.shortest.value, form.own_term.longest.value):
            try:
                product.reference_contract(name, term).schedule()
            except BadInput as error:
                told = [replace(p, file=where, field=f"forms.{name}.{p.field}") for p in error.problems]
                headline = f"{where} is not a valid product: its form {name} cannot run for {term} {form.term_unit}"
                raise BadInput(told, headline=headline) from error


def _as_in_the_file(problem: Problem) -> Problem:
    """The path of a field without the step that pydantic adds for the contract of a form."""
    steps = (problem.field or "").split(".")
    if len(steps) > 2 and steps[0] == "forms" and steps[2] in CONTRACTS:
        del steps[2]
    return replace(problem, field=".".join(steps) or None)


def product_schema() -> dict[str, Any]:
    """The JSON Schema of product files; `data/products/schema.json` holds it for editors."""
    return Product.model_json_schema()
