"""The command line's options, made from a model's facts, and the values that they give."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ._command.listing import listing
from ._errors import ConfigurationError
from ._flows.inputs import accepted, from_text
from ._given import root_of
from ._version import VERSION
from ._wire import as_list, as_object, inert
from .spec.catalog import SLUGS
from .spec.facts import MISSING, Model, Parameter
from .spec.platform import PLATFORM
from .spec.service import NO_QUEUE
from .spec.violations import explain

_EPILOG = """\
A text that begins with @ is read from that file (@@ for a text that begins with @), and - alone is standard input; a
line end at the end is not part of it. The key is taken from {variable}, or from the file that --key-file names; it is
never an argument.

exit status:
  0 done   2 wrong usage   3 invalid parameters   4 no key, or it is refused   5 no credits
  6 not reachable or too many requests   7 the job failed   8 not done in time   9 outcome unknown, possibly billed
  10 any other error of the service   11 an unreadable answer   12 a file could not be read or written
  13 --max-usd or --min-credits is reached   130 interrupted

A batch ends with 0 if every line is done; else with what stopped it (4, 5, 6, 12, 13, 130), or 9 if lines are in doubt,
7 if some failed, 8 if jobs are still queued. In each case the same command goes on where it ended.
"""
_BATCH = """\
Each line of FILE is a JSON object of parameters, or a text alone: the prompt. "id" in an object names the line and its
picture; where parameters would clash with it, write {"id": …, "parameters": {…}}. The options above hold for every line
that does not say otherwise. All lines are checked before the first is sent. What has been sent, accepted and drawn is
kept in DIR/batch.sqlite, so that the same command goes on after anything, even kill -9, and pays for nothing twice: lines
that were done are skipped, jobs that were accepted are waited for, and lines that were being sent are left in doubt.
A picture that DIR does not take is kept elsewhere, and moved to DIR by the next run.
"""
_RESUME = """\
A handle is the JSON that --async and --no-wait print, one a line. It holds no key. Results are kept for {kept:g} seconds.
"""
#: Not of a provider that only has synchronous calls.
_HAS_QUEUE = PLATFORM.queue is not NO_QUEUE


class Refused(Exception):
    """The command cannot be carried out as it was given."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


