"""One row of a page's table of parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...specs.spec import ABSENT


@dataclass(slots=True)
class Doubt:
    """A message for the reviewer, with its offset on the page and the part of the spec that it is about, if any."""

    offset: int
    message: str
    pointer: str = ""


@dataclass(slots=True)
class ParameterRow:
    """One parameter. `values` are those shown of a list, None if the page speaks of none; `total` is how many the page
    says there are. A row is not `whole` if the page ends in it.

    `items` are the rows of an array's items or of an object's fields; a line below the row announces them if it `opens`
    them. `item_type` is what the page says of items that have no rows. `depth` is how deep the element is on the page.
    `says_required` is whether the page says if it is required.
    """

    name: str
    type: str
    required: bool
    offset: int
    format: str | None = None
    description: str = ""
    default: Any = ABSENT
    minimum: float | None = None
    maximum: float | None = None
    values: list[Any] | None = None
    total: int | None = None
    whole: bool = True
    items: list[ParameterRow] = field(default_factory=lambda: list[ParameterRow]())
    opens: bool = False
    item_type: str = ""
    item_format: str | None = None
    depth: int = 0
    says_required: bool = False
    doubts: list[Doubt] = field(default_factory=list[Doubt])

    def doubt(self, message: str, offset: int | None = None) -> None:
        self.doubts.append(Doubt(self.offset if offset is None else offset, f"{self.name}: {message}"))

    def take_values(self, other: ParameterRow) -> None:
        """Take the default, the range, the list and the doubts of another reading of this row."""
        self.default, self.values, self.total = other.default, other.values, other.total
        self.minimum, self.maximum = other.minimum, other.maximum
        self.doubts += other.doubts
