"""The options of the command line, made from a model's facts."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from .._errors import ConfigurationError
from .._flows.main_parameter import main_parameter
from .._flows.media_inputs import accepted_forms
from .._results.saving import safe_stem
from .._text import printable
from .._urls import api_root
from .._version import VERSION
from ..spec.catalog import SLUGS
from ..spec.facts import MISSING, Model, Parameter
from ..spec.platform import PLATFORM
from ..spec.service import NO_QUEUE
from .exit_codes import CommandError, exit_code_table
from .model_list import listing
from .parameter_values import example_of
from .parser import CommandParser
from .prices import price_of_one
from .program import PROGRAM

_EPILOG = """\
A value @FILE is read from that file (write @@ for a value that begins with @), and - is read from standard input; a
final line end is removed. The API key is never an argument.

exit codes:
{codes}

A batch exits with 0 if every line is done; else with the code of what stopped it (4, 5, 6, 12, 13, 130), with 9 if lines
are in doubt, 7 if lines failed, or 8 if jobs are still queued. In each case the same command continues the batch.
"""
_BATCH = """\
Each line of FILE is a prompt, or a JSON object of parameters. Blank lines are skipped. A prompt may also be written
as a JSON string, and must be in a file that has objects too. "id" in an object names the line and its file; if the
model has a parameter "id", write {"id": …, "parameters": {…}}. The file of a line without an id is numbered: 00001,
00002, … The options above are the defaults of every line. All lines are checked before the first is sent.
DIR/batch.sqlite records what was sent, accepted and saved, so that the same command continues an interrupted batch,
even after kill -9, and pays for nothing twice: finished lines are skipped, accepted jobs are waited for, and lines
that were being sent are in doubt. A file that can't be saved in DIR is saved in another folder, and the next run
moves it to DIR.
"""
_RESUME = """\
HANDLE.json contains the JSON that --async --no-wait prints, one handle per line. It contains no API key. Results are
available for {retention:g} seconds.
"""
#: The options of a batch, and why a single call has no use for them.
_ONLY_WITH_BATCH = {
    "out_dir": "a single call writes its result to the file of --out",
    "concurrency": "a single call is one request",
    "sync": "a single call is synchronous unless --async is given",
    "min_credits": "only responses name the credits, so they can't limit the first request; limit a single call with --max-usd",
    "retry_failed": "a single call has no failed lines",
    "at_least_once": "a single call has no lines in doubt, and is never sent again if its outcome is unknown",
}
#: What stands for the value of an option, by the parameter's type.
_METAVARS = {"integer": "N", "number": "X", "string": "TEXT"}
#: False for a provider that only has synchronous calls.
HAS_QUEUE = PLATFORM.queue is not NO_QUEUE


def top_parser() -> CommandParser:
    """Return the parser for a command without a model."""
    from .completion.scripts import add_option

    parser = CommandParser(
        prog=PROGRAM,
        description=_plain(f"Call {PLATFORM.name}'s models."),
        epilog="models:\n"
        + listing(SLUGS)
        + f"\n\n`{PROGRAM} SLUG --help` lists a model's options."
        + (f" `{PROGRAM} resume --help` explains how to fetch\nthe results of queued jobs." if HAS_QUEUE else "")
        + f"\n\nThe API key is read from the environment variable {PLATFORM.environment.api_key}, or from a file with --key-file."
        + f"\nAddress of the service, which --base-url replaces: {_default_address()}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=f"{PROGRAM} SLUG [options]" + (f"\n       {PROGRAM} resume HANDLE.json [options]" if HAS_QUEUE else ""),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    add_option(parser, f'eval "$({PROGRAM} --completion bash)"')
    return parser


def parser_for(model: Model) -> CommandParser:
    """Return the parser for one model: one option per parameter, and the options of the command."""
    # Many summaries begin with the title.
    about = [model.summary if model.summary.startswith(model.title) else f"{model.title}: {model.summary}"]
    about += filter(None, [price_of_one(model)])
    if model.latency_s is not None:
        about.append(f"About {model.latency_s:g} seconds.")
    parser = CommandParser(
        prog=f"{PROGRAM} {model.slug}",
        description=_plain(" ".join(about)),
        epilog=_EPILOG.format(codes=exit_code_table()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        usage=f"{PROGRAM} {model.slug} [parameters] [--out FILE]{' [--async]' if model.submit else ''} [--dry-run | --curl]\n"
        f"       {PROGRAM} {model.slug} [parameters] --batch FILE --out-dir DIR [--concurrency N]",
        allow_abbrev=False,
    )
    main = main_parameter(model)
    parser.main_option = (main.option, f"parameter {main.name}") if main else None
    _add_parameters(parser.add_argument_group("parameters").add_argument, model)
    _add_actions(parser.add_argument_group("what to do").add_argument, model)
    _add_batch(parser.add_argument_group("batches", _BATCH).add_argument, model)
    return parser


def _add_parameters(add: Callable[..., Any], model: Model) -> None:
    for parameter in model.parameters.values():
        action: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if parameter.type == "boolean" else {}
        if not action:
            file = "URL" if parameter.accepts == ("url",) else "FILE"
            action["metavar"] = file if parameter.accepts else _METAVARS.get(parameter.type, "JSON")
        words = _help(parameter, model.example.get(parameter.name))
        add(f"--{parameter.option}", dest=f"parameter {parameter.name}", help=words, **action)
    add("--params", metavar="JSON", help="Parameters as one JSON object; the options above take precedence.")
    add(
        "--allow-undocumented",
        action="store_true",
        help="Also send parameters of --params or of a batch that the model's page does not document. By default they are "
        "refused, because most are typing errors.",
    )


def _add_actions(add: Callable[..., Any], model: Model) -> None:
    add(
        "--out",
        "-o",
        metavar="FILE",
        help=f"File for the result; - is standard output [{safe_stem(model.slug)}.FORMAT]",
    )
    add(
        "--overwrite",
        action="store_true",
        help="Replace an existing file. Links are followed; folders, devices and FIFOs are never replaced.",
    )
    if model.submit:
        add("--async", dest="queue", action="store_true", help="Submit a job to the queue and wait for it.")
        add(
            "--no-wait",
            action="store_true",
            help="With --async: print the job's handle and exit; see `resume`. --out is not used.",
        )
    add("--dry-run", action="store_true", help="Print the request without sending it.")
    add(
        "--curl",
        action="store_true",
        help="Print the request as a curl command, which writes to --out, without sending it.",
    )
    waits = ", or to wait for the queued job" if model.submit else ""
    timeout = f"Seconds for the request{waits} [{PLATFORM.limits.total_timeout_s:g}]"
    add("--timeout", type=_seconds, metavar="S", help=timeout)
    add(
        "--max-usd",
        type=_amount,
        metavar="USD",
        help="Refuse a request that may cost more. With --batch: stop sending before the price of all sent lines, in all "
        "runs, exceeds this. The price is the documented one, or that of --price.",
    )
    add(
        "--price",
        type=_amount,
        metavar="USD",
        help="The most that one request may cost, for --max-usd and the sum of a batch. It is needed with --max-usd if the "
        "page shows no price, or only an average or a lower end.",
    )
    _add_common(add, polls=model.submit is not None)


def resume_parser() -> CommandParser:
    """Return the parser for the command `resume`."""
    parser = CommandParser(
        prog=f"{PROGRAM} resume",
        description="Wait for queued jobs and download their results. This costs nothing.",
        epilog=_RESUME.format(retention=PLATFORM.queue.retention_s),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("handle", metavar="HANDLE.json", help="File with one handle per line; - is standard input.")
    add("--out", "-o", metavar="FILE", help="File for the result of a single job; - is standard output [SLUG.FORMAT]")
    add("--out-dir", metavar="DIR", help="Folder for the results of several jobs, named by their request ids [.]")
    add("--overwrite", action="store_true", help="Replace existing files.")
    add("--timeout", type=_seconds, metavar="S", help=f"Seconds to wait for each job [{PLATFORM.queue.timeout_s:g}]")
    _add_common(add, polls=True)
    return parser


def _add_common(add: Callable[..., Any], *, polls: bool) -> None:
    if polls:
        interval = f"Seconds between two polls [{PLATFORM.queue.interval_s:g}]"
        add("--poll-interval", type=_seconds, metavar="S", help=interval)
    address = f"Address of the service, such as that of a mock [{_default_address()}]"
    add("--base-url", type=_address, metavar="URL", help=address.replace("%", "%%"))
    key = (
        f"File with the API key on its first line [the key in the environment variable {PLATFORM.environment.api_key}]"
    )
    add("--key-file", metavar="FILE", help=key)
    add("--json", action="store_true", help="Print results, requests and errors as JSON, one object per line.")
    add("--quiet", "-q", action="store_true", help="Print nothing on success.")


def refuse_without_batch(given: Mapping[str, Any]) -> None:
    """Refuse options that a single call would ignore.

    Raises:
        CommandError: The options of a batch are given without `--batch`.
    """
    for name, why in _ONLY_WITH_BATCH.items():
        if name in given:
            raise CommandError(f"--{name.replace('_', '-')} needs --batch: {why}")
    if "price" in given and "max_usd" not in given:
        raise CommandError("--price needs --max-usd or --batch: nothing else uses it")


def _add_batch(add: Callable[..., Any], model: Model) -> None:
    add(
        "--batch",
        metavar="FILE",
        help="File with one prompt, or one JSON object of parameters, per line; - is standard input.",
    )
    add("--out-dir", metavar="DIR", help="Folder for the files and the state of the batch [FILE without its suffix]")
    add("--concurrency", type=_few, metavar="N", help="Number of lines in progress at a time, 1 to 100 [4]")
    if model.sync and model.submit:
        add(
            "--sync",
            action="store_true",
            help="Call synchronously instead of submitting jobs. If the batch is killed, a synchronous call in progress is in "
            "doubt, while a queued job is resumed.",
        )
    add(
        "--min-credits",
        type=_amount,
        metavar="N",
        help="Stop sending before the account has less than this left, by the last response and the price of a request; an "
        "average counts as if it were exact. Only responses name the credits, so the first request of a run is always sent, "
        "and one of a model without a price may go below this.",
    )
    add("--retry-failed", action="store_true", help="Send failed lines again.")
    add(
        "--at-least-once",
        action="store_true",
        help="Send lines in doubt again. Each of them may be billed twice.",
    )


def _default_address() -> str:
    """Return the address that is called without --base-url, and which variable changes or has changed it."""
    variable = PLATFORM.environment.base_url
    address = os.environ.get(variable)
    return f"{printable(address)}, from {variable}" if address else f"{PLATFORM.base_url}, or that in {variable}"


def _address(text: str) -> str:
    try:
        api_root(text)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error.detail).removeprefix("base_url ")) from None
    return text


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds > 0")
    return seconds


def _amount(text: str) -> float:
    amount = _number(text)
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number ≥ 0")
    return amount


def _few(text: str) -> int:
    number = _number(text)
    if not (1 <= number <= 100 and number == int(number)):
        raise argparse.ArgumentTypeError(f"{text} is not an integer from 1 to 100")
    return int(number)


def _number(text: str) -> float:
    """Return the number; one that is in no range for a text that is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _plain(text: str) -> str:
    """Return a description for argparse, which formats it with % only if it contains %(prog)."""
    return printable(text.replace("%", "%%") if "%(prog)" in text else text)


