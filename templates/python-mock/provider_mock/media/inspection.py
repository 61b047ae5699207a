"""`provider-mock inspect`: says of pictures what they are, and which request they answer."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from ..program import PROGRAM
from .provenance import NotAPicture, Seen, examine

#: The largest file that is read, in bytes.
_MOST = 64 << 20
_FOREIGN = "not drawn by the mock"


def main(arguments: Sequence[str]) -> int:
    """Inspects the files. Exit status: 0 the mock drew all of them, 1 it did not, 2 wrong usage."""
    asked = make_parser().parse_args(arguments)
    failed = False
    try:
        for name in asked.files:
            said = _inspect(name)
            failed |= "error" in said
            print(json.dumps(said) if asked.json else _line(said))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough. What is still in the buffer must not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return int(failed)


def make_parser() -> argparse.ArgumentParser:
    """Return the options of `provider-mock inspect`."""
    parser = argparse.ArgumentParser(
        f"{PROGRAM} inspect",
        description="Says of each picture its format and size, and from its metadata the model, seed, request and "
        "number. Exit status 1 if any was not drawn by the mock, is no picture, or cannot be read.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a picture; - is standard input")
    return parser


def _inspect(name: str) -> dict[str, Any]:
    try:
        seen = examine(_read(name))
    except OSError as error:
        return {"file": name, "error": error.strerror or "cannot be read"}
    except NotAPicture as error:
        return {"file": name, "error": str(error)}
    return {"file": name, **_facts(seen)}


def _facts(seen: Seen) -> dict[str, Any]:
    size = {"format": seen.format, "width": seen.width, "height": seen.height}
    return size | ({"error": _FOREIGN} if seen.provenance is None else seen.provenance._asdict())


def _read(name: str) -> bytes:
    if name == "-":
        data = sys.stdin.buffer.read(_MOST + 1)
    else:
        with open(name, "rb") as file:
            data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise NotAPicture(f"larger than {_MOST >> 20} MiB, which no picture of the mock is")
    return data


def _line(said: dict[str, Any]) -> str:
    told: list[str] = []
    if "format" in said:
        told.append("{format} {width} x {height}".format_map(said))
    told.append(
        said["error"]
        if "error" in said
        else "{slug}, seed {seed}, request {request}, picture {picture}".format_map(said)
    )
    # A file's name is not ours, and a terminal acts on some signs.
    name = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in said["file"])
    return f"{name}: {', '.join(told)}"
