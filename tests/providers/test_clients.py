"""Client, command line and mock of each provider."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.providers.conftest import INVENTED, Workspace

CALL = """
import asyncio, sys
import {package}_client as client, {package}_mock as mock

async def later(url):
    async with client.Async{prefix}Client("a-key", url) as service:
        return await service.{model}.{method}({arguments})

with mock.serving(mock.Settings(pace=mock.Pace("polls", 2))) as running:
    with client.{prefix}Client("a-key", running.url) as service:
        result = service.{model}.{method}({arguments})
        images = result.download(interval=0.01) if {queued} else result
        print(images.media_type, images.width, images.height, len(images))
        try:
            service.{model}.{method}({wrong})
        except client.ValidationError as error:
            print(len(error.violations))
    again = asyncio.run(later(running.url))
    print(type(again).__name__)
"""
CALLS = {
    "zephyr": ("Zephyr", "zephyr_gust", "generate", "text='fog', width=256, height=256, num_images=2", "strength=2"),
    "borealis": ("Borealis", "acme_paint_2", "submit", "prompt='fog', width=64, height=96, num_images=2", "width=7"),
    "quillon": ("Quillon", "tinysd1_5_txt2img", "submit", "prompt='fog', samples=2", "samples=9"),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_client_generates_images_on_its_mock(workspace: Workspace, name: str) -> None:
    prefix, model, method, arguments, wrong = CALLS[name]
    code = CALL.format(
        package=name,
        prefix=prefix,
        model=model,
        method=method,
        arguments=arguments,
        wrong=wrong,
        queued=method == "submit",
    )
    summary, violations, kind = workspace.code(name, code).splitlines()
    expected = {
        "zephyr": "image/png 256 256 2",
        "borealis": "image/webp 64 96 2",
        "quillon": "image/jpeg 512 512 2",
    }
    assert summary == expected[name]
    assert violations == "2"
    assert kind == ("ImageResult" if method == "generate" else "AsyncioJob")


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_the_command_line_saves_an_image(workspace: Workspace, name: str, tmp_path: Path) -> None:
    slug = INVENTED[name][0]
    option, variable = {"zephyr": ("--text", "ZEPHYR_TOKEN"), "borealis": ("--prompt", "BOREALIS_KEY")}[name]
    code = f"""
import subprocess, sys
from {name}_mock import serving
with serving() as running:
    command = [sys.executable, "-m", "{name}_client", "{slug}", "{option}", "fog", "--out", sys.argv[1], "--json"]
    done = subprocess.run([*command, "--base-url", running.url], check=True, capture_output=True, text=True)
    print(done.stdout)
"""
    done = workspace.run(name, "-c", code, str(tmp_path / "fog"), **{variable: "a-key"})
    assert done.returncode == 0, done.stderr
    (image,) = json.loads(done.stdout)["images"]
    assert Path(image["path"]).stat().st_size > 0


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_a_batch_saves_an_image_for_each_line(workspace: Workspace, name: str, tmp_path: Path) -> None:
    slug = INVENTED[name][0]
    parameter, variable = {"zephyr": ("text", "ZEPHYR_TOKEN"), "borealis": ("prompt", "BOREALIS_KEY")}[name]
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps({parameter: f"{n}"}) + "\n" for n in range(5)))
    code = f"""
