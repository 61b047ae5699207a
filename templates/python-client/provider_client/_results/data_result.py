"""Results that are no files: the text of a chat, and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._http import Response
from .result import Result


class TextResult(Result):
    """The text that a model wrote, with the values of the response's headers.

    Attributes:
        text: The text. "" if there is none in the response; then `problem` says why, and `data` is what the model sent.
        usage: The counts of tokens, under the names that the service uses; {} if there are none.
        finish_reason: Why the text ends: `stop`, `end_turn`, `max_tokens`, …; None if the service does not say.
        data: The whole answer as parsed JSON; the text itself if the answer is plain text.
        problem: Why there is no text; None if there is one.
        response, headers, request_id, remaining_credits, cost, seed, generation_time_s: See `Result`.
    """

    __slots__ = ("data", "finish_reason", "problem", "text", "usage")

    def __init__(
        self,
        text: str,
        data: Any,
        response: Response,
        names: Mapping[str, str],
        *,
        usage: Mapping[str, Any] | None = None,
        finish_reason: str | None = None,
        problem: str | None = None,
    ) -> None:
        super().__init__(response, names)
        self.text = text
        self.data = data
        self.usage = dict(usage or {})
        self.finish_reason = finish_reason
        self.problem = problem

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        shown = self.text if len(self.text) < 60 else f"{self.text[:60]}…"
        return f"<TextResult {shown!r}, {len(self.text)} characters>"


class JsonResult(Result):
    """The JSON that a model answered, with the values of the response's headers.

    Attributes:
        data: The parsed JSON.
        response, headers, request_id, remaining_credits, cost, seed, generation_time_s: See `Result`.
    """

    __slots__ = ("data",)

    def __init__(self, data: Any, response: Response, names: Mapping[str, str]) -> None:
        super().__init__(response, names)
        self.data = data

    def __repr__(self) -> str:
        return f"<JsonResult of {type(self.data).__name__}>"