def _value_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _help(parameter: Parameter, sample: Any) -> str:
    """Return a parameter's description and rules. % is doubled, because argparse formats help texts with %.

    `sample` is its value in the page's sample, None if it is not there.
    """
    kind, *rules = parameter.rules
    if parameter.accepts:
        several = "array" in parameter.types
        if parameter.accepts == ("url",):
            kind = "the URLs of files" if several else "the URL of a file"
        else:
            kind = f"{'files: their paths' if several else 'file: its path'} (or @path), {accepted_forms(parameter)}"
    parts = [kind, *(["required"] if parameter.required else []), *rules]
    if parameter.type in ("array", "object"):
        parts.append(f"as JSON, such as {example_of(parameter, sample)}")
    values = parameter.enum or parameter.known_values
    if values:
        listed = ", ".join(map(_value_text, values))
        is_open = bool(parameter.known_values)
        parts.append(
            f"known: {listed}; any other value is sent with a note, and may be billed"
            if is_open
            else f"one of {listed}"
        )
    if parameter.default is not MISSING and parameter.default is not None and not parameter.required:
        parts.append(f"default {json.dumps(parameter.default, ensure_ascii=False)}")
    return printable(f"{parameter.description} [{'; '.join(parts)}]".strip()).replace("%", "%%")
