"""The same page in a form that loses facts is read as before, or is one finding; a page that is cut off updates nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main

_ROWS = (
    ("prompt", "required", "string", "What moves.", None, None),
    ("camera", "optional", "string", "Path of the camera.", '"static"', ('"static"', '"orbit"', '"pan"')),
    ("fps", "optional", "integer", "Frames per second.", "24", ("16", "24", "30")),
    ("guidance", "optional", "number", "How strictly.", "6.5", None),
    ("loop", "optional", "boolean", "Begins anew.", "false", None),
    ("style", "optional", "string", "Look of it.", '"ink"', ('"ink"', '"oil"')),
)
_STATUSES = (
    ("400", "Bad Request", "Invalid parameters"),
    ("401", "Unauthorized", "Invalid API key"),
    ("404", "Not Found", "Model not found"),
    ("406", "Insufficient Credits", "Not enough credits"),
    ("429", "Rate Limited", "Too many requests"),
    ("500", "Server Error", "Internal server error"),
    ("502", "Bad Gateway", "Temporarily unavailable"),
    ("504", "Timeout", "Request timed out"),
)
_CODE = """import requests
url = "https://api.segmind.com/v1/acme-harbor"
data = {
    "prompt": "a boat leaves the harbour", "camera": "orbit", "fps": 24, "guidance": 6.5, "loop": False, "style": "ink"
}
response = requests.post(url, json=data)"""
_MENU = ("Segmind", "Models", "Pricing", "Sign in", "On this page", "API Endpoint", "Parameters", "Response Type")


def html() -> str:
    rows = "".join(
        f"<tr><td><code>{name}</code></td><td>{flag}</td><td>{kind}</td><td><p>{text}</p>"
        + (f"<div>Default: <code>{default}</code></div>" if default else "")
        + (f"<div>Allowed values :<ul>{''.join(f'<li>{value}</li>' for value in values)}</ul></div>" if values else "")
        + "</td></tr>"
        for name, flag, kind, text, default, values in _ROWS
    )
    statuses = "".join(f"<tr><td>{one}</td><td>{two}</td><td>{three}</td></tr>" for one, two, three in _STATUSES)
    return f"""<!DOCTYPE html><html><head><title>Acme Harbor</title></head><body><main><h1>Acme Harbor</h1>
