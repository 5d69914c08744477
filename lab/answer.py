"""What all answers of commands have in common."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Keys that its schema names and no others; may be read off an object that has them as attributes.

    A key may begin with `model_`, for many answers speak of models.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True, protected_namespaces=())
