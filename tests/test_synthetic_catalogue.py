"""The script that makes a catalogue of any size, called wrongly: one line, and nothing half made."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.synthetic_catalogue import main


@pytest.mark.parametrize(
    ("dest", "more", "says"),
    [
        ("new", ["--models", "-1"], "-1 models are not to be had"),
        ("new/deep", ["--models", "9999"], "9999 models are not to be had"),
        ("there", ["--models", "5"], "there is there already"),
        ("file/new", ["--models", "5"], "file/new: "),
        ("new", ["--slugs", "missing.tsv"], "missing.tsv: No such file"),
        ("new", ["--slugs", "file"], "file: no table with the columns slug"),
    ],
)
def test_wrong_usage_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dest: str, more: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    Path("file").write_text("name\nx\n")
    with pytest.raises(SystemExit) as caught:
        main([dest, *more])
    said = str(caught.value.code)
    assert says in said and "\n" not in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "there"]


def test_the_command_put_right_works(tmp_path: Path) -> None:
    place = tmp_path / "big"
    with pytest.raises(SystemExit):
        main([str(place), "--models", "-1"])
    main([str(place), "--models", "6"])
    assert [path.name for path in tmp_path.iterdir()] == ["big"]
    assert len(list(place.glob("specs/segmind/models/*.yaml"))) == 6
