"""What a reader may ask of the product memo, typed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MemoParameters(BaseModel):
    """Parameters of the product memo.

    Attributes:
        product: the product file; looked for from where the command runs, then from the project.
        form: the form that is judged; empty = the product's first.
        lender: who lends; empty = the first that the form's wrapper is open to.
        pd: the reference client's default probability within a year; 0 = that of data/parameters/product_memo.yaml.
        language: the catalogue of texts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: Annotated[str, Field(min_length=1, description="The product file.")] = "data/products/purchase_loan.yaml"
    form: Annotated[str, Field(description="The form that is judged; empty = the first.")] = ""
    lender: Annotated[str, Field(description="Who lends; empty = the first that the wrapper is open to.")] = ""
    pd: Annotated[float, Field(ge=0, lt=1, description="The reference client's PD a year; 0 = the file's.")] = 0.0
    language: Annotated[str, Field(min_length=2, description="The catalogue of texts: en or zh.")] = "en"
