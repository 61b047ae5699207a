"""First use of the client: help, mistakes, Ctrl-C, and messages that say what to do."""

from __future__ import annotations

import importlib
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from segmind_client import AsyncSegmindClient, ConnectionFailed, ImageResult, RequestOptions, SegmindClient, cli
from segmind_client._command.options import parser_for
from segmind_client.spec.catalog import MODULES, get
from segmind_client.spec.facts import Parameter
from segmind_client.spec.schema import accepts_of
from segmind_client.spec.violations import advise_value, missing
from tests.client.doubles import Command, MockServer
from tests.waiting import LIMIT_S, killed_at_the_end, until

TINY = "tinysd1.5-txt2img"
FOG = [TINY, "--prompt", "fog"]


class TestOpenLists:
    def test_the_note_about_an_unknown_value_says_that_it_is_sent(self, command: Command) -> None:
        said = command(*FOG, "--scheduler", "unipc", "--dry-run").stderr.decode()
        assert (
            "'unipc' is not among the 12 known values. The page does not show the whole list, so the value is sent as it is; "
            "the service may refuse it, or accept and bill it. Did you mean 'UniPC'?"
        ) in said

    @pytest.mark.parametrize(
        ("total", "words"), [(None, "the 2 known values."), (2, "the 2 known values."), (9, "the 2 known of 9 values.")]
    )
    def test_a_cut_off_list_is_never_called_2_of_2_values(self, total: int | None, words: str) -> None:
        schema = {"type": "string", "x-known-values": ["a", "b"], **({"x-known-total": total} if total else {})}
        (note,) = advise_value(Parameter("p", "p", schema), "c")
        assert words in str(note)

    def test_help_says_that_other_values_are_sent(self, command: Command) -> None:
        said = " ".join(command(TINY, "--help").stdout.decode().split())
        assert "UniPC, DDPM; any other value is sent with a note, and may be billed" in said
        assert "12 of 12" not in said

    def test_a_missing_value_is_shown_by_example(self) -> None:
        values = ["one", "two", "three", "four", "five", "six"]
        for keyword, count, words in (("enum", 2, ": 'one', 'two'."), ("x-known-values", 2, ": 'one', 'two', ….")):
            schema = {"type": "string", keyword: values[:count]}
            assert str(missing(Parameter("mode", "mode", schema))) == f"mode: is required{words}"
        assert str(missing(Parameter("mode", "mode", {"enum": values}))).endswith("'five', ….")


class TestHelp:
    def test_help_names_the_key_and_the_address(self, command: Command, server: str) -> None:
        for arguments in (["--help"], [TINY, "--help"], ["resume", "--help"]):
            said = " ".join(command(*arguments).stdout.decode().split())
            assert "environment variable SEGMIND_API_KEY" in said
            assert f"{server}, from SEGMIND_BASE_URL" in said, "the address that is called, not another one"
            unset = " ".join(command(*arguments, environ={"SEGMIND_BASE_URL": None}).stdout.decode().split())
            assert "https://api.segmind.com, or that in SEGMIND_BASE_URL" in unset

    def test_help_prints_an_address_with_percent_signs(self, command: Command) -> None:
        done = command(TINY, "--help", environ={"SEGMIND_BASE_URL": "http://127.0.0.1/%(prog)s%20\x1b"})
        assert done.returncode == 0 and "http://127.0.0.1/%(prog)s%20 , from" in " ".join(done.stdout.decode().split())

    @pytest.mark.parametrize(
        ("accepts", "words", "path"),
        [
            (["url"], "the URL of a file", False),
            (["base64"], "file: its path (or @path), base64", True),
            (["url", "data-url"], "file: its path (or @path), a URL or a data URL", True),
        ],
    )
    def test_a_file_is_asked_for_in_the_forms_that_are_accepted(
        self, accepts: list[str], words: str, path: bool
    ) -> None:
        schema = {"type": "string", "x-accepts": accepts}
        parameter = Parameter("image", "image", schema, "image", rules=("string",))
        model = get(TINY)._replace(parameters={"image": parameter})
        (line,) = (
            line for line in " ".join(parser_for(model).format_help().split()).split("--") if line.startswith("image ")
        )
        assert f"[{words}]" in line and line.startswith("image FILE" if path else "image URL")
        assert accepts_of(schema) == tuple(accepts)

    def test_a_title_is_not_repeated(self) -> None:
        model = get(TINY)._replace(title="Ember Forge", summary="Ember Forge, as its page describes it.")
        assert parser_for(model).format_help().count("Ember Forge") == 1
        assert "\nEmber: Draws. " in parser_for(model._replace(title="Ember", summary="Draws.")).format_help()

    def test_every_line_of_the_batch_help_is_wrapped(self, command: Command) -> None:
        said = command(TINY, "--help", environ={"COLUMNS": "120"}).stdout.decode()
        assert max(map(len, said.splitlines())) <= 122


