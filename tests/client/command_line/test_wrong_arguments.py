"""Arguments that the command line can't use: its messages say what to write instead, and nothing is paid."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from segmind_client._command.batch.lines import read_lines
from segmind_client._command.exit_codes import CommandError
from segmind_client.spec.catalog import get
from tests.client.doubles import Command, MockServer

TINY = "tinysd1.5-txt2img"
FOG = TINY, "--prompt", "fog"


@pytest.fixture
def command(command_here: Command) -> Command:
    return command_here


class TestValues:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--completion", "basch"], "did you mean bash?"),
            (["--completion=zhs"], "did you mean zsh?"),
            ([TINY, "--prompt", "-fog"], "write a value that begins with a dash as --prompt=-fog"),
            ([TINY, "--prompt", "--fog;"], "--prompt='--fog;'"),
            ([*FOG, "--out", "-x.jpeg"], "as --out=-x.jpeg"),
            ([*FOG, "--base64=yes"], "--base64 takes no value, and --no-base64 says the opposite"),
            ([*FOG, "--base64", "yes"], "unrecognized arguments: yes; --base64 takes no value"),
            ([*FOG, "--overwrite", "yes"], "unrecognized arguments: yes; --overwrite takes no value\n"),
            ([*FOG, "--timeout", "abc"], "argument --timeout: abc is not a number of seconds > 0\n"),
            ([*FOG, "--timeout", "-3"], "argument --timeout: -3 is not a number of seconds > 0\n"),
            ([*FOG, "--max-usd", "nan"], "argument --max-usd: nan is not a number ≥ 0\n"),
            ([TINY, "--batch", "x", "--concurrency", "2.5"], "2.5 is not an integer from 1 to 100\n"),
            (["resume", "x.json", "--timeout", "soon"], "argument --timeout: soon is not a number of seconds > 0\n"),
        ],
    )
    def test_the_message_says_what_to_write(
        self, command: Command, mock: MockServer, arguments: list[str], words: str
    ) -> None:
        done = command(*arguments, mock=mock)
        assert (done.returncode, words in done.stderr.decode()) == (2, True), done.stderr.decode()
        assert mock.journal() == []

    @pytest.mark.parametrize("arguments", [[TINY, "--prompt", "--seed", "3"], [TINY, "--prompt"]])
    def test_an_option_is_not_taken_for_a_value(self, command: Command, mock: MockServer, arguments: list[str]) -> None:
        assert command(*arguments, mock=mock).stderr.decode().endswith("--prompt: expected one argument\n")

    @pytest.mark.parametrize("option", ["--prompt", "--params"])
    def test_a_text_that_is_not_utf_8_is_refused(self, command: Command, mock: MockServer, option: str) -> None:
        text = os.fsdecode(b'{"prompt": "\xff"}')
        done = command(TINY, option, text, "--json", mock=mock)
        assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (2, "usage")
        assert f"{option}: the text is not UTF-8".encode() in done.stderr
        assert mock.journal() == []

    def test_a_text_that_only_the_locale_cannot_read_is_taken(self, command: Command, mock: MockServer) -> None:
        given = "雾".encode().decode("ascii", "surrogateescape")
        done = command(TINY, "--prompt", given, "--dry-run", "--json", mock=mock)
        assert json.loads(done.stdout)["body"] == {"prompt": "雾"}


class TestTables:
    @pytest.mark.parametrize(
        ("content", "instead"),
        [
            ("prompt,seed\na fox,3\n", '{"prompt": …, "seed": …}'),
            ('"prompt","seed"\n"a fox, red",3\n', '{"prompt": …, "seed": …}'),
            ("prompt\tseed\na fox\t3\n", '{"prompt": …, "seed": …}'),
            ("\ufeffid;prompt\r\n1;a fox\r\n", '{"id": …, "prompt": …}'),
            ("prompt\na fox\n", "a plain line, and leave out the header"),
        ],
    )
    def test_a_header_is_not_paid_for_as_a_prompt(
        self, command: Command, mock: MockServer, tmp_path: Path, content: str, instead: str
    ) -> None:
        (tmp_path / "b.csv").write_text(content, encoding="utf-8")
        done = command(TINY, "--batch", "b.csv", mock=mock)
        assert (done.returncode, mock.journal()) == (3, []), done.stderr.decode()
        assert "b.csv:1: the line is the header of a table" in done.stderr.decode()
        assert instead in done.stderr.decode()

    @pytest.mark.parametrize(
        "content", ["prompt\n", '"prompt"\na fox\n', '"prompt,seed"\na fox\n', "prompt, red\na fox\n", "seed\na fox\n"]
    )
    def test_a_prompt_may_look_a_little_like_a_header(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "b.csv").write_text(content, encoding="utf-8")
        lines = read_lines(get(TINY), str(tmp_path / "b.csv"), {}, documented_only=True)
        assert lines[0].payload == {"prompt": content.splitlines()[0].strip('"')}

    def test_what_the_message_says_about_a_prompt_works(self, tmp_path: Path) -> None:
        path = tmp_path / "b.txt"
        path.write_text("seed, prompt\na fox\n", encoding="utf-8")
        with pytest.raises(CommandError) as caught:
            read_lines(get(TINY), str(path), {}, documented_only=True)
        found = re.search(r'as a JSON string, (".*")$', str(caught.value))
        assert found
        path.write_text(f"{found[1]}\na fox\n", encoding="utf-8")
        assert read_lines(get(TINY), str(path), {}, documented_only=True)[0].payload == {"prompt": "seed, prompt"}


class TestOutput:
    def test_curl_does_not_pay_for_what_it_cannot_write(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        (tmp_path / "there.jpeg").touch()
        assert command(*FOG, "--curl", "--out", ".", mock=mock).returncode == 12
        replaced = b"note: there.jpeg already exists; the command will replace it"
        assert replaced in command(*FOG, "--curl", "--out", "there.jpeg", mock=mock).stderr
        assert b"note:" not in command(*FOG, "--curl", "--out", "there.jpeg", "--overwrite", mock=mock).stderr

    def test_curl_says_that_base64_is_json(self, command: Command, mock: MockServer) -> None:
        note = b"note: the response is JSON that holds the file or its address"
        assert (
            command(*FOG, "--base64", "--curl", mock=mock).stdout.rstrip().endswith(b"--output tinysd1.5-txt2img.json")
        )
        for file, is_noted in (("x.jpeg", True), ("x.json", False), ("x.JSON", False)):
            done = command(*FOG, "--base64", "--curl", "--out", file, mock=mock)
            assert (note in done.stderr, f"--output {file}".encode() in done.stdout) == (is_noted, True)

    @pytest.mark.parametrize(
        ("given", "end"),
        [((), "resume -"), (("--out", "x.jpeg"), "resume - --out x.jpeg"), (("--overwrite",), "resume - --overwrite")],
    )
    def test_no_wait_says_how_to_fetch_the_result(
        self, command: Command, mock: MockServer, tmp_path: Path, given: tuple[str, ...], end: str
    ) -> None:
        (tmp_path / f"{TINY}.jpeg").touch()
        done = command(*FOG, "--async", "--no-wait", *given, mock=mock)
        said = done.stderr.decode().splitlines()
        assert done.returncode == 0
        assert said[0].endswith("; fetch its result with") and said[1].endswith(end), said

    def test_a_file_that_appears_meanwhile_has_advice_for_a_shell(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        handle = command(*FOG, "--async", "--no-wait", mock=mock).stdout
        (tmp_path / "x.jpeg").touch()
        done = command("resume", "-", "--out", "x", "--poll-interval", "0.01", mock=mock, stdin=handle)
        assert done.returncode == 12
        assert re.search(
            rb"x\.jpeg: Already exists; saved as .*x\.jpeg instead; replace it with --overwrite", done.stderr
        )
        assert b"overwrite=" not in done.stderr
