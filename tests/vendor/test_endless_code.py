"""Names that lead back to themselves, and nesting without end, in a consumer's code: each call is judged or listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from tests.material import ROOT

HEAD = "from acme.pictures import SegmindClient\n"
LAZY_CLIENT = """
class Shop:
    def __init__(self):
        self.client = None
        self.count = 3

    def draw(self):
        self.client = self.client or SegmindClient()
        self.count = self.count or 9
        self.other = self.another
        self.another = self.other
        self.other.nothing()
        self.client.tinysd1_5_txt2img.generate(prompt="fog", samples=9)
        self.client.tinysd1_5_txt2img.generate(prompt="fog", samples=self.count)
"""
ALIASES = """
One = Other
Other = One
Text = "Word"
Word = "Text"


def draw(client: SegmindClient, n: One, k: Text):
    client.tinysd1_5_txt2img.generate(prompt="fog", samples=n)
    client.tinysd1_5_txt2img.generate(prompt="fog", samples=k)
"""
OPTIONS = """
OPTIONS = {**OPTIONS, "samples": 9}
client = SegmindClient()
client.tinysd1_5_txt2img.generate(prompt="fog", **OPTIONS)
"""
MANY_NAMES = "\n".join(
    [
        "client = SegmindClient()",
        "n0 = 9",
        *[f"n{number + 1} = n{number}" for number in range(500)],
        'client.tinysd1_5_txt2img.generate(prompt="fog", samples=n500)',
    ]
)
LONG_SUM = f"""client = SegmindClient()
client.tinysd1_5_txt2img.generate(prompt={" + ".join(['"fog"'] * 700)}, samples=9)
"""


@pytest.mark.parametrize(
    ("code", "refused", "reasons"),
    [
        pytest.param(LAZY_CLIENT, ["samples: 9"], ["self.count depends on itself"], id="attributes"),
        pytest.param(ALIASES, [], ["n is an argument of draw()", "k is an argument of draw()"], id="aliases"),
        pytest.param(OPTIONS, [], ["arguments come from **OPTIONS"], id="options"),
        pytest.param(MANY_NAMES, [], ["its parts lead through too many other names"], id="names"),
        pytest.param(LONG_SUM, [], ["an expression in it is nested too deeply"], id="sum"),
    ],
)
def test_each_call_is_judged_or_listed(tmp_path: Path, code: str, refused: list[str], reasons: list[str]) -> None:
    (tmp_path / "shop.py").write_text(HEAD + code)
    status, said = check(tmp_path, "acme.pictures")
    found = re.findall(r"^.*: C004 refused-value: tinysd1\.5-txt2img: (samples: \d+) is above", said, re.MULTILINE)
    assert (status, found) == (1 if refused else 0, refused), said
    notes = [line for line in said.splitlines() if ": N0" in line]
    assert len(notes) == len(reasons), said
    assert all(reason in note for reason, note in zip(reasons, notes, strict=True)), said


def test_a_name_that_nothing_imports_is_remarked(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(HEAD)
    assert "no file that was read imports acme.picturs" in check(tmp_path, "acme.picturs")[1]
    for name in ("acme.pictures", "acme"):
        assert "imports acme" not in check(tmp_path, name)[1]


def check(folder: Path, package: str) -> tuple[int, str]:
    arguments = ["--root", str(ROOT), "vendor", "check-callers", str(folder), "--package", package]
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output
