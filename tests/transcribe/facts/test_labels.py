"""Labels whose values touch: the text of a parameter is cut where each of them begins."""

from __future__ import annotations

from pagewright.transcribe.elements.parts import _MOST_PIECES, _pieces


def test_a_text_is_cut_wherever_a_value_touches_the_next_label() -> None:
    pieces = [f"Default: {number}" for number in range(_MOST_PIECES // 2)]
    assert _pieces("".join(pieces)) == pieces


def test_a_text_of_very_many_labels_is_kept_whole_at_its_end() -> None:
    text = "Default: 4" * (3 * _MOST_PIECES)
    pieces = _pieces(text)
    assert "".join(pieces) == text
    assert len(pieces) <= _MOST_PIECES + 1
