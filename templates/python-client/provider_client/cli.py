"""The command line: `provider-client SLUG --prompt "…" --out picture.jpg`.

The options of a model are made from its facts when it is named, so that `--help` costs the same with 500 models.

Exit status: 0 done; 2 wrong usage; 3 invalid parameters; 4 no key, or it is refused; 5 no credits; 6 not reachable, or
too many requests; 7 the job failed; 8 not done in time; 9 outcome unknown, possibly billed; 10 any other error of the
service; 11 an unreadable answer; 12 a file could not be read or written; 13 a limit that was set has been reached;
130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from . import errors
from ._command.statuses import FILE, INTERRUPTED, USAGE, status_for
from ._command.terminal import fail, notes_on_stderr, write
from ._flows.checks import prepare
from ._options import Refused, parser_for, payload_from, top_parser, with_files
from .spec.catalog import SLUGS, find


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit status; argparse exits by itself on `--help` and on wrong options."""
    for stream in (sys.stdout, sys.stderr):  # None where it is closed
        # A terminal that can't show a character must not be why a picture that was paid for is lost.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except Refused as error:
        return fail(str(error), error.status)
    except errors.ProviderError as error:
        if error.handle is not None:
            write(f"{error.handle.to_json()}\n")
        return fail(str(error), status_for(error))
    except (OSError, UnicodeDecodeError) as error:
        return fail(str(error), FILE)
    except KeyboardInterrupt:
        return fail("interrupted; what was sent may be billed all the same", INTERRUPTED)


def _run(arguments: list[str]) -> int:
    # What one call does not need is not loaded for it: `--help` takes the time of bare Python.
    if arguments[:1] == ["--complete"]:
        from ._command.completion.candidates import complete

        return complete(arguments[1:])
    if not arguments or arguments[0].startswith("-"):
        top_parser().parse_args(arguments)
        top_parser().print_help()
        return USAGE if arguments else 0
    model = find(arguments[0])
    if model is None:
        if arguments[0] == "resume":
            from ._command.resuming import resume

            return resume(arguments[1:])
        raise Refused(_no_such_model(arguments[0]))
    given = vars(parser_for(model).parse_args(arguments[1:]))
    queue = bool(given.get("queue")) or model.sync is None
    with notes_on_stderr():
        if "batch" in given:
            from ._command.batch import run_batch

            return run_batch(model, given)
        payload = with_files(model, payload_from(model, given))
        prepare(model, payload, documented_only=not given.get("allow_undocumented"))
        if given.get("dry_run") or given.get("curl"):
            from ._command.showing import show

            return show(model, payload, given, queue=queue)
        from ._command.drawing import draw

        return draw(model, payload, given, queue=queue)


def _no_such_model(slug: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(slug, SLUGS, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`provider-client --help` lists them"
    return f"no model {slug!r}; {hint}"
