"""Mutation testing of the contract kit: wrong specs and wrong mocks, and how many of them it notices.

`python -m tests.contract.mutation` plays all of them; `make mutation` does that.
"""
