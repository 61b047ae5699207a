"""The command line: `provider-client SLUG --prompt "…" --out image.jpg`.

Only the named model's options are built, so `--help` is as fast with 500 models. The exit codes are in
`_command.exit_codes`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from . import errors
from ._command.exit_codes import CommandError, ExitCode, exit_code_for
from ._command.options import parser_for, top_parser
from ._command.parameter_values import payload_from, with_files
from ._command.terminal import fail, warnings_on_stderr, write
from ._flows.parameters import prepare
from .spec.catalog import SLUGS, find


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. argparse exits by itself on `--help` and on wrong options."""
    for stream in (sys.stdout, sys.stderr):  # None if it is closed
        # A character that the terminal can't show must not end a command whose image was paid for.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except CommandError as error:
        return fail(str(error), error.code)
    except errors.ProviderError as error:
        if error.handle is not None:
            write(f"{error.handle.to_json()}\n")
        return fail(str(error), exit_code_for(error))
    except (OSError, UnicodeDecodeError) as error:
        return fail(str(error), ExitCode.FILE)
    except KeyboardInterrupt:
        return fail("interrupted; a request that was sent may still be billed", ExitCode.INTERRUPTED)


def _run(arguments: list[str]) -> int:
    # Each command imports only what it needs, so that `--help` is fast.
    if arguments[:1] == ["--complete"]:
        from ._command.completion.candidates import complete

        return complete(arguments[1:])
    if not arguments or arguments[0].startswith("-"):
        top_parser().parse_args(arguments)
        top_parser().print_help()
        return ExitCode.USAGE if arguments else 0
    model = find(arguments[0])
    if model is None:
        if arguments[0] == "resume":
            from ._command.resume import resume

            return resume(arguments[1:])
        raise CommandError(_no_such_model(arguments[0]))
    given = vars(parser_for(model).parse_args(arguments[1:]))
    queue = bool(given.get("queue")) or model.sync is None
    with warnings_on_stderr():
        if "batch" in given:
            from ._command.batch.command import run_batch

            return run_batch(model, given)
        payload = with_files(model, payload_from(model, given))
        prepare(model, payload, documented_only=not given.get("allow_undocumented"))
        if given.get("dry_run") or given.get("curl"):
            from ._command.dry_run import print_request

            return print_request(model, payload, given, queue=queue)
        from ._command.generate import generate

        return generate(model, payload, given, queue=queue)


def _no_such_model(slug: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(slug, SLUGS, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`provider-client --help` lists them"
    return f"no model {slug!r}; {hint}"
