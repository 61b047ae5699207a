"""Three texts become one: by example, and over random edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagewright.vendor.merge import merge, split

BASE = b"a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (BASE, BASE, b"a\nb\nc\nd\nE\n", b"a\nb\nc\nd\nE\n"),
        (BASE, b"A\nb\nc\nd\ne\n", b"a\nb\nc\nd\nE\n", b"A\nb\nc\nd\nE\n"),
        (BASE, b"A\nb\nc\nd\ne\n", b"A\nb\nc\nd\ne\n", b"A\nb\nc\nd\ne\n"),
        (BASE, b"A\nb\nc\nd\ne\n", b"X\nb\nc\nd\ne\n", None),
        (BASE, b"a\nB\nc\nd\ne\n", b"a\nb\nC\nd\ne\n", None),  # they touch
        (BASE, b"a\nB\nc\nd\ne\n", b"a\nb\nc\nD\ne\n", b"a\nB\nc\nD\ne\n"),
        (BASE, b"b\nc\nd\ne\n", b"a\nb\nc\nd\n", b"b\nc\nd\n"),
        (BASE, b"x\na\nb\nc\nd\ne\n", b"y\na\nb\nc\nd\ne\n", None),  # at the same place
        (BASE, b"", BASE, b""),
        (BASE, b"", b"a\nb\nc\nd\nE\n", None),
        (BASE, b"a\nb\nc\nd\ne", b"A\nb\nc\nd\ne\n", b"A\nb\nc\nd\ne"),
        (b"", b"x\n", b"", b"x\n"),
        (b"", b"x\n", b"y\n", None),
        (b"a\x0cb\xc2\x85c\rd\n", b"a\x0cb\xc2\x85c\rd\ne\n", b"z\na\x0cb\xc2\x85c\rd\n", b"z\na\x0cb\xc2\x85c\rd\ne\n"),
        (BASE, BASE + b"\0", b"A\nb\nc\nd\ne\n", None),
    ],
)  # fmt: skip
def test_examples(base: bytes, ours: bytes, theirs: bytes, merged: bytes | None) -> None:
    assert merge(base, ours, theirs) == merged
    assert merge(base, theirs, ours) == merged


lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"    return\n"]), max_size=14).map(b"".join)


@given(lines, lines)
def test_one_side_alone_is_taken_as_it_is(base: bytes, edited: bytes) -> None:
    assert merge(base, edited, base) == merge(base, base, edited) == merge(base, edited, edited) == edited


@given(lines, lines, lines)
def test_both_sides_are_treated_alike(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge(base, ours, theirs) == merge(base, theirs, ours)


edits = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["insert", "replace", "delete"]), st.integers(0, 999)), max_size=6
)


def edited(base: list[bytes], changes: list[tuple[int, str, int]], mark: str) -> tuple[list[bytes], set[bytes]]:
    """The lines after the changes, and which of them are new."""
    result = list(base)
    for place, kind, number in changes:
        at = min(place, len(result))
        new = f"{mark}{number}\n".encode()
        result[at : at + (kind != "insert")] = [] if kind == "delete" else [new]
    return result, {line for line in result if line not in base}


@given(edits, edits)
def test_a_merge_holds_every_line_that_either_side_put_in(
    mine: list[tuple[int, str, int]], other: list[tuple[int, str, int]]
) -> None:
    base = [b"%d\n" % number for number in range(20)]
    ours, inserted = edited(base, mine, "ours ")
    theirs, new = edited(base, other, "theirs ")
    merged = merge(b"".join(base), b"".join(ours), b"".join(theirs))
    if merged is not None:
        there = split(merged)
        assert {*inserted, *new} <= set(there)
        assert [line for line in there if line in base] == [line for line in base if line in ours and line in theirs]
