"""Accounts: the credits of an API key, and the scenarios queued for its next requests."""

from __future__ import annotations

import json

from .redaction import label


class Account:
    """An account. Amounts are in millionths of a dollar. `id` is a hash of the key, which is not stored.

    `uses` counts the uses of each rule for the account, `jobs` is its number of jobs when the store last counted them.
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
        """The label that replaces the key in all output."""
        return label(self.id)

    def charge(self, amount: int) -> bool:
        """Charge `amount` and return True, or return False if the credits do not suffice."""
        if self.credits < amount or self.credits == 0:
            return False
        self.credits -= amount
        self.charged += amount
        return True

    def refund(self, amount: int) -> None:
        """Refund an amount that was charged."""
        self.credits += amount
        self.charged -= amount

    def dump(self) -> str:
        """Return the account as a line of JSON, without its id and its number of jobs."""
        return json.dumps([self.credits, self.charged, self.scenarios, self.uses])

    @classmethod
    def load(cls, id: str, text: str) -> Account:
        """Return the account that `dump` wrote. Raises ValueError and TypeError for any other text."""
        account = cls(id, 0)
        account.credits, account.charged, account.scenarios, account.uses = json.loads(text)
        if not (type(account.credits) is type(account.charged) is int):
            raise ValueError("the amounts are no integers")
        if type(account.scenarios) is not list or any(type(name) is not str for name in account.scenarios):
            raise ValueError("the scenarios are no list of names")
        if type(account.uses) is not dict or any(type(count) is not int for count in account.uses.values()):
            raise ValueError("the uses are no counts")
        return account
