"""The command line as people and scripts use it: suggestions, JSON for everything, terminals, plain files of prompts."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segmind_client import (
    ConnectionFailed,
    ImageResult,
    InferenceFailed,
    InferenceTimeout,
    JobHandle,
    UnreadableResponse,
    cli,
)
from segmind_client._command import generate, wait_progress
from segmind_client._command.batch.lines import read_lines
from segmind_client._command.exit_codes import CommandError, ExitCode
from segmind_client._command.failure import as_object, code_of, wants_json
from segmind_client._command.terminal import readable_json
from segmind_client._flows.main_parameter import main_parameter
from segmind_client._results.suffixes import suffix_note
from segmind_client.spec.catalog import get
from segmind_client.spec.facts import Model, Parameter
from segmind_client.spec.similar import closest, nearest
from tests.client.doubles import Command, MockServer
from tests.material import absent

TINY = "tinysd1.5-txt2img"
FOG = TINY, "--prompt", "fog"
QUEUED = *FOG, "--async", "--poll-interval", "0.01"
#: What only a Python program can do.
PYTHON = re.compile(
    r"pathlib|extra_parameters|api_key=|timeout=|min_credits=|max_usd=|base_url|=True|\.resume\(|Budget\("
)


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        content: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return content.decode()


@pytest.fixture
def command(command_here: Command) -> Command:
    return command_here


class TestSuggestions:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([*FOG, "--promt", "x"], "unrecognized arguments: --promt x; did you mean --prompt?"),
            ([*FOG, "--promt=x"], "did you mean --prompt?"),
            ([*FOG, "--neg", "x"], "did you mean --negative-prompt?"),
            ([*FOG, "--Img_Width", "512"], "did you mean --img-width?"),
            ([*FOG, "--widht", "512"], "did you mean --img-width?"),
            ([*FOG, "--shceduler", "x", "--sead", "1"], "did you mean --scheduler and --seed?"),
            ([*FOG, "--overwrit"], "did you mean --overwrite?"),
            ([*FOG, "--no-bas64"], "did you mean --no-base64?"),
            ([*FOG, "--qqqqqq"], f"`segmind-client {TINY} --help` lists the options"),
            ([TINY, "A lighthouse in fog"], "a value follows its option: --prompt 'A lighthouse in fog'"),
            ([TINY, "a", "lighthouse"], "a value follows its option: --prompt 'a lighthouse'"),
            ([TINY, "--prompt", "a", "lighthouse"], "put quotes around a value that contains spaces"),
            (["resume", "h.json", "--outdir", "x"], "did you mean --out-dir?"),
            (["--verison"], "did you mean --version?"),
            (["--prompt", "x"], "a model's options come after its slug: segmind-client SLUG [options]"),
            (["tinysd1.5-text2img"], f"did you mean {TINY}?"),
            (["TINYSD1_5_TXT2IMG"], f"did you mean {TINY}?"),
            (["tinysd"], f"did you mean {TINY}?"),
            (["turbo"], "did you mean stable-diffusion-3.5-turbo-txt2img?"),
            (["resum"], "did you mean resume?"),
            (["qqqqqq"], "`segmind-client --help` lists them"),
        ],
    )
    def test_the_nearest_name_is_suggested(self, command: Command, arguments: list[str], words: str) -> None:
        done = command(*arguments)
        assert (done.returncode, words in done.stderr.decode(), done.stdout) == (2, True, b""), done.stderr

    @pytest.mark.parametrize(
        ("word", "choices", "found"),
        [
            ("unipc", ("DDIM", "UniPC"), "UniPC"),
            ("UNI-PC", ("DDIM", "UniPC"), "UniPC"),
            ("euler_a", ("Euler", "Euler a"), "Euler a"),
            ("euler", ("Euler a", "Euler"), "Euler"),
            ("dpm++ 2m", ("DPM 2M", "DPM++ 2M"), "DPM++ 2M"),
            ("karas", ("normal", "karras"), "karras"),
            ("karras", ("DPM2 a Karras", "LMS"), "DPM2 a Karras"),
            ("PNG", ("jpeg", "png"), "png"),
            ("pgn", ("webp", "png"), "png"),
            ("gpn", ("webp", "jpg"), None),
            ("xyz", ("DDIM", "UniPC"), None),
            ("x" * 1_000_000, ("DDIM",), None),
            ("", ("DDIM",), None),
            ("++", ("DDIM", "+"), None),
            ("a", (1, 2), None),
        ],
    )
    def test_values_are_compared_without_case_and_signs(
        self, word: str, choices: tuple[object, ...], found: object
    ) -> None:
        assert closest(word, choices) == found

    def test_several_suggestions_are_ordered(self) -> None:
        assert nearest("out", ["timeout", "out-dir", "output-quality"], 2, 0.9) == ["out-dir", "output-quality"]

    def test_values_of_open_and_of_closed_lists_get_suggestions(self, command: Command) -> None:
        opened = command(*FOG, "--scheduler", "unipc", "--dry-run")
        assert opened.returncode == 0 and b"Did you mean 'UniPC'?" in opened.stderr
        closed = command("stable-diffusion-3.5-large-txt2img", "--prompt", "x", "--image-format", "PNG", "--dry-run")
        assert closed.returncode == 3 and b"Did you mean 'png'?" in closed.stderr
        params = command(TINY, "--params", '{"Prompt": "x", "prompt": "x"}', "--dry-run")
        assert params.returncode == 3 and b"Did you mean 'prompt'?" in params.stderr


class TestJson:
    @pytest.mark.parametrize(
        ("arguments", "status", "kind"),
        [
            ([*FOG, "--promt", "x"], 2, "usage"),
            ([*FOG, "--timeout", "-1"], 2, "usage"),
            ([*FOG, "--out"], 2, "usage"),
            ([*FOG, "--params", "{"], 2, "usage"),
            ([*FOG, "--no-wait"], 2, "usage"),
            ([*FOG, "--out", "-"], 2, "usage"),
            (["nothing"], 2, "usage"),
            (["--nothing"], 2, "usage"),
            ([], 2, "usage"),
            ([TINY], 3, "invalid"),
            ([*FOG, "--samples", "9"], 3, "invalid"),
            ([TINY, "--batch", "broken.jsonl"], 3, "invalid"),
            ([*FOG, "--key-file", "empty"], 4, "key"),
            ([*FOG, "--base-url", "http://127.0.0.1:9", "--timeout", "0.2"], 6, "unreachable"),
            ([*FOG, "--key-file", "missing"], 12, "file"),
            ([*FOG, "--key-file", "latin1"], 12, "file"),
            ([*FOG, "--prompt", "@missing"], 12, "file"),
            ([*FOG, "--prompt", "@latin1"], 12, "file"),
            ([*FOG, "--out", "empty"], 12, "file"),
            ([TINY, "--batch", "missing.jsonl"], 12, "file"),
            ([TINY, "--batch", "prompts.txt", "--max-usd", "0"], 13, "limit"),
            (["resume"], 2, "usage"),
            (["resume", "empty"], 2, "usage"),
            (["resume", "missing"], 12, "file"),
        ],
    )
    def test_every_failure_is_one_object_with_the_exit_code(
        self, command: Command, mock: MockServer, tmp_path: Path, arguments: list[str], status: int, kind: str
    ) -> None:
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "latin1").write_bytes(b"f\xf6g")
        (tmp_path / "prompts.txt").write_text("fog")
        (tmp_path / "broken.jsonl").write_text('{"prompt": "x"}\n{"prompt": \n')
        done = command(*arguments, "--json", mock=mock)
        *_, found = [json.loads(line) for line in done.stdout.splitlines()]
        assert (done.returncode, found["status"]) == (status, status), done
        assert done.stderr and b"Traceback" not in done.stderr
        assert not PYTHON.search(done.stderr.decode()), done.stderr
        if status == 12:
            # The file is named first, as people expect it.
            assert re.search(
                r"segmind-client: (missing|latin1|empty|missing\.jsonl)[: ]", done.stderr.decode()
            ), done.stderr
        if kind != "limit":
            # A batch that stops at a limit ends with its summary.
            assert len(done.stdout.splitlines()) == 1 and found["error"]["kind"] == kind
            assert found["error"]["message"] in done.stderr.decode()
        assert mock.journal("POST") == []

    def test_violations_and_problems_are_listed(self, command: Command, tmp_path: Path) -> None:
        error = json.loads(command(*FOG, "--samples", "9", "--seed", "x", "--json").stdout)["error"]
        assert [(each["parameter"], each["rule"]) for each in error["violations"]] == [
            ("samples", "maximum"),
            ("seed", "type"),
        ]
        (tmp_path / "b.jsonl").write_text('{"prompt": \n{"prompt": 1}\n')
        error = json.loads(command(TINY, "--batch", "b.jsonl", "--json").stdout)["error"]
        assert [each.partition(": ")[0] for each in error["problems"]] == ["b.jsonl:1", "b.jsonl:2"]

    @pytest.mark.parametrize(
        ("scenario", "status", "kind"),
        [("status-406", 5, "no_credits"), ("html-502", 9, "in_doubt"), ("status-500", 10, "other")],
    )
    def test_json_of_a_failure_has_its_status_and_kind(
        self, command: Command, mock: MockServer, scenario: str, status: int, kind: str
    ) -> None:
        mock.set("scenarios", scenario=scenario)
        done = command(*FOG, "--json", mock=mock)
        found = json.loads(done.stdout)
        assert (done.returncode, found["status"], found["error"]["kind"]) == (status, status, kind)

    def test_a_failed_job_and_an_unfinished_one_name_their_handle(self, command: Command, mock: MockServer) -> None:
        for scenario, status, options in (("job-fails", 7, ()), ("stuck", 8, ("--timeout", "0.05"))):
            mock.set("scenarios", scenario=scenario)
            done = command(*QUEUED, *options, "--json", mock=mock)
            found = json.loads(done.stdout)
            assert (done.returncode, found["status"]) == (status, status)
            assert JobHandle(**found["error"]["handle"]).slug == TINY
            is_told_to_go_on = "run `segmind-client resume job.json`" in found["error"]["message"]
            assert is_told_to_go_on is (scenario == "stuck")
            assert not PYTHON.search(done.stderr.decode())

    def test_a_resumed_batch_of_jobs_reports_each_failure(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        root = f"{mock.url}/v2/requests"
        handles = [JobHandle(TINY, f"r{n}", f"{root}/r{n}/status", f"{root}/r{n}").to_json() for n in range(2)]
        (tmp_path / "h.json").write_text("\n".join(handles))
        done = command("resume", "h.json", "--json", mock=mock)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert [(each["request_id"], each["status"]) for each in told] == [("r0", 10), ("r1", 10)]
        assert done.returncode == 10

    def test_json_of_a_dry_run_is_the_request(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        shown = json.loads(command(*FOG, "--dry-run", "--json", mock=mock).stdout)
        assert (shown["method"], shown["url"]) == ("POST", f"{mock.url}/v1/{TINY}")
        assert (shown["body"], shown["headers"]["x-api-key"]) == ({"prompt": "fog"}, "$SEGMIND_API_KEY")
        curl = json.loads(command(*FOG, "--curl", "--json", mock=mock).stdout)
        assert shlex.split(curl["curl"])[0] == "curl"
        (tmp_path / "b.txt").write_text("one\ntwo\n")
        told = command(TINY, "--batch", "b.txt", "--curl", "--json", mock=mock).stdout.splitlines()
        assert ["curl" in json.loads(line) for line in told] == [True, True]

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16"])
    @pytest.mark.parametrize("options", [[], ["--json"], ["--out", "/nowhere/ü.png", "--json", "--no-dry-run"]])
    def test_json_is_valid_in_any_encoding(
        self, monkeypatch: pytest.MonkeyPatch, server: str, encoding: str, options: list[str]
    ) -> None:
        prompt = "fög € 😀 \u200b\x7f\x85\u2028 \ud800"
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        dry = [] if "--no-dry-run" in options else ["--dry-run"]
        cli.main([TINY, "--params", json.dumps({"prompt": prompt}), *dry, *options, "--base-url", server])
        stream.flush()
        text = stream.buffer.getvalue().decode(encoding)
        found = json.loads(text.partition("\n\n")[2] or text)
        if not options:
            assert found == {"prompt": prompt}
            assert all(c.isprintable() or c == "\n" for c in text)
        assert dry or "--no-dry-run" in found["error"]["message"]

    def test_text_for_people_is_escaped_only_where_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
        assert readable_json({"a": "ö€\x1b"}) == '{"a": "ö\\u20ac\\u001b"}'

    def test_whether_json_is_wanted_is_known_before_parsing(self) -> None:
        assert wants_json(["--qqq", "--json"]) and not wants_json(["x", "--", "--json"]) and not wants_json([])

    def test_json_names_the_file_of_an_unreadable_response(
        self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(*_: object) -> ImageResult:
            raise UnreadableResponse("no picture", b"paid for")

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(generate, "read_result", fail)
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        assert cli.main([*FOG, "--base-url", mock.url, "--out", "x.jpeg", "--json"]) == 11
        assert json.loads(capsys.readouterr().out)["error"]["notes"] == ["the response is saved as x.jpeg.unreadable"]

    def test_exceptions_as_json_objects(self) -> None:
        assert as_object(KeyboardInterrupt(), code_of(KeyboardInterrupt()))["status"] == ExitCode.INTERRUPTED
        failed = as_object(ConnectionFailed("no route"), ExitCode.UNREACHABLE)
        assert failed == {"error": {"kind": "unreachable", "message": "Connection failed: no route"}, "status": 6}


class TestCurl:
    @pytest.mark.parametrize(
        ("options", "file"),
        [
            (["--out", "a b'$(id).png"], "a b'$(id).png"),
            (["--out=-x.png"], "./-x.png"),
            (["--out", "-"], None),
            ([], f"{TINY}.jpeg"),
            (["--async"], None),
            (["--async", "--out", "job.json"], "job.json"),
        ],
    )
    def test_the_curl_command_writes_to_the_file_of_out(
        self, command: Command, options: list[str], file: str | None
    ) -> None:
        words = shlex.split(command(*FOG, *options, "--curl").stdout.decode())
        assert (words[words.index("--output") + 1] if "--output" in words else None) == file

    def test_the_curl_command_saves_the_image_whatever_the_prompt(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        if not shutil.which("curl"):
            absent("curl")
        hostile = "'; touch owned; echo '`touch owned`$(touch owned)\n@file"
        line = command(
            TINY, "--prompt", hostile, "--curl", "--out", "it's $(touch owned).jpeg", mock=mock
        ).stdout.decode()
        environment = {"SEGMIND_API_KEY": mock.key, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"}
        subprocess.run(["sh", "-c", line], check=True, capture_output=True, cwd=tmp_path, env=environment)
        assert [path.name for path in tmp_path.iterdir()] == ["it's $(touch owned).jpeg"]
        assert mock.journal()[0]["payload"]["prompt"] == hostile

    def test_curl_commands_of_a_batch_write_into_its_folder_only(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "b.jsonl").write_text('{"id": "../../etc/passwd", "prompt": "x"}\n')
        words = shlex.split(command(TINY, "--batch", "b.jsonl", "--out-dir", "o", "--sync", "--curl").stdout.decode())
        assert words[words.index("--output") + 1] == "o/_.._etc_passwd.jpeg" and "--create-dirs" in words


class TestWaiting:
    def test_no_wait_needs_no_free_file(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / f"{TINY}.jpeg").write_text("mine")
        for out in ([], ["--out", f"{TINY}.jpeg"], ["--out", "no/such/folder.jpeg"]):
            done = command(*QUEUED, "--no-wait", *out, mock=mock)
            assert done.returncode == 0 and json.loads(done.stdout)["slug"] == TINY, done.stderr
        assert (tmp_path / f"{TINY}.jpeg").read_text() == "mine"

    def test_no_wait_without_a_job_is_refused(self, command: Command, mock: MockServer) -> None:
        done = command(*FOG, "--no-wait", mock=mock)
        assert (done.returncode, b"--no-wait needs --async" in done.stderr) == (2, True)
        assert mock.journal() == []

    @pytest.mark.parametrize("options", [[], ["--quiet"]])
    def test_progress_on_a_terminal(
        self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        monkeypatch.setenv("COLUMNS", "300")
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert cli.main([*QUEUED, "--base-url", mock.url, *options]) == 0
        said = terminal.text()
        request_id = mock.journal("POST")[0]["request_id"]
        shown = f"\rjob {request_id}: waiting, 0 s\x1b[K"
        assert (shown in said, "COMPLETED" in said) == ((False, False) if options else (True, True)), said
        # Nothing of the line is left when the result is printed.
        assert options or said.rindex("\r\x1b[K") > said.rindex("COMPLETED")

    def test_no_progress_off_a_terminal(self, command: Command, mock: MockServer) -> None:
        assert b"\r" not in command(*QUEUED, mock=mock).stderr

    def test_a_narrow_terminal_is_not_wrapped(
        self, monkeypatch: pytest.MonkeyPatch, handle: JobHandle, mock: MockServer
    ) -> None:
        monkeypatch.setenv("COLUMNS", "12")
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        with mock.client() as client, wait_progress.showing_progress(client, handle, quiet=False):
            pass
        assert terminal.text() == "\rjob r1: wai\x1b[K\r\x1b[K"


class TestOutput:
    @pytest.mark.parametrize(
        ("path", "media_type", "is_noted"),
        [
            ("x.png", "image/jpeg", True),
            ("x.PNG", "image/jpeg", True),
            ("x.jpg", "image/png", True),
            ("x.mp4", "image/png", True),
            ("x.txt", "image/png", True),
            ("x.jpg", "image/jpeg", False),
            ("x.JPEG", "image/jpeg", False),
            ("x.jfif", "image/jpeg", False),
            ("x.webp", "image/webp", False),
            ("x.bin", "image/jpeg", False),
            ("x", "image/jpeg", False),
            (".png", "image/jpeg", False),
            ("x.v2", "image/jpeg", False),
            ("x.tmp", "image/jpeg", False),
            ("x.jepg", "image/jpeg", True),
            ("x.jepg", "video/mp4", True),
            ("x.jpeg", "text/plain", True),
            ("x.txt", "text/plain", False),
            ("x.json", "application/json", False),
            ("a.png/x", "image/jpeg", False),
        ],
    )
    def test_a_suffix_of_another_format_is_noted(self, path: str, media_type: str, is_noted: bool) -> None:
        note = suffix_note(path, media_type)
        assert (note is not None) is is_noted
        assert note is None or (path in note and media_type in note)

    def test_a_file_with_another_suffix_is_saved_with_a_note(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        done = command(*FOG, "--out", "x.png", mock=mock)
        assert done.returncode == 0 and (tmp_path / "x.png").read_bytes().startswith(b"\xff\xd8")
        assert b"note: x.png: the file is image/jpeg, not image/png" in done.stderr
        assert b"note:" not in command(*FOG, "--out", "x.jpg", mock=mock).stderr

    @pytest.mark.parametrize("arguments", [FOG, QUEUED, ("resume", "h.json")])
    def test_no_binary_on_a_terminal(
        self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "h.json").write_text(JobHandle(TINY, "id", f"{mock.url}/a", f"{mock.url}/b").to_json())
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        terminal, said = Terminal(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr(sys, "stderr", said)
        assert cli.main([*arguments, "--out", "-", "--base-url", mock.url]) == 2
        assert "standard output is a terminal" in said.getvalue() and "--out" in said.getvalue()
        assert terminal.text() == "" and mock.journal("POST") == []


class TestAdvice:
    @pytest.mark.parametrize(
        "arguments",
        [
            [*FOG, "--samples", "2", "--dry-run"],
            [*FOG, "--params", '{"promt": 1}'],
            [*FOG, "--base-url", "nowhere"],
            ["resume", "missing.json"],
        ],
    )
    def test_advice_of_the_command_line_names_options(self, command: Command, arguments: list[str]) -> None:
        said = command(*arguments, environ={"SEGMIND_API_KEY": None}).stderr.decode()
        assert not PYTHON.search(said), said

    def test_advice_for_several_images_names_options(self, command: Command, mock: MockServer) -> None:
        said = command(*FOG, "--samples", "2", mock=mock).stderr.decode()
        assert "Use --base64 or --async" in said and not PYTHON.search(said)

    def test_a_wrong_base_url_variable_is_named(self, command: Command) -> None:
        for arguments in ([*FOG], [*FOG, "--dry-run"], ["resume", "x"]):
            done = command(*arguments, environ={"SEGMIND_BASE_URL": "nowhere"})
            assert done.returncode == 2 and b"SEGMIND_BASE_URL: 'nowhere' must begin with http://" in done.stderr
            assert not PYTHON.search(done.stderr.decode())

    def test_advice_for_python_names_no_options(self, handle: JobHandle) -> None:
        error = InferenceTimeout(handle, 2.0, {"status": "PROCESSING"})
        assert str(error).endswith("after 2.0 s; resume it by its handle (request r1)")
        assert InferenceFailed("no", {}).advice == ""


def _model(*parameters: Parameter) -> Model:
    return get(TINY)._replace(
        slug="invented", parameters={each.name: each for each in parameters}, validate=lambda _: [], advise=lambda _: []
    )


def _text(name: str, *, required: bool = False, **schema: object) -> Parameter:
    return Parameter(name, name, {"type": "string", **schema}, required=required)


MESSAGES = Parameter(
    "messages",
    "messages",
    {
        "type": "array",
        "items": {"type": "object", "properties": {"role": {"type": "string"}, "content": {"type": "string"}}},
    },
    required=True,
)


class TestPlainBatches:
    def _payloads(
        self, tmp_path: Path, content: bytes, name: str = "p.txt", model: Model | None = None
    ) -> list[object]:
        (tmp_path / name).write_bytes(content)
        lines = read_lines(model or get(TINY), str(tmp_path / name), {}, documented_only=True)
        return [line.payload.get("prompt", line.payload) for line in lines]

    @pytest.mark.parametrize(
        ("content", "prompts"),
        [
            ("a cat\na dog\n", ["a cat", "a dog"]),
            ("a cat\r\n\r\n  \r\na dog", ["a cat", "a dog"]),
            ("a cat\ra dog", ["a cat", "a dog"]),
            ("  a cat \n", ["a cat"]),
            ("\ufeffa cat\nbe\u2028low\x0b", ["a cat", "be\u2028low"]),
            ("{red|blue} car\n{{a}}\n{ fox }", ["{red|blue} car", "{{a}}", "{ fox }"]),
            ("[photo] fox\n[1] fox\n[1]\n", ["[photo] fox", "[1] fox", "[1]"]),
            ('"Stop" said he\n"unclosed\n"', ['"Stop" said he', '"unclosed', '"']),
            ('"a JSON string"\n"with \\u00e9"\nplain', ["a JSON string", "with é", "plain"]),
            ("7\n1984\ntrue\nnull\nNaN\n-1.5", ["7", "1984", "true", "null", "NaN", "-1.5"]),
            ("# no comment\n'quoted'\n@file\n-\n", ["# no comment", "'quoted'", "@file", "-"]),
            ("鳥\nné\n", ["鳥", "né"]),
        ],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_each_line_of_a_plain_batch_is_a_prompt(
        self, tmp_path: Path, content: str, prompts: list[str], encoding: str
    ) -> None:
        assert self._payloads(tmp_path, content.encode(encoding)) == prompts

    def test_the_suffix_of_json_lines_does_not_refuse_plain_lines(self, tmp_path: Path) -> None:
        assert self._payloads(tmp_path, b"a cat\na dog", "p.jsonl") == ["a cat", "a dog"]
        for broken in (b"{a cat}", b"[a cat]", b'"a cat', b"7"):
            with pytest.raises(CommandError):
                self._payloads(tmp_path, b"a cat\n" + broken, "p.jsonl")

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ('{"prompt": "x"}\na cat\n', "p.txt:2: not JSON, but line 1 is a JSON object; if it is a prompt"),
            ('a cat\n{"prompt": "x"}\n', "p.txt:1: not JSON, but line 2 is a JSON object"),
            ('a cat\n{"prompt": "x"\n', "p.txt:2: column"),
            ('a cat\n{"prompt": "x"}}\n{"prompt": "y"}\n', "p.txt:2: column"),
            ("a cat\n{'prompt': 'x'}\n", "p.txt:2: column"),
            ('a cat\n{"red"} fox', 'if it is a prompt, write it as a JSON string, "{\\"red\\"} fox"'),
            ('["a cat",\n"a dog"]\n', "one JSON value on several lines"),
            ('{\n  "prompt": "x"\n}\n', "one JSON value on several lines"),
            ('{"prompt": "x"}\n[1]\n', "p.txt:2: expected a JSON object of parameters or a string, got an array"),
        ],
    )
    def test_what_is_probably_broken_json_costs_nothing(self, tmp_path: Path, content: str, words: str) -> None:
        with pytest.raises(CommandError, match=re.escape(words)):
            self._payloads(tmp_path, content.encode())

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"f\xf6g"])
    def test_a_batch_file_that_is_not_text_is_refused(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(CommandError, match="save the file as UTF-8"):
            self._payloads(tmp_path, content)

    @pytest.mark.parametrize(
        ("parameters", "payload"),
        [
            ([_text("text", required=True)], {"text": "hi"}),
            ([_text("style"), _text("text")], {"text": "hi"}),
            ([_text("prompt"), _text("text", required=True)], {"text": "hi"}),
            ([_text("image", required=True, format="uri"), _text("prompt")], {"prompt": "hi"}),
            ([_text("voice", required=True, enum=["a"]), _text("script", required=True)], {"script": "hi"}),
            ([MESSAGES], {"messages": [{"role": "user", "content": "hi"}]}),
            ([_text("messages", required=True)], {"messages": "hi"}),
        ],
    )
    def test_the_main_parameter_has_any_name(
        self, tmp_path: Path, parameters: list[Parameter], payload: dict[str, object]
    ) -> None:
        assert self._payloads(tmp_path, b"hi", model=_model(*parameters)) == [payload.get("prompt", payload)]

    def test_a_model_without_a_prompt_says_so(self, tmp_path: Path) -> None:
        model = _model(_text("image", required=True, format="uri"))
        assert main_parameter(model) is None
        with pytest.raises(CommandError, match="because invented has no parameter for a prompt"):
            self._payloads(tmp_path, b"hi", model=model)

    def test_a_plain_batch_sends_each_line_as_a_prompt(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        (tmp_path / "prompts.txt").write_bytes(b"\xef\xbb\xbfa cat\r\n\r\n{a|b}\r\nlast")
        done = command(TINY, "--batch", "prompts.txt", "--poll-interval", "0.01", mock=mock)
        assert done.returncode == 0, done.stderr
        assert sorted(entry["payload"]["prompt"] for entry in mock.journal("POST")) == ["a cat", "last", "{a|b}"]
        again = command(TINY, "--batch", "-", "--out-dir", "o", "--dry-run", mock=mock, stdin="né\nb".encode())
        assert [json.loads(line)["body"]["prompt"] for line in again.stdout.splitlines()] == ["né", "b"]

    def test_standard_input_is_utf8_in_any_locale(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("né".encode()), encoding="ascii"))
        (line,) = read_lines(get(TINY), "-", {}, documented_only=True)
        assert line.payload == {"prompt": "né"}