<p>$0.4</p><pre><code>{_CODE}</code></pre><h2>API Endpoint</h2><code>https://api.segmind.com/v1/acme-harbor</code>
<h2>Parameters</h2><table><thead><tr><th>Name</th><th>Required</th><th>Type</th><th>Description</th></tr></thead>
<tbody>{rows}</tbody></table><h2>Response Type</h2><p>Returns: Video</p><h2>Common Error Codes</h2>
<table><tbody>{statuses}</tbody></table></main><footer>© Acme</footer></body></html>"""


def markdown(*, wrapped: bool) -> str:
    """The page as html2text writes it: lists of a cell stand below its row, and lines may be wrapped."""
    lines = ["Name| Required| Type| Description  ", "---|---|---|---  "]
    for name, flag, kind, text, default, values in _ROWS:
        described = text + (f"Default:{chr(10) if wrapped else ' '}`{default}`" if default else "")
        lines.append(f"`{name}`| {flag}| {kind}| {described}{'Allowed values :' if values else '  '}")
        lines += ["", *(f"  * {value}" for value in values), "", "  "] if values else []
    statuses = [f"{one}| **{two}**| {three}  " for one, two, three in _STATUSES]
    parts = [
        f"# Acme Harbor\n\n$0.4\n\n```\n{_CODE}\n```\n\n## API Endpoint\n\n`https://api.segmind.com/v1/acme-harbor`\n\n## Parameters\n",
        *lines,
        "\n## Response Type\n\nReturns: Video\n\n## Common Error Codes\n",
        statuses[0],
        "---|---|---",
        *statuses[1:],
        "\n© Acme",
    ]
    return "\n".join(parts)


def copied(statuses: str = "\t") -> str:
    """The page as a browser copies it: a menu first, and a tab between two cells."""
    rows = [
        f"{name}\t{flag}\t{kind}\t{text}\n"
        + (f"Default: {default}\n" if default else "")
        + ("Allowed values :\n" + "\n".join(values) + "\n" if values else "")
        for name, flag, kind, text, default, values in _ROWS
    ]
    parts = [
        *_MENU,
        f"Common Error Codes\n\nAcme Harbor Serverless API\n\n$0.4\n\n{_CODE}\n\nAPI Endpoint\n\nhttps://api.segmind.com/v1/acme-harbor",
        "\nParameters\n\nName\tRequired\tType\tDescription",
        *rows,
        "Response Type\n\nReturns: Video\n\nCommon Error Codes\n\nThe API returns them.\n",
        *(f"{statuses.join(status)}\n" for status in _STATUSES),
        "© Acme",
    ]
    return "\n".join(parts)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.output


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pagewright.toml").write_text('providers = ["segmind"]\n', encoding="utf-8")
    (tmp_path / "acme-harbor.html").write_text(html(), encoding="utf-8")
    run("transcribe", "acme-harbor.html", "--write")
    path = tmp_path / "specs/segmind/models/acme-harbor.yaml"
    path.write_text(re.sub(r"\n *# review:[^\n]*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert run("transcribe", "--check", "acme-harbor.html")[0] == 0
    return path


def told(page: str, suffix: str) -> list[str]:
    Path(f"acme-harbor{suffix}").write_text(page, encoding="utf-8")
    printed = run("transcribe", "--check", f"acme-harbor{suffix}")[1]
    return [line for line in printed.splitlines() if re.match(r"specs/\S+: P", line)]


@pytest.mark.parametrize(
    ("page", "suffix"),
    [
        (markdown(wrapped=False), ".md"),
        (markdown(wrapped=True), ".md"),
        (copied(), ".txt"),
        (copied("  "), ".txt"),
    ],
    ids=["markdown", "wrapped", "tabs", "columns"],
)
def test_another_form_of_the_same_page_is_no_change(spec: Path, page: str, suffix: str) -> None:
    before = spec.read_bytes()
    assert told(page, suffix) == []
    run("transcribe", f"acme-harbor{suffix}", "--update")
    assert spec.read_bytes() == before


def test_rows_that_run_into_one_another_are_one_finding(spec: Path) -> None:
    before = spec.read_bytes()
    page = markdown(wrapped=False)
    for name in ("`camera`| ", "`fps`| ", "`guidance`| "):
        page = page.replace(name, f"{name[:-2]} ")
    found = told(page, ".md")
    assert len(found) == 1 and "not compared: rows run into one another in this form" in found[0], found
    status, printed = run("transcribe", "acme-harbor.md", "--update")
    assert (status, "Nothing was updated" in printed) == (1, True)
    assert spec.read_bytes() == before


@pytest.mark.parametrize(
    "last", ["Insufficient Credits", "Not enough", ">429<", "Server Err", "Temporarily unavail", "50"]
)
def test_a_page_that_is_cut_off_in_its_statuses_is_one_finding(spec: Path, last: str) -> None:
    before = spec.read_bytes()
    page = html()
    start = page.index("Common Error Codes")
    found = told(page[: page.index(last, start) + len(last)], ".html")
    assert len(found) == 1 and "not compared: the page is cut off in what it says of responses" in found[0], found
    status, printed = run("transcribe", "acme-harbor.html", "--update")
    assert (status, "Nothing was updated" in printed) == (1, True)
    assert spec.read_bytes() == before


def test_a_whole_page_without_its_last_status_is_a_change(spec: Path) -> None:
    found = told(html().replace("<tr><td>504</td><td>Timeout</td><td>Request timed out</td></tr>", ""), ".html")
    assert len(found) == 1 and "status 504 (Timeout) was removed" in found[0], found


_CALLS = """import requests, base64
def to_base64(path):
    return base64.b64encode(open(path, "rb").read())
url = "https://api.segmind.com/v1/acme-harbor"
data = {
    "prompt": "a boat leaves the harbour", "camera": to_base64("in/camera.png"), "fps": 24, "guidance": 6.5
}
response = requests.post(url, json=data)"""


def test_a_sample_that_makes_its_values_by_calls_is_compared(spec: Path) -> None:
    page = html().replace(_CODE, _CALLS)
    Path("acme-harbor.html").write_text(page, encoding="utf-8")
    assert run("transcribe", "acme-harbor.html", "--update")[0] in (0, 1)
    assert told(page, ".html") == []
    found = told(page.replace('"camera": to_base64("in/camera.png"), ', ""), ".html")
    assert len(found) == 1 and "the sample no longer sends `camera`" in found[0], found


def test_a_price_in_another_unit_is_one_change(spec: Path) -> None:
    found = told(html().replace("$0.4", "$0.07 per megapixel"), ".html")
    assert len(found) == 1 and "the price is 0.07 USD per megapixel now; it was 0.4 USD per video" in found[0], found
    page = html().replace("$0.4", "$0.5 per second")
    Path("acme-harbor.html").write_text(page, encoding="utf-8")
    run("transcribe", "acme-harbor.html", "--update")
    found = told(page.replace("$0.5", "$0.6"), ".html")
    assert len(found) == 1 and "price rose from 0.5 to 0.6 USD per second" in found[0], found


def test_a_required_parameter_with_a_default_is_renamed_once(spec: Path) -> None:
    with_default = html().replace(
        "<p>What moves.</p>", '<p>What moves.</p><div>Default: <code>"a boat leaves the harbour"</code></div>'
    )
    Path("acme-harbor.html").write_text(with_default, encoding="utf-8")
    run("transcribe", "acme-harbor.html", "--update")
    found = told(with_default.replace("prompt", "subject"), ".html")
    assert len(found) == 1 and "parameter `prompt` was renamed to `subject`" in found[0], found
