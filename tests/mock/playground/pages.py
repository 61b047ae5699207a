"""Helpers of the playground's tests: its pages as text, and its samples filled in by its own scripts under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import segmind_mock
from segmind_mock.spec.facts import Model
from tests.material import absent

FOLDER = Path(segmind_mock.__file__).parent / "playground"
ASSETS = FOLDER / "assets"

#: Texts that mean something to HTML, Python, JavaScript, a shell, a command line or a terminal.
NASTY = [
    "plain", "", " ", "-", "--", "-x", "--out", "@file", "@@", "@", "'", '"', "''", "'\"'", "\\", "\\n", "\\'", "a\\",
    "\n", "a\nb", "\r\n", "\t", "\v", "\f", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200d",
    "\u2028", "\u2029", "\ufeff", "\u202e", "\u2066", "$HOME", "${x}", "$(id)", "`id`", "!!", "*", "~", "#", ";", "&&", "|",
    "</script><img src=x onerror=alert(1)>", "<!--", "-->", "]]>", "{{7*7}}", "{%", "%s", "%(x)s", "${1+1}", "__proto__",
    "é", "e\u0301", "日本語", "👩‍👩‍👧", "\U000e0041", "\U0001f600", "\ud800", "\udc00x", "1", "1e5", "true", "null", "None", "x" * 3000,
]  # fmt: skip


class Page(HTMLParser):
    """A page's tags with their attributes, and the samples in it as lists of text and ("slot", name)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.samples: dict[tuple[str, str], list[str | tuple[str, str]]] = {}
        self._sample: list[str | tuple[str, str]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        language, operation, slot = (found.get(f"data-{name}") for name in ("sample", "operation", "slot"))
        if language and operation:
            self._sample = self.samples[language, operation] = []
        if slot and self._sample is not None:
            self._sample.append(("slot", slot))

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._sample = None

    def handle_data(self, data: str) -> None:
        if self._sample is not None:
            self._sample.append(data)

    def all(self, attribute: str) -> list[str]:
        return [found[attribute] or "" for _, found in self.tags if attribute in found]


def page_of(model: Model) -> Page:
    from segmind_mock.spec.catalog import MODULES

    return Page((FOLDER / "models" / f"{MODULES[model.slug]}.html").read_text("utf-8"))


def node(script: str, data: object, folder: Path) -> Any:
    """Runs a module that may import the playground's scripts and has `data`; gives what it prints, as JSON."""
    if not shutil.which("node"):
        absent("node")
    shutil.copytree(ASSETS, folder, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "data.json").write_text(json.dumps(data))
    prelude = 'import { readFileSync } from "node:fs";\nconst data = JSON.parse(readFileSync("data.json", "utf8"));\n'
    (folder / "run.js").write_text(prelude + script)
    run = subprocess.run(["node", "run.js"], cwd=folder, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def filled(page: Page, payloads: Iterable[dict[str, object]], folder: Path) -> list[dict[tuple[str, str], str]]:
    """Each sample of the page for each payload, as the page would show it."""
    facts = {fact["name"]: fact for fact in map(json.loads, page.all("data-parameter"))}
    entries = [
        [{"name": name, "json": json.dumps(value), "facts": facts.get(name)} for name, value in payload.items()]
        for payload in payloads
    ]
    script = """
        import { slots } from "./samples.js";
        console.log(JSON.stringify(data.entries.map((payload) => slots(data.model, payload, "http://127.0.0.1:8787", "sync"))));
    """
    model = json.loads(page.all("data-model")[0])
    return [
        {
            (language, operation): "".join(
                part if isinstance(part, str) else texts[language][part[1]] for part in parts
            )
            for (language, operation), parts in page.samples.items()
        }
        for texts in node(script, {"model": model, "entries": entries}, folder)
    ]
