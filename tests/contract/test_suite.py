"""The generated contract suite under pytest: on the mock, on wrong services, with money and without."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generated.contract.place import Misused, Wishes, check
from generated.contract.report import as_html
from generated.contract.suite import CONTRACT
from generated.contract.tally import Record, Tally
from segmind_mock import Settings, serving
from tests.contract.fakes import answering, refusing

ROOT = Path(__file__).parents[2]
KEY = "SG_marker_0123456789abcdef"
SUITE = ROOT / "generated" / "contract"
#: One model of the suite: starting with all of them takes longer.
TINY = SUITE / "test_tinysd1_5_txt2img.py"


def run(*options: str, target: Path = SUITE, **environment: str) -> subprocess.CompletedProcess[str]:
    """The suite as a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(target)]
    paths = os.pathsep.join([str(ROOT / "generated" / "python"), str(ROOT)])
    quick = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # A worker of pytest-xdist shares the money with the others; this is none, though its parent may be one.
    others = ("SEGMIND", "PYTEST_XDIST")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return subprocess.run(
        command,
        env={**clean, **quick, "PYTHONPATH": paths, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_mock_keeps_the_contract(tmp_path: Path) -> None:
    page, xml = tmp_path / "c.html", tmp_path / "c.xml"
    done = run("--contract-html", str(page), "--junitxml", str(xml))
    assert done.returncode == 0, done.stdout
    assert "0 drift, 0 not available, 0 not checked" in done.stdout
    assert "parameters 52/52, boundaries 52/52, enum values 94/94" in done.stdout
    assert "missing headers: output_metadata" in done.stdout
    text = page.read_text()
    assert "<script" not in text and "http://" not in text and "src=" not in text
    properties = {node.get("name"): node.get("value") for node in ElementTree.parse(xml).iter("property")}
    assert properties["contract.states"] == "16/16"
    assert properties["contract.outcome"] == "kept"


def test_the_whole_of_a_run_is_in_the_xml_also_if_it_was_shared(tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone.xml", tmp_path / "shared.xml"
    for xml, more in ((alone, ()), (shared, ("-p", "xdist", "-n", "2"))):
        done = run("--junitxml", str(xml), *more, target=TINY)
        assert done.returncode == 0, done.stdout
    one, other = (
        [dict(node.attrib) for node in ElementTree.parse(xml).findall("testsuite/properties/property")]
        for xml in (alone, shared)
    )
    assert one == other
    assert {"contract.parameters", "contract.states"} <= {entry["name"] for entry in one}


def test_a_copy_elsewhere_runs_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "checks" / "service_contract"
    shutil.copytree(ROOT / "generated" / "contract", folder)
    done = run("-k", "guidance", "--rootdir", str(tmp_path), target=folder / TINY.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_served_mock_and_scenarios() -> None:
    with serving(Settings()) as mock:
        done = run(
            "--base-url", mock.url, "--free", "--provoke", "--strict-basis", "-k", "tinysd and (job or guidance)"
        )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Wishes("http://127.0.0.1:1"), "--max-usd"),
        (Wishes("http://127.0.0.1:1", "1", free=True), "--max-usd"),
        (Wishes("http://127.0.0.1:1", "much"), "no amount"),
        (Wishes("http://127.0.0.1:1", "-1"), "no amount"),
        (Wishes("http://127.0.0.1:1", "nan"), "no amount"),
        (Wishes("127.0.0.1:1", free=True), "absolute URL"),
        (Wishes("http://127.0.0.1:1", "1", provoke=True), "--free"),
        (Wishes(max_usd="1"), "--base-url"),
    ],
)
def test_options_that_are_not_enough(options: Wishes, words: str) -> None:
    with pytest.raises(Misused, match=re.escape(words)):
        check(CONTRACT.platform, options, {"SEGMIND_API_KEY": KEY})


def test_a_service_needs_a_key_from_the_environment() -> None:
    done = run("--base-url", "http://127.0.0.1:1", "--max-usd", "1")
    assert done.returncode == 4
    assert "SEGMIND_API_KEY" in done.stderr


@pytest.mark.parametrize("status", [401, 503])
def test_what_is_not_available_is_no_drift(status: int) -> None:
    with answering(refusing(status)) as (url, _):
        done = run("--base-url", url, "--free", "-k", "example or job", target=TINY)
    assert done.returncode == 11, done.stdout
    assert "not available" in done.stdout and str(status) in done.stdout


def test_no_connection_is_no_drift() -> None:
    done = run("--base-url", "http://127.0.0.1:1", "--free", "-k", "example", target=TINY)
    assert done.returncode == 11, done.stdout
    assert "ConnectError" in done.stdout


def test_drift_says_what_where_and_why() -> None:
    with answering(lambda method, path, headers: (200, b"{}", "application/json")) as (url, asked):
        done = run("--base-url", url, "--max-usd", "1", "-k", "example or below", target=TINY, SEGMIND_API_KEY=KEY)
    assert done.returncode == 10, done.stdout
    assert "not-a-picture: POST /v1/tinysd1.5-txt2img, body (the page's own example): expected a picture" in done.stdout
    assert "num_inference_steps: 19 is just below the minimum 20" in done.stdout
    assert "page tinysd1.5-txt2img.spaced, /input/properties/num_inference_steps/minimum (page)" in done.stdout
    assert {headers.get("x-api-key") for _, _, headers, _ in asked} == {KEY}
    assert KEY not in done.stdout + done.stderr


def test_money_is_put_aside_before_it_is_spent() -> None:
    with answering(lambda method, path, headers: (200, b"{}", "application/json")) as (url, asked):
        done = run("--base-url", url, "--max-usd", "0.02", target=TINY, SEGMIND_API_KEY=KEY)
    # Three calls at $0.006 are covered, a fourth is not.
    assert sum(method == "POST" for method, *_ in asked) == 3
    assert "at most $0.018 of --max-usd 0.02 were spent" in done.stdout
    assert "is not covered" in done.stdout and "not checked" in done.stdout


def test_nothing_that_is_billed_is_sent_for_nothing() -> None:
    with answering(refusing(404)) as (url, asked):
        run("--base-url", url, "--max-usd", "0", target=TINY, SEGMIND_API_KEY=KEY)
    assert {method for method, *_ in asked} <= {"GET"}


def test_the_page_escapes_what_a_service_says() -> None:
    tally = Tally(CONTRACT)
    evil = "<script>alert(1)</script>"
    tally.add(Record(evil, "drift", evil, evil, [evil], [evil], [], "0"))
    page = as_html(tally, evil, None)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 5