def top_parser() -> argparse.ArgumentParser:
    """What there is without naming a model."""
    from ._command.completion.shells import add_option

    parser = argparse.ArgumentParser(
        prog="provider-client",
        description=_plain(f"Draw pictures with {PLATFORM.name}'s models."),
        epilog="models:\n"
        + listing(SLUGS)
        + "\n\n`provider-client SLUG --help` lists a model's options."
        + (" `provider-client resume --help` tells how to go on with\njobs that were queued." if _HAS_QUEUE else ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="provider-client SLUG [options]"
        + ("\n       provider-client resume HANDLE.json [options]" if _HAS_QUEUE else ""),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"provider-client {VERSION}")
    add_option(parser, 'eval "$(provider-client --completion bash)"')
    return parser


def parser_for(model: Model) -> argparse.ArgumentParser:
    """The options of one model: one for each parameter, in a group apart from our own."""
    about = [model.summary]
    if model.price_usd is not None:
        about.append(f"{model.price_usd:g} dollars a request.")
    if model.latency_s is not None:
        about.append(f"About {model.latency_s:g} seconds.")
    parser = argparse.ArgumentParser(
        prog=f"provider-client {model.slug}",
        description=_plain(f"{model.title}: {' '.join(about)}"),
        epilog=_EPILOG.format(variable=PLATFORM.environment.api_key),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        usage=f"provider-client {model.slug} [parameters] [--out FILE]{' [--async]' if model.submit else ''} [--dry-run | --curl]\n"
        f"       provider-client {model.slug} [parameters] --batch FILE --out-dir DIR [--concurrency N]",
        allow_abbrev=False,
    )
    group = parser.add_argument_group("parameters")
    for parameter in model.parameters.values():
        action: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if parameter.type == "boolean" else {}
        if not action:
            action["metavar"] = {
                "integer": "N",
                "number": "X",
                "string": "PICTURE" if parameter.accepts else "TEXT",
            }.get(parameter.type, "JSON")
        group.add_argument(f"--{parameter.option}", dest=f"parameter {parameter.name}", help=_help(parameter), **action)
    group.add_argument("--params", metavar="JSON", help="Parameters as one JSON object; the options above win.")
    group.add_argument(
        "--allow-undocumented",
        action="store_true",
        help="Send parameters of --params or of a batch that the model's page does not document, too. Without it they "
        "are refused, since most of them are misspelt.",
    )
    add = parser.add_argument_group("what to do").add_argument
    add("--out", "-o", metavar="FILE", help=f"Where the picture goes; - is standard output [{model.slug}.FORMAT]")
    add(
        "--overwrite",
        action="store_true",
        help="Replace the file if it is there. A link is followed; a folder, a device or a FIFO is never replaced.",
    )
    if model.submit:
        add("--async", dest="queue", action="store_true", help="Queue a job and wait for it.")
        add("--no-wait", action="store_true", help="With --async: print the job's handle and leave; see `resume`.")
    add("--dry-run", action="store_true", help="Print the exact request, and send nothing.")
    add("--curl", action="store_true", help="Print the request as a curl command, and send nothing.")
    waits = ", or for the queued job to end" if model.submit else ""
    timeout = f"Seconds for the picture{waits} [{PLATFORM.limits.total_timeout_s:g}]"
    add("--timeout", type=_seconds, metavar="S", help=timeout)
    _add_common(add, polls=model.submit is not None)
    _add_batch(parser.add_argument_group("many pictures", _BATCH).add_argument, model)
    return parser


def resume_parser() -> argparse.ArgumentParser:
    """The options of `provider-client resume`."""
    parser = argparse.ArgumentParser(
        prog="provider-client resume",
        description="Wait for jobs that were queued before, and fetch their pictures. Nothing is paid.",
        epilog=_RESUME.format(kept=PLATFORM.queue.retention_s),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("handle", metavar="HANDLE.json", help="File with the handles, one a line; - is standard input.")
    add("--out", "-o", metavar="FILE", help="Where a single job's picture goes; - is standard output [SLUG.FORMAT]")
    add("--out-dir", metavar="DIR", help="Folder for the pictures of several jobs, named by their request ids [.]")
    add("--overwrite", action="store_true", help="Replace files that are there.")
    add("--timeout", type=_seconds, metavar="S", help=f"Seconds for each job to end [{PLATFORM.queue.timeout_s:g}]")
    _add_common(add, polls=True)
    return parser


def _add_common(add: Callable[..., Any], *, polls: bool) -> None:
    if polls:
        interval = f"Seconds between two questions [{PLATFORM.queue.interval_s:g}]"
        add("--poll-interval", type=_seconds, metavar="S", help=interval)
    add("--base-url", type=_address, metavar="URL", help=f"Where the service is [{PLATFORM.base_url}]")
    add("--key-file", metavar="FILE", help="Holds the API key on its first line.")
    add("--json", action="store_true", help="Say what came back as JSON, one line each.")
    add("--quiet", "-q", action="store_true", help="Say nothing when all is well.")


def _add_batch(add: Callable[..., Any], model: Model) -> None:
    add("--batch", metavar="FILE", help="JSON Lines with one request each; - is standard input.")
    add("--out-dir", metavar="DIR", help="Folder of the batch: its pictures and what is known of it [FILE's name]")
    add("--concurrency", type=_few, metavar="N", help="How many lines are under way at a time, 1 to 100 [4]")
    if model.sync and model.submit:
        add(
            "--sync",
            action="store_true",
            help="Call synchronously instead of queueing jobs. What such a call had begun when a batch was killed is in doubt; a job in "
            "the queue is found again.",
        )
    add(
        "--max-usd", type=_amount, metavar="USD", help="Stop sending when the documented price of all lines reaches it."
    )
    add("--min-credits", type=_amount, metavar="N", help="Stop sending when the account has no more than this left.")
    add("--retry-failed", action="store_true", help="Send lines again that failed before.")
    add(
        "--at-least-once",
        action="store_true",
        help="Send lines again whose outcome is in doubt. Each of them may be billed twice.",
    )


def payload_from(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were given, in their types as far as their texts can be converted.

    Raises:
        Refused: There is no JSON where it was expected, or standard input was named twice.
        OSError, UnicodeDecodeError: A file could not be read.
    """
    texts = ("params", "batch")
    if sum(value == "-" for name, value in given.items() if name in texts or name.startswith("parameter ")) > 1:
        raise Refused("standard input can be read for one option only")
    payload: dict[str, Any] = {}
    if "params" in given:
        given_object = as_object(_json(_text(given["params"]), "--params"))
        if given_object is None:
            raise Refused("--params: not a JSON object")
        payload = given_object
    for parameter in model.parameters.values():
        value = given.get(f"parameter {parameter.name}", MISSING)
        if value is not MISSING:
            payload[parameter.name] = _value(parameter, value)
    return payload


def with_files(model: Model, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The same with files in place of their paths, where a picture is asked for."""
    files = dict(payload)
    for name in model.pictures:
        value = files.get(name)
        several = as_list(value)
        if several is not None:
            files[name] = [from_text(each) if isinstance(each, str) else each for each in several]
        elif isinstance(value, str):
            files[name] = from_text(value)
    return files


def _value(parameter: Parameter, value: Any) -> Any:
    """An option's text in the parameter's type. What can't be converted stays text, for the validator to refuse."""
    if not isinstance(value, str):
        return value
    if parameter.accepts and (
        parameter.type == "string" or (parameter.type == "union" and value[:1] not in _JSON_STARTS)
    ):
        # Here @ is not for a file with a text, but for the picture itself.
        return sys.stdin.buffer.read() if value == "-" else value
    text = _text(value)
    if text == "null" and "null" in parameter.types:
        return None
    if parameter.type == "string":
        return text
    if parameter.type in ("array", "object"):
        return _json(text, f"--{parameter.option}")
    if parameter.type == "union":
        return _of_several(parameter, text)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text) if parameter.type == "number" else text
    except ValueError:
        return text


#: What a list or an object begins with: no URL, path or base64 does.
_JSON_STARTS = ("[", "{")


def _of_several(parameter: Parameter, text: str) -> Any:
    """A text in one of several types: what it is as JSON, if that is one of them, else the text."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_text = isinstance(value, str) or bool(explain(parameter, value))
    return text if is_text and "string" in parameter.types else value


def _text(value: str) -> str:
    if value == "-":
        return _without_line_end(sys.stdin.read())
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        with open(value[1:], encoding="utf-8-sig") as file:
            return _without_line_end(file.read())
    return value


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{option}: not JSON: {error}") from None


def _address(text: str) -> str:
    try:
        root_of(text)
    except ConfigurationError:
        message = f"{text!r} is no http(s) address (and it can't hold user, query or fragment)"
        raise argparse.ArgumentTypeError(message) from None
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of seconds")
    return seconds


def _amount(text: str) -> float:
    amount = float(text)
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no amount from 0 on")
    return amount


def _few(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 100")
    return number


def _plain(text: str) -> str:
    """A description that is shown as it is: argparse reads it as a format, but only if it asks for the program's name."""
    return inert(text.replace("%", "%%") if "%(prog)" in text else text)


def _value_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _help(parameter: Parameter) -> str:
    """A parameter's description and rules. argparse reads % as a format, so it is doubled."""
    kind, *rules = parameter.rules
    if parameter.accepts:
        kind = f"{'pictures' if 'array' in parameter.types else 'picture'}: a file's path (or @path), {accepted(parameter)}"
    parts = [kind, *(["required"] if parameter.required else []), *rules]
    values = parameter.enum or parameter.known_values
    if values:
        cut = ", …" if parameter.known_values else ""
        parts.append(f"one of {', '.join(map(_value_text, values))}{cut}")
    if parameter.default is not MISSING and parameter.default is not None and not parameter.required:
        parts.append(f"left out, the service takes {json.dumps(parameter.default, ensure_ascii=False)}")
    return inert(f"{parameter.description} [{'; '.join(parts)}]".strip()).replace("%", "%%")
