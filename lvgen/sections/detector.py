"""``[detector]``: which detector, with what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from lvgen.detection.registry import load_detector
from lvgen.detection.schema import Detector
from lvgen.errors import UserError
from lvgen.validation import Table, as_text, shown, text


class DetectorSection(Table):
    """Which detector, with what changed.

    overrides : entries of the card that replace the file's; description : the detector with them in place
    """

    name: Annotated[str, text(most=200)] = Field(examples=['"FASER2"'])
    overrides: dict[str, Any] = Field(default_factory=dict, repr=False)
    description: Detector = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        if isinstance(data, BaseModel):
            return data
        if not isinstance(data, Mapping):
            raise UserError(f"{shown(data)} where a table is due (with name and changes)")
        if "name" not in data:
            raise UserError('missing; write for example name = "FASER2"', key="name")
        try:
            name = as_text(data["name"])
        except UserError as error:
            raise error.at(key="name") from None
        overrides = {key: value for key, value in data.items() if key != "name"}
        try:
            description = load_detector(name, overrides)
        except UserError as error:
            place = error.key if error.key and not error.file else "name"
            raise UserError(str(error) if error.file else error.what, key=place) from None
        return {"name": name, "overrides": overrides, "description": description}
