"""One API key's share of the state: its credits, and the scenarios that wait for its next requests."""

from __future__ import annotations

import json

from .redaction import label


class Account:
    """An account. Amounts are in millionths of a dollar; `id` stands for the key, which is kept nowhere.

    `uses` counts how often each rule has been applied to the account's requests, `jobs` is the number of its jobs as
    the store last counted them.
    """

    __slots__ = ("charged", "credits", "id", "jobs", "scenarios", "uses")

    def __init__(self, id: str, credits: int) -> None:
        self.id = id
        self.credits = credits
        self.charged = 0
        self.jobs = 0
        # A list: there are many accounts, few of them with scenarios, and an empty deque takes ten times the memory.
        self.scenarios: list[str] = []
        self.uses: dict[str, int] = {}

    @property
    def label(self) -> str:
        """What stands for the key wherever people read."""
        return label(self.id)

    def charge(self, amount: int) -> bool:
        """Takes `amount` from the account, wholly or (False) not at all: credits never go below zero."""
        if self.credits < amount or self.credits == 0:
            return False
        self.credits -= amount
        self.charged += amount
        return True

    def refund(self, amount: int) -> None:
        """Gives back what was charged for work that could not be done."""
        self.credits += amount
        self.charged -= amount

    def dump(self) -> str:
        """The account as a line of JSON, without its id and its number of jobs."""
        return json.dumps([self.credits, self.charged, self.scenarios, self.uses])

    @classmethod
    def load(cls, id: str, text: str) -> Account:
        """The account that `dump` wrote."""
        credits, charged, scenarios, uses = json.loads(text)
        account = cls(id, credits)
        account.charged = charged
        account.scenarios = scenarios
        account.uses = uses
        return account
