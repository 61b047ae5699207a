"""The base class of all results."""

from __future__ import annotations

from collections.abc import Mapping

from .._http import Response
from ..spec.answers import header_integer, header_number


class Result:
    """The result of one request, with the values of the response's headers.

    Attributes:
        response: The whole response; after several downloads, the last one. It also holds base64 in its body: to save
            memory, keep only the files if you collect many results.
        headers: The response's headers, names in lower case.
        request_id: The provider's id of the request, or of the job.
        remaining_credits: Credits left in the account.
        cost: The amount that was billed.
        seed: The seed that was used.
        generation_time_s: Seconds that the model needed.
    """

    __slots__ = ("cost", "generation_time_s", "headers", "remaining_credits", "request_id", "response", "seed")

    def __init__(self, response: Response, names: Mapping[str, str]) -> None:
        self.response = response
        self.headers = headers = response.headers
        self.request_id = headers.get(names.get("request_id", ""))
        self.remaining_credits = header_number(headers.get(names.get("remaining_credits", "")))
        self.cost = header_number(headers.get(names.get("cost", "")))
        self.generation_time_s = header_number(headers.get(names.get("generation_time", "")))
        self.seed = header_integer(headers.get(names.get("seed", "")))
