"""The command line: its output, its files and its exit codes."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from segmind_client import JobHandle, Result, UnreadableResponse, cli, errors
from segmind_client._command import exit_codes, generate
from segmind_client._command.options import parser_for, top_parser
from segmind_client._command.terminal import say
from segmind_client.spec.catalog import SLUGS, get
from segmind_client.spec.facts import Model
from segmind_client.spec.platform import PLATFORM
from tests.client.doubles import Command, MockServer
from tests.material import absent, reserved

LARGE = "stable-diffusion-3.5-large-txt2img"
SMALL = "--prompt", "a lighthouse", "--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64"


@pytest.fixture
def params(payload_of: Callable[..., dict[str, object]]) -> Callable[[Model], list[str]]:
    return lambda model: [model.slug, "--params", json.dumps(payload_of(model))]


class TestDrawing:
    @pytest.mark.parametrize("queue", [[], ["--async", "--poll-interval", "0.01"]])
    def test_generate_with_every_model(
        self,
        command: Command,
        mock: MockServer,
        model: Model,
        params: Callable[[Model], list[str]],
        queue: list[str],
        tmp_path: Path,
    ) -> None:
        done = command(*params(model), "--out", "x.bin", *queue, mock=mock)
        assert done.returncode == 0, done.stderr
        with Pillow.open(tmp_path / "x.bin") as picture:
            picture.load()
        assert done.stdout.startswith(b"x.bin  ")
        (post,) = mock.journal("POST")
        assert post["path"] == (model.submit if queue else model.sync).path  # type: ignore[union-attr]

    def test_the_default_path_is_the_models_name(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        assert command(LARGE, *SMALL, "--image-format", "png", mock=mock).returncode == 0
        assert [path.name for path in tmp_path.iterdir()] == [f"{LARGE}.png"]

    def test_several_images_get_numbers(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        done = command(LARGE, *SMALL, "--batch-size", "2", "--base64", "--out", "x.jpeg", mock=mock)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == ["x-1.jpeg", "x-2.jpeg"]

    def test_an_image_to_standard_output(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        done = command(LARGE, *SMALL, "--out", "-", mock=mock)
        assert done.stdout.startswith(b"\xff\xd8\xff") and done.stdout.endswith(b"\xff\xd9")
        assert not list(tmp_path.iterdir())

    def test_quiet_prints_nothing(self, command: Command, mock: MockServer) -> None:
        done = command(LARGE, *SMALL, "--async", "--poll-interval", "0.01", "--quiet", mock=mock)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_json_output(self, command: Command, mock: MockServer) -> None:
        done = command(LARGE, *SMALL, "--seed", "7", "--json", mock=mock)
        facts = json.loads(done.stdout)
        assert facts["images"] == [{"path": f"{LARGE}.jpeg", "media_type": "image/jpeg", "width": 64, "height": 64}]
        assert facts["remaining_credits"] > 0

    def test_values_from_files_and_standard_input(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / "prompt.txt").write_text("from a file\n", encoding="utf-8")
        asked = [
            *SMALL[2:],
            "--prompt",
            "@prompt.txt",
            "--negative-prompt",
            "-",
            "--params",
            '{"seed": 1, "prompt": "lost"}',
        ]
        assert command(LARGE, *asked, mock=mock, stdin="früh\r\n".encode()).returncode == 0
        payload = mock.journal()[0]["payload"]
        assert (payload["prompt"], payload["negative_prompt"], payload["seed"]) == ("from a file", "früh", 1)

    def test_a_text_that_begins_with_at(self, command: Command, mock: MockServer) -> None:
        assert command(LARGE, *SMALL, "--prompt", "@@home", mock=mock).returncode == 0
        assert mock.journal()[0]["payload"]["prompt"] == "@home"

    def test_the_key_in_a_file(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(f"{mock.key}\n")
        done = command(LARGE, *SMALL, "--key-file", "key", environ={"SEGMIND_API_KEY": None})
        assert done.returncode == 0, done.stderr
        assert len(mock.journal()) == 1

    def test_an_undocumented_value_prints_a_note(self, command: Command, mock: MockServer) -> None:
        done = command(LARGE, *SMALL, "--sampler", "brand_new", mock=mock)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count(b"note: ") == 1 and b"brand_new" in done.stderr

    def test_overwrite_replaces_an_image(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / "x.jpeg").write_text("old")
        assert command(LARGE, *SMALL, "--out", "x.jpeg", "--overwrite", mock=mock).returncode == 0
        assert (tmp_path / "x.jpeg").read_bytes().startswith(b"\xff\xd8")


class TestRefusingBeforeItCosts:
    @pytest.mark.parametrize(
        ("arguments", "status", "words"),
        [
            ([LARGE, *SMALL, "--out", "there.jpeg"], 12, "replace it with --overwrite"),
            ([LARGE, *SMALL, "--batch-size", "2", "--out", "several.jpeg"], 12, "several-2.jpeg already exists"),
            ([LARGE, *SMALL, "--out", "no/x.jpeg"], 12, "no such folder"),
            ([LARGE, *SMALL, "--out", "folder"], 12, "no file can be written"),
            ([LARGE, *SMALL, "--batch-size", "2", "--out", "-"], 2, "--out - is for one image, and 2 were requested"),
            ([LARGE, *SMALL, "--prompt", "@missing.txt"], 12, "missing.txt"),
            ([LARGE, *SMALL, "--key-file", "missing"], 12, "missing"),
            ([LARGE, *SMALL, "--params", "[]"], 2, "expected a JSON object"),
            ([LARGE, *SMALL, "--params", "{"], 2, "invalid JSON"),
            ([LARGE, *SMALL, "--prompt", "-", "--negative-prompt", "-"], 2, "only one option"),
            ([LARGE, *SMALL, "--timeout", "-1"], 2, "number of seconds > 0"),
            ([LARGE, *SMALL, "--timeout", "nan"], 2, "number of seconds > 0"),
            ([LARGE, *SMALL, "--no-such"], 2, "unrecognized"),
            ([LARGE, *SMALL, "--prom", "x"], 2, "unrecognized"),
            ([LARGE, *SMALL, "--base-url", "nowhere"], 2, "must begin with http:// or https://"),
            ([LARGE, *SMALL, "--base-url", "nowhere", "--dry-run"], 2, "must begin with http:// or https://"),
            ([LARGE, *SMALL, "--key-file", "empty"], 4, "empty: no API key on its first line"),
            ([LARGE, *SMALL, "--key-file", "odd"], 4, "not allowed in a header"),
            ([LARGE], 3, "prompt: is required"),
            ([LARGE, *SMALL, "--steps", "5", "--scheduler", "karas"], 3, "2 invalid parameters"),
            ([LARGE, *SMALL, "--params", '{"guidance_scale": NaN}'], 3, "can't be sent as JSON"),
            (["stable-difusion-3.5-large-txt2img"], 2, f"did you mean {LARGE}"),
            (["--no-such"], 2, "unrecognized"),
        ],
    )
    def test_refusals_have_a_message_and_an_exit_code(
        self, command: Command, mock: MockServer, tmp_path: Path, arguments: list[str], status: int, words: str
    ) -> None:
        (tmp_path / "there.jpeg").write_text("mine")
        (tmp_path / "several-2.jpeg").write_text("mine")
        (tmp_path / "folder").mkdir()
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "odd").write_text("a key in words\n")
        done = command(*arguments, mock=mock)
        assert done.returncode == status, done.stderr
        assert words in done.stderr.decode()
        assert b"Traceback" not in done.stderr
        assert mock.journal() == []
        assert (tmp_path / "there.jpeg").read_text() == "mine"

    def test_an_invalid_base_url_is_always_reported(self, command: Command) -> None:
        """Exit code 2 as in the help, before the missing key is reported. Also if the URL is in the environment."""
        done = command(LARGE, *SMALL, "--base-url", "nowhere", environ={"SEGMIND_API_KEY": None})
        assert (done.returncode, b"argument --base-url: 'nowhere'" in done.stderr) == (2, True), done.stderr
        assert command(LARGE, *SMALL, environ={"SEGMIND_BASE_URL": "nowhere"}).returncode == 2

    @pytest.mark.parametrize(
        "arguments", [[LARGE, *SMALL], [LARGE, "--batch", "lines.jsonl", "--out-dir", "out"], ["resume", "handle.json"]]
    )
    def test_a_missing_key_is_refused(self, command: Command, tmp_path: Path, arguments: list[str]) -> None:
        """The advice is for the command line, not for Python."""
        (tmp_path / "lines.jsonl").write_text(
            '{"prompt": "fog", "sampler": "euler", "scheduler": "normal", "width": 64, "height": 64}\n'
        )
        (tmp_path / "handle.json").write_text(JobHandle(LARGE, "id", "https://service.test/p", "https://x").to_json())
        done = command(*arguments, environ={"SEGMIND_API_KEY": None})
        assert done.returncode == 4, done.stderr
        assert b"set SEGMIND_API_KEY, or name a file that contains it with --key-file" in done.stderr
        assert b"api_key" not in done.stderr


class TestEndingBadly:
    @pytest.mark.parametrize(
        ("scenario", "arguments", "status"),
        [
            ("status-400", [], 3),
            ("status-401", [], 4),
            ("status-406", [], 5),
            ("status-500", [], 10),
            ("status-404", [], 10),
            ("html-502", [], 9),
            ("job-fails", ["--async", "--poll-interval", "0.01"], 7),
            ("stuck", ["--async", "--poll-interval", "0.01", "--timeout", "0.1"], 8),
        ],
    )
    def test_failures_have_the_documented_exit_code(
        self, command: Command, mock: MockServer, tmp_path: Path, scenario: str, arguments: list[str], status: int
    ) -> None:
        mock.set("scenarios", scenario=scenario)
        done = command(LARGE, *SMALL, *arguments, mock=mock)
        assert done.returncode == status, done.stderr
        assert done.stderr.splitlines()[-1].startswith(b"segmind-client: ")
        assert mock.key.encode() not in done.stdout + done.stderr
        assert len(mock.journal("POST")) == 1
        assert not list(tmp_path.iterdir())
        if status in (7, 8):
            handle = json.loads(done.stderr.splitlines()[-2])
            assert handle["request_id"] == mock.journal("POST")[0]["request_id"]

    def test_exit_code_of_too_many_requests(self, command: Command, mock: MockServer) -> None:
        mock.set("scenarios", scenario="rate-limited", times=5)
        assert command(LARGE, *SMALL, "--timeout", "20", mock=mock).returncode == 6

    def test_exit_code_of_an_unreachable_service(self, command: Command) -> None:
        assert command(LARGE, *SMALL, "--base-url", "http://127.0.0.1:9", "--timeout", "0.2").returncode == 6

    @pytest.mark.parametrize("status", PLATFORM.statuses)
    def test_every_http_status_has_an_exit_code(self, status: int) -> None:
        assert exit_codes.exit_code_for(errors.BY_STATUS[status](status, "x")) in (3, 4, 5, 6, 10)

    def test_every_exit_code_is_in_the_help(self) -> None:
        text = parser_for(get(LARGE)).format_help()
        for code in exit_codes.ExitCode:
            assert f"  {code:>3}  {code.meaning}\n" in text

    def test_an_unreadable_response_is_saved(
        self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(*_: object) -> Result:
            raise UnreadableResponse("no picture", b"paid for")

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(generate, "read_result", fail)
        asked = [LARGE, *SMALL, "--base-url", mock.url, "--out", "x.jpeg", "--key-file", "key"]
        (tmp_path / "key").write_text(mock.key)
        assert cli.main(asked) == 11
        assert (tmp_path / "x.jpeg.unreadable").read_bytes() == b"paid for"
        assert "saved as x.jpeg.unreadable" in capsys.readouterr().err

    def test_an_image_that_cannot_be_saved_is_saved_elsewhere(
        self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)
        real = generate._call

        def meanwhile(*arguments: Any, **named: Any) -> Result:
            (tmp_path / "x.jpeg").write_text("somebody else's")
            return real(*arguments, **named)

        monkeypatch.setattr(generate, "_call", meanwhile)
        (tmp_path / "key").write_text(mock.key)
        assert cli.main([LARGE, *SMALL, "--base-url", mock.url, "--out", "x.jpeg", "--key-file", "key"]) == 12
        said = capsys.readouterr().err
        (kept,) = tmp_path.glob("segmind-*/x.jpeg")
        assert f"saved as {kept} instead" in said
        assert (tmp_path / "x.jpeg").read_text() == "somebody else's"

    def test_exit_code_of_an_interrupt(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupt(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(cli, "_run", interrupt)
        assert cli.main([]) == 130
        assert "may still be billed" in capsys.readouterr().err

    def test_control_characters_are_removed_on_a_terminal(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(*_: object) -> int:
            raise errors.BadRequestError(400, "\x1b]52;c;x\x07 \x9b31m \u202e two\nlines")

        monkeypatch.setattr(cli, "_run", fail)
        assert cli.main([]) == 3
        say("queued as \x1b[2J")
        said = capsys.readouterr().err
        assert all(c.isprintable() or c == "\n" for c in said)
        assert "lines" in said


class TestShowingInsteadOfSending:
    @pytest.mark.parametrize("option", ["--dry-run", "--curl"])
    def test_a_dry_run_needs_no_key_and_sends_nothing(self, command: Command, mock: MockServer, option: str) -> None:
        for environ in ({"SEGMIND_API_KEY": None}, {}):
            done = command(LARGE, *SMALL, option, mock=mock, environ=environ)
            assert done.returncode == 0, done.stderr
            assert b"x-api-key: $SEGMIND_API_KEY" in done.stdout
            assert mock.key.encode() not in done.stdout
        assert mock.journal() == []

    def test_dry_run_shows_the_exact_request(self, command: Command, server: str) -> None:
        text = command(LARGE, *SMALL, "--async", "--dry-run").stdout.decode()
        head, _, body = text.partition("\n\n")
        assert head.splitlines()[0] == f"POST {server}/v2/{LARGE}"
        assert "content-type: application/json" in head
        assert json.loads(body) == {
            "prompt": "a lighthouse",
            "sampler": "euler",
            "scheduler": "normal",
            "width": 64,
            "height": 64,
        }

    def test_dry_run_and_curl_check_parameters(self, command: Command) -> None:
        assert command(LARGE, "--dry-run").returncode == 3

    def test_the_printed_curl_command_works(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        if not shutil.which("curl"):
            absent("curl")
        prompt = 'it\'s "$HOME" `x` \\ %s é\n!'
        line = command(LARGE, *SMALL, "--prompt", prompt, "--curl", mock=mock).stdout.decode()
        environment = {"SEGMIND_API_KEY": mock.key, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"}
        subprocess.run(["sh", "-c", line], check=True, capture_output=True, cwd=tmp_path, env=environment)
        with Pillow.open(tmp_path / f"{LARGE}.jpeg") as picture:
            assert picture.size == (64, 64)
        assert mock.journal()[0]["payload"]["prompt"] == prompt


class TestHelp:
    def test_help_lists_the_models_without_importing_them(self, command: Command) -> None:
        code = (
            "import sys\nfrom segmind_client.cli import main\n"
            "try:\n    main(['--help'])\nexcept SystemExit as end:\n    status = end.code\n"
            "bad = [m for m in sys.modules if 'spec.models.' in m or '.resources.' in m or m == 'httpx2']\n"
            "sys.exit(status or (bad and str(bad)) or 0)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert all(slug in done.stdout for slug in SLUGS)

    def test_no_arguments_prints_help(self, command: Command) -> None:
        done = command()
        assert (done.returncode, done.stderr) == (0, b"")
        assert LARGE.encode() in done.stdout

    def test_help_of_a_model_shows_each_parameter_with_its_rules(self, command: Command, model: Model) -> None:
        done = command(model.slug, "--help", environ={"COLUMNS": "500"})
        # The help of an option begins on its line, or on the next one if the option is long.
        blocks = re.split(r"\n  (?=-)", done.stdout.decode())
        for parameter in model.parameters.values():
            (line,) = (block for block in blocks if re.match(f"--{parameter.option}[ ,\n]", block))
            assert parameter.type in line
            assert not parameter.required or "required" in line
            assert all(str(value) in line for value in parameter.enum)
            if parameter.maximum is not None:
                assert f"to {parameter.maximum:.15g}" in line

    def test_help_in_an_ascii_locale(self, command: Command) -> None:
        done = command(LARGE, "--help", environ={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
        assert done.returncode == 0, done.stderr

    def test_version_option(self, command: Command) -> None:
        from pagewright import __version__

        assert command("--version").stdout.decode().strip() == f"segmind-client {__version__}"


def test_the_generator_reserves_exactly_our_own_options() -> None:
    """The generator must know all own options, because a parameter with such a name gets another option."""

    def options(parser: argparse.ArgumentParser) -> set[str]:
        strings = [string for action in parser._actions for string in action.option_strings]
        return {string[2:] for string in strings if string.startswith("--")}

    ours = options(top_parser())
    for slug in SLUGS:
        model = get(slug)
        theirs = {f"{no}{p.option}" for p in model.parameters.values() for no in ("", "no-")}
        ours |= options(parser_for(model)) - theirs
    assert ours == reserved().options
