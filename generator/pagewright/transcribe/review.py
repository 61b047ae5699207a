"""The notes of a draft: `# review:` comments, and errata for contradictions within the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .pages.page import Page


@dataclass(frozen=True, slots=True)
class Review:
    """Something to look at: place on the page (from 1), what about it, and which part of the spec it is about."""

    line: int
    column: int
    message: str
    pointer: str = ""


@dataclass(slots=True)
class Notes:
    """Collects both while a page is turned into a spec; one erratum for each place, the last word on it counts.

    `url` is the address that the page was fetched from, "" for a saved one.
    """

    page: Page
    page_name: str
    url: str = ""
    reviews: list[Review] = field(default_factory=list[Review])
    errata: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def review(self, offset: int, message: str, pointer: str = "") -> None:
        line, column = self.page.place(min(offset, len(self.page.text)))
        review = Review(line, column, message, pointer)
        if review not in self.reviews:
            self.reviews.append(review)

    def erratum(self, at: str, documented: Any, used: Any, why: str, basis: str = "page") -> None:
        for erratum in self.errata:
            if erratum["at"] == at:
                erratum["used"] = used
                return
        texts = {"basis": basis, "why": why}
        self.errata.append({"at": at, "page": self.page_name, "documented": documented, "used": used, **texts})
