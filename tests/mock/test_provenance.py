"""`segmind-mock inspect` tells what the mock drew, and holds against files that were made to break it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from segmind_mock.api.order import read_order
from segmind_mock.media.painting import paint
from segmind_mock.media.provenance import NotAPicture, Provenance, embedding, examine
from segmind_mock.server.cli import main


def drawn(form: str, facts: Provenance) -> bytes:
    out = BytesIO()
    Image.new("RGB", (3, 2)).save(out, form, **embedding(form, facts))
    return out.getvalue()


def commented(comment: str) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", comment)
    out = BytesIO()
    Image.new("RGB", (3, 2)).save(out, "PNG", pnginfo=text)
    return out.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size, and has no pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + head + struct.pack(">I", crc32(head))
    return b"\x89PNG\r\n\x1a\n" + body + b"\0\0\0\0IDAT" + struct.pack(">I", crc32(b"IDAT"))


@pytest.fixture
def files(tmp_path: Path, large: Any, payload: Any) -> list[Path]:
    """One picture of each format."""
    made: list[Path] = []
    for form in ("jpeg", "png", "webp"):
        order = read_order(large, payload(large) | {"image_format": form, "seed": 999999999999999})
        made.append(tmp_path / f"picture.{form}")
        made[-1].write_bytes(paint(order, 1))
    return made


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_what_is_written_is_read_back(form: str) -> None:
    facts = Provenance("acme-paint-1.5", 10**15, "0123456789abcdef" * 2, 3)
    seen = examine(drawn(form, facts))
    assert seen == (form.upper(), 3, 2, facts)
    assert examine(drawn(form, facts)).provenance == facts


def test_each_picture_is_told_on_one_line(files: list[Path], large: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for file, line in zip(files, lines, strict=True):
        assert line.startswith(f"{file}: {file.suffix[1:].upper()} ")
        assert f"{large.slug}, seed 1000000000000000, request " in line
        assert line.endswith("picture 1")


def test_json_is_one_object_a_line(
    files: list[Path], tmp_path: Path, large: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing"
    assert main(["inspect", "--json", str(files[0]), str(missing)]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["format"], first["slug"], first["picture"]) == ("JPEG", large.slug, 1)
    assert "error" not in first
    assert second == {"file": str(missing), "error": os.strerror(2)}


def test_standard_input_is_read(files: list[Path]) -> None:
    command = [sys.executable, "-m", "segmind_mock", "inspect", "-"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, input=files[1].read_bytes(), capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"-: PNG ")
    assert done.stderr == b""


def test_what_the_mock_did_not_draw_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = tmp_path / "\x1b]52;c;x\x07\u202e.png"
    named.write_bytes(commented("{}"))
    tiff = tmp_path / "a.tiff"
    Image.new("RGB", (3, 2)).save(tiff)
    text, bomb = tmp_path / "a.txt", tmp_path / "bomb.png"
    text.write_text("no picture")
    bomb.write_bytes(png_of_size(16_000, 16_000))
    names = [named, tiff, text, bomb, tmp_path, tmp_path / "missing"]
    assert main(["inspect", *map(str, names)]) == 1
    shown = capsys.readouterr()
    lines = shown.out.split("\n")[:-1]
    assert len(lines) == len(names)
    assert lines[0].endswith("PNG 3 x 2, not drawn by the mock")
    assert "no JPEG, PNG, WebP, GIF or BMP" in lines[1]
    assert "no JPEG, PNG, WebP, GIF or BMP" in lines[2]
    assert "too many pixels" in lines[3]
    assert all(line.isprintable() for line in lines)
    assert shown.err == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "\x1b[31m"},
        {"slug": "a" * 129},
        {"slug": None},
        {"seed": True},
        {"seed": -1},
        {"seed": 10**30},
        {"request": "x" * 32},
        {"picture": 1.0},
        {"picture": 10**9},
    ],
)
def test_facts_of_another_shape_are_not_ours(wrong: dict[str, Any]) -> None:
    right = Provenance("acme", 1, "0" * 32, 0)._asdict()
    assert examine(commented(json.dumps(right))).provenance is not None
    assert examine(commented(json.dumps(right | wrong))).provenance is None


def test_a_long_or_deep_comment_is_not_read() -> None:
    right = json.dumps(Provenance("acme", 1, "0" * 32, 0)._asdict())
    for comment in (right + " " * 1024, "[" * 1000, "[]", "1", "NaN", ""):
        assert examine(commented(comment)).provenance is None


@pytest.mark.parametrize("size", [(10_000, 10_000), (16_000, 16_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(NotAPicture):
        examine(png_of_size(*size))


@settings(max_examples=300)
@given(st.sampled_from(["jpeg", "png", "webp"]), st.data())
def test_no_bytes_break_the_reader(form: str, data: st.DataObject) -> None:
    content = bytearray(drawn(form, Provenance("acme", 1, "0" * 32, 0)))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(NotAPicture):
        facts = examine(cut).provenance
        assert facts is None or facts.slug.isprintable()


def test_help_mentions_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "segmind-mock inspect FILE" in capsys.readouterr().out
    with pytest.raises(SystemExit) as left:
        main(["inspect"])
    assert left.value.code == 2