import subprocess, sys
from {name}_mock import Pace, Settings, serving
with serving(Settings(pace=Pace("instant"))) as running:
    command = [sys.executable, "-m", "{name}_client", "{slug}", "--batch", "lines.jsonl", "--out-dir", "out"]
    done = subprocess.run([*command, "--base-url", running.url], cwd=sys.argv[1], capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    sys.exit(done.returncode)
"""
    done = workspace.run(name, "-c", code, str(tmp_path), **{variable: "a-key"})
    assert done.returncode == 0, done.stderr
    images = [path for path in (tmp_path / "out").iterdir() if path.suffix in (".png", ".webp")]
    assert len(images) == 5


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_plain_lines_are_prompts_whatever_the_parameter_is_called(
    workspace: Workspace, name: str, tmp_path: Path
) -> None:
    parameter = {"zephyr": "text", "borealis": "prompt"}[name]
    (tmp_path / "lines.txt").write_bytes(b'\xef\xbb\xbfa kite\r\n\r\n[wind] {x}\r\n"quoted"')
    arguments = ["--batch", str(tmp_path / "lines.txt"), "--dry-run"]
    done = workspace.run(name, "-m", f"{name}_client", INVENTED[name][0], *arguments)
    bodies = [json.loads(line)["body"] for line in done.stdout.splitlines()]
    found = [(body.get("input") or body)[parameter] for body in bodies]
    assert found == ["a kite", "[wind] {x}", "quoted"], done.stderr


def test_a_provider_without_a_queue_offers_none(workspace: Workspace) -> None:
    code = """
import zephyr_client
client = zephyr_client.ZephyrClient("a-key")
print(hasattr(client.zephyr_gust, "submit"), hasattr(client, "run"), "run" in zephyr_client.__all__)
"""
    assert workspace.code("zephyr", code) == "False False False\n"
    shown = workspace.run("zephyr", "-m", "zephyr_client", "zephyr-gust", "--help").stdout
    assert "--async" not in shown and "--poll-interval" not in shown
    assert "resume" not in workspace.run("zephyr", "-m", "zephyr_client", "--help").stdout
    assert "no model 'resume'" in workspace.run("zephyr", "-m", "zephyr_client", "resume", "job.json").stderr


@pytest.mark.parametrize(
    ("name", "options", "file", "in_curl"),
    [
        ("zephyr", ["--text", "fog"], "zephyr-gust.png", "zephyr-gust.json"),
        ("borealis", ["--prompt", "fog"], "acme_paint-2.webp", "acme_paint-2.webp"),
        ("borealis", ["--prompt", "fog", "--output-format", "png"], "acme_paint-2.png", "acme_paint-2.png"),
    ],
)
def test_the_file_that_a_call_would_write_is_known_before_it_is_paid_for(
    workspace: Workspace, tmp_path: Path, name: str, options: list[str], file: str, in_curl: str
) -> None:
    (tmp_path / file).touch()
    code = f"""
import os, sys
from {name}_client import cli
os.chdir({str(tmp_path)!r})
sys.exit(cli.main(sys.argv[1:]))
"""
    arguments = ["-c", code, INVENTED[name][0], *options]
    key = {"zephyr": "ZEPHYR_TOKEN", "borealis": "BOREALIS_KEY"}[name]
    done = workspace.run(name, *arguments, "--base-url", "http://127.0.0.1:1", **{key: "a-key"})
    assert (done.returncode, f"{file} already exists" in done.stderr) == (12, True), done.stderr
    assert workspace.run(name, *arguments, "--curl").stdout.endswith(f" --output {in_curl}\n")


def test_the_key_goes_to_both_hosts_and_nowhere_else(workspace: Workspace) -> None:
    code = """
import httpx2, borealis_client
seen = []
def answer(request):
    seen.append((str(request.url), request.headers.get("authorization")))
    path = request.url.path
    if request.method == "POST" and path.startswith("/run"):
        return httpx2.Response(200, content=b"RIFF")
    if request.method == "POST":
        urls = {"state": "https://elsewhere.example/state", "result": "https://queue.borealis.example/own"}
        return httpx2.Response(201, json={"job": {"id": "j/1", "urls": urls}, "state": "IN_QUEUE"})
    if path.endswith("/status"):
        return httpx2.Response(200, json={"state": "OK"})
    return httpx2.Response(200, json={"images": [{"url": "https://cdn.example/1.webp"}]})
with borealis_client.BorealisClient("a-key", transport=httpx2.MockTransport(answer)) as client:
    try:
        client.acme_paint_2.generate(prompt="fog")
    except borealis_client.UnreadableResponse:
        pass
    result = client.acme_paint_2.submit(prompt="fog").wait(interval=0)
    try:
        client.download(result)
    except borealis_client.UnreadableResponse:
        pass
for url, key in seen:
    print(url, key)
"""
    assert workspace.code("borealis", code).splitlines() == [
        "https://run.borealis.example/run/acme/paint-2 Key a-key",
        "https://queue.borealis.example/jobs/acme/paint-2 Key a-key",
        "https://queue.borealis.example/jobs/acme/paint-2/requests/j%2F1/status Key a-key",
        "https://queue.borealis.example/own Key a-key",
        "https://cdn.example/1.webp None",
    ]


def test_a_timeout_names_the_state_where_the_provider_has_it(workspace: Workspace) -> None:
    code = """
from borealis_client.errors import InferenceTimeout
from borealis_client import BorealisClient, JobHandle
print(InferenceTimeout(JobHandle("acme/paint-2", "r", "", ""), 1.0, {"state": "WAITING", "status": "other"}))
"""
    assert "still WAITING" in workspace.code("borealis", code)
