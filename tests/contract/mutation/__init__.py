"""Mutation tests of the contract suite: wrong specs and wrong mocks, and how many of them it detects.

`python -m tests.contract.mutation` plays all of them, and so does `make mutation`.
"""
