"""Limits and prices on the command line: a single call keeps them as a batch does, and no option is ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segmind_client._command.batch.command import run_batch
from segmind_client._command.batch.spending import BatchSpending
from segmind_client._command.exit_codes import CommandError
from segmind_client._command.options import parser_for
from segmind_client._command.parser import parse
from segmind_client._command.prices import cost_of, price_of_one, without_a_limit
from segmind_client.spec.catalog import get
from segmind_client.spec.facts import Model
from tests.client.doubles import Command, MockServer

LARGE = "stable-diffusion-3.5-large-txt2img"
TINY = "tinysd1.5-txt2img"
FOG = [TINY, "--prompt", "fog"]
#: A model whose price no page shows.
UNPRICED = [LARGE, "--prompt", "fog", "--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64"]


@pytest.fixture
def command(command_here: Command) -> Command:
    return command_here


def priced(*rates: dict[str, Any]) -> Model:
    return get(TINY)._replace(price_usd=None, pricing=rates)


AVERAGE = priced({"unit": "call", "amount": 0.006, "average": True, "basis": "page"})
RANGE = priced({"unit": "call", "minimum": 0.28, "maximum": 1.96, "basis": "page"})
FROM = priced({"unit": "call", "minimum": 0.28, "basis": "page"})
FOREIGN = priced({"unit": "call", "amount": 0.006, "currency": "EUR", "basis": "page"})
NOTHING = priced()


class TestASingleCall:
    @pytest.mark.parametrize("more", [[], ["--async", "--poll-interval", "0.01"]], ids=["v1", "v2"])
    def test_max_usd_refuses_what_may_cost_more(self, command: Command, mock: MockServer, more: list[str]) -> None:
        refused = command(*FOG, *more, "--max-usd", "0.005", mock=mock)
        assert refused.returncode == 13 and b"0.006 dollars" in refused.stderr
        assert command(*FOG, *more, "--max-usd", "1", "--price", "1.1", mock=mock).returncode == 13
        assert mock.journal("POST") == []
        done = command(*FOG, *more, "--max-usd", "0.006", mock=mock)
        assert done.returncode == 0, done.stderr
        assert len(mock.journal("POST")) == 1

    def test_a_price_that_no_page_shows_has_to_be_named(self, command: Command, mock: MockServer) -> None:
        refused = command(*UNPRICED, "--max-usd", "1", mock=mock)
        assert (refused.returncode, b"with --price USD" in refused.stderr) == (2, True), refused.stderr
        assert command(*UNPRICED, "--max-usd", "1", "--price", "1.5", mock=mock).returncode == 13
        assert mock.journal("POST") == []
        assert command(*UNPRICED, "--max-usd", "1", "--price", "0.5", mock=mock).returncode == 0

    def test_the_options_of_a_batch_are_refused(self, command: Command, mock: MockServer) -> None:
        (group,) = (group for group in parser_for(get(TINY))._action_groups if group.title == "batches")
        options = [action for action in group._group_actions if action.dest != "batch"]
        assert len(options) > 5
        for action in options:
            value = ["2"] if action.nargs is None else []
            done = command(*FOG, action.option_strings[0], *value, mock=mock)
            words = f"{action.option_strings[0]} needs --batch"
            assert (done.returncode, words in done.stderr.decode()) == (2, True), done.stderr
        assert b"needs --max-usd or --batch" in command(*FOG, "--price", "1", mock=mock).stderr
        assert mock.journal() == []


class TestPrices:
    @pytest.mark.parametrize(
        ("model", "words"),
        [
            (get(TINY), "0.006 dollars per request."),
            (AVERAGE, "About 0.006 dollars per request on average."),
            (RANGE, "0.28 to 1.96 dollars per request."),
            (FROM, "At least 0.28 dollars per request."),
            (priced({"unit": "image", "amount": 0.5}), "0.5 dollars per request with the default parameters."),
            (FOREIGN, ""),
            (NOTHING, ""),
        ],
    )
    def test_help_says_what_is_known(self, model: Model, words: str) -> None:
        assert price_of_one(model) == words
        assert words in " ".join(parser_for(model).format_help().split())

    @pytest.mark.parametrize(
        ("model", "words"),
        [
            (get(TINY), "0.018 dollars by the documented price of 0.006"),
            (AVERAGE, "about 0.018 dollars by the documented average of 0.006"),
            (RANGE, "0.84 to 5.88 dollars by the documented prices"),
            (FROM, "at least 0.84 dollars by the documented prices"),
            (FOREIGN, None),
            (NOTHING, None),
        ],
    )
    def test_the_cost_of_several_requests(self, model: Model, words: str | None) -> None:
        assert cost_of(model, [({}, 2), ({"prompt": "fog"}, 1)]) == words

    @pytest.mark.parametrize(
        ("model", "words"),
        [
            (AVERAGE, "gives only an average of 0.006 dollars, and single requests may cost more"),
            (FROM, "none with an upper end"),
            (NOTHING, "no page says what"),
        ],
    )
    def test_a_limit_that_cannot_be_checked_says_what_to_name(self, model: Model, words: str) -> None:
        said = without_a_limit(model, {})
        assert words in said and "--price USD" in said
        with pytest.raises(CommandError, match="--price USD"):
            BatchSpending(model, [({}, 1)], 1.0, None)

    def test_a_named_price_counts_for_all_runs(self) -> None:
        spending = BatchSpending(AVERAGE, [({}, 3)], 0.1, None, 0.02)
        assert spending.spent_usd == 0.06 and spending.budget is not None
        spending.budget.reserve(TINY, None, 0.006)
        spending.budget.reserve(TINY, None, 0.006)
        assert spending.budget.reserved_usd == 0.04


class TestABatch:
    @pytest.fixture
    def run(self, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        (tmp_path / "b.txt").write_text("".join(f"horse {number}\n" for number in range(10)))

        def run(model: Model, *options: str) -> int:
            arguments = ["--batch", "b.txt", "--base-url", mock.url, "--poll-interval", "0.01", *options]
            return run_batch(model, parse(parser_for(model), arguments))

        return run

    def test_the_summary_names_an_average(self, run: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(AVERAGE, "--dry-run") == 0
        assert "10 requests, about 0.06 dollars by the documented average of 0.006" in capsys.readouterr().err
        assert run(AVERAGE) == 0
        said = capsys.readouterr().err
        assert "10 requests accepted: about 0.06 dollars by the documented average of 0.006; " in said

    def test_a_named_price_makes_max_usd_possible(
        self, run: Any, mock: MockServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(CommandError, match="--price USD"):
            run(NOTHING, "--max-usd", "0.03")
        assert mock.journal("POST") == []
        assert run(NOTHING, "--max-usd", "0.02", "--price", "0.006") == 13
        assert len(mock.journal("POST")) == 3
        assert "at most 0.018 dollars by the --price of 0.006" in capsys.readouterr().err

    def test_a_price_by_the_parameters_is_limited_over_all_runs(
        self, run: Any, mock: MockServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        model = priced({"unit": "image", "amount": 0.01, "basis": "page"})
        assert run(model, "--samples", "2", "--max-usd", "0.065") == 13
        assert len(mock.journal("POST")) == 3
        assert "3 requests accepted: 0.06 dollars by the documented price of 0.02" in capsys.readouterr().err
        assert run(model, "--samples", "2", "--max-usd", "0.105") == 13
        assert len(mock.journal("POST")) == 5

    def test_a_refused_limit_leaves_nothing_behind(self, run: Any, tmp_path: Path) -> None:
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(CommandError, match="--price USD"):
            run(FROM, "--max-usd", "1", "--out-dir", "o2")
        assert sorted(tmp_path.rglob("*")) == before

    @pytest.mark.parametrize("model", [get(TINY), AVERAGE], ids=["price", "average"])
    def test_min_credits_counts_the_next_request(self, run: Any, mock: MockServer, model: Model) -> None:
        mock.set("credits", credits=1.0)
        # Five requests leave 0.97, and a sixth would leave 0.964.
        assert run(model, "--min-credits", "0.965", "--concurrency", "4") == 13
        assert len(mock.journal("POST")) == 5


class TestManyErrors:
    def test_an_error_of_every_line_is_listed_once(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / "b.jsonl").write_text('{"seed": 1}\n' * 30 + '{"seed": "one", "prompt": "x"}\n')
        done = command(TINY, "--batch", "b.jsonl", mock=mock)
        said = done.stderr.decode()
        assert done.returncode == 3 and "nothing was sent, 31 errors:" in said
        assert said.count("prompt: is required") == 1
        assert "b.jsonl:1: prompt: is required. --prompt gives it to every line that has none. " in said
        assert "The same in 29 other lines, the last is 30." in said and "b.jsonl:31: seed: 'one' is not" in said
        assert mock.journal() == []

    def test_json_has_each_of_them(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        (tmp_path / "b.jsonl").write_text('{"seed": 1}\n' * 3)
        done = command(TINY, "--batch", "b.jsonl", "--json", mock=mock)
        assert done.stdout.count(b"b.jsonl:") == 4, "three problems, and the message with the first"