class TestCtrlC:
    def _interrupted(self, mock: MockServer, tmp_path: Path, *options: str) -> tuple[int, str, str]:
        """Run the command until its job is accepted, press Ctrl-C, and return exit code, output and messages."""
        mock.set("scenarios", scenario="stuck")
        command = [sys.executable, "-m", "segmind_client", *FOG, "--async", "--base-url", mock.url, *options]
        environment = {"PATH": "", "PYTHONPATH": ":".join(filter(None, sys.path)), "SEGMIND_API_KEY": mock.key}
        with killed_at_the_end(
            subprocess.Popen(command, text=True, cwd=tmp_path, env=environment, stdout=PIPE, stderr=PIPE)
        ) as process:
            assert process.stderr is not None
            # The command is waiting once it asks for the job's state.
            until(lambda: mock.journal("GET"))
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=LIMIT_S)
            return process.returncode, out, said

    def test_ctrl_c_prints_the_command_that_resumes_once(self, mock: MockServer, tmp_path: Path) -> None:
        status, _, said = self._interrupted(mock, tmp_path, "--out", "c2.jpeg")
        (job,) = (entry["request_id"] for entry in mock.journal("POST"))
        assert status == 130 and said.count("resume -") == 1 and said.count("--out c2.jpeg") == 1
        last = said.splitlines()[-1]
        assert f"accepted the job {job}, which goes on and may be billed; the command above continues it" in last

    def test_ctrl_c_with_quiet_prints_the_resume_command_last(self, mock: MockServer, tmp_path: Path) -> None:
        _, _, said = self._interrupted(mock, tmp_path, "--out", "c2.jpeg", "--quiet")
        assert said.count("resume -") == 1 and said.rstrip().endswith("--out c2.jpeg")

    def test_ctrl_c_with_json_prints_the_handle(self, mock: MockServer, tmp_path: Path) -> None:
        _, out, _ = self._interrupted(mock, tmp_path, "--json")
        (job,) = (entry["request_id"] for entry in mock.journal("POST"))
        content = json.loads(out)
        assert content["status"] == 130 and content["error"]["handle"]["request_id"] == job

    def test_ctrl_c_while_saving_keeps_the_file(
        self,
        mock: MockServer,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        output: Any = importlib.import_module("segmind_client._command.output")
        real = output.try_save

        def while_saving(*arguments: object, **named: object) -> object:
            signal.raise_signal(signal.SIGINT)
            return real(*arguments, **named)

        monkeypatch.setattr(output, "try_save", while_saving)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        assert cli.main([*FOG, "--base-url", mock.url, "--out", "x.jpeg"]) == 130
        assert capsys.readouterr().err.endswith("interrupted; the result was saved as x.jpeg\n")
        assert (tmp_path / "x.jpeg").stat().st_size


class TestMessages:
    def test_an_unknown_parameter_is_first_taken_for_a_typing_error(self, command: Command) -> None:
        said = command(*FOG, "--params", '{"sead": 3, "qqqq": 1}').stderr.decode()
        assert "sead: is not a parameter of this model. Did you mean 'seed'? --help lists" in said
        assert said.index("--help lists") < said.index("--allow-undocumented")

    def test_a_failed_connection_says_that_nothing_was_sent(self, command: Command, mock: MockServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        done = command(*FOG, mock=mock, environ={"SEGMIND_BASE_URL": f"http://127.0.0.1:{port}"})
        assert done.returncode == 6
        assert b"nothing was sent, so nothing is billed; check the connection and the base URL" in done.stderr

    def test_a_poll_that_fails_does_not_say_that_nothing_was_billed(self, mock: MockServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with mock.client() as client:
            job = client.tinysd1_5_txt2img.submit(prompt="fog")
        gone = job.handle._replace(status_url=f"http://127.0.0.1:{port}/x", response_url=f"http://127.0.0.1:{port}/y")
        options = RequestOptions(max_attempts=1)
        with (
            SegmindClient("k", f"http://127.0.0.1:{port}", options=options) as client,
            pytest.raises(ConnectionFailed) as caught,
        ):
            client.resume(gone).status()
        assert "billed" not in str(caught.value)

    @pytest.mark.parametrize("client", [SegmindClient, AsyncSegmindClient])
    def test_an_unknown_model_lists_the_models(self, client: type) -> None:
        with pytest.raises(AttributeError) as caught:
            _ = client("k").tinysd
        listed = str(caught.value).partition("its models are ")[2].split(", ")
        assert listed[0] == "tinysd1_5_txt2img" and sorted(listed) == sorted(MODULES.values())
        with pytest.raises(AttributeError, match=r"has no attribute '_repr_html_'$"):
            _ = client("k")._repr_html_

    def test_a_positional_parameter_is_refused_with_its_name(self) -> None:
        client: Any = SegmindClient("k")
        for call in (client.tinysd1_5_txt2img.generate, client.tinysd1_5_txt2img.submit):
            with pytest.raises(TypeError, match=r"takes parameters by name only: (generate|submit)\(prompt=…\)$"):
                call("A lighthouse")

    def test_saving_to_a_folder_asks_for_a_file(self, mock: MockServer, tmp_path: Path) -> None:
        with mock.client() as client:
            image = client.tinysd1_5_txt2img.generate(prompt="fog")
        with pytest.raises(FileExistsError, match="Is a folder; name a file in it"):
            image.save(tmp_path)

    def test_a_downloaded_result_has_the_jobs_id(self, mock: MockServer, command: Command) -> None:
        with mock.client() as client:
            job = client.tinysd1_5_txt2img.submit(prompt="fog")
            result: ImageResult = job.download(interval=0.01)
            assert result.request_id == job.request_id
        done = command(*FOG, "--async", "--poll-interval", "0.01", "--json", mock=mock)
        assert json.loads(done.stdout)["request_id"] == mock.journal("POST")[-1]["request_id"]


class TestNumberedLines:
    def test_curl_names_the_files_as_the_batch_does(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "b.jsonl").write_text('{"prompt": "x"}\n\n{"id": "mine", "prompt": "y"}\n{"prompt": "z"}\n')
        said = command(TINY, "--batch", "b.jsonl", "--sync", "--curl").stdout.decode()
        assert [line.rpartition("--output b/")[2].split()[0] for line in said.splitlines()] == [
            "00001.jpeg",
            "mine.jpeg",
            "00003.jpeg",
        ]
        help = " ".join(command(TINY, "--help").stdout.decode().split())
        assert "The file of a line without an id is numbered: 00001, 00002, …" in help
