"""The command line: `provider-client SLUG --prompt "…" --out FILE`.

Only the named model's options are built, so `--help` is as fast with 500 models. The exit codes are in
`_command.exit_codes`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from . import errors
from ._command.exit_codes import CommandError, ExitCode
from ._command.key_file import check_environment
from ._command.options import HAS_QUEUE, parser_for, refuse_without_batch, top_parser
from ._command.parameter_values import payload_from, with_files
from ._command.parser import SIMILAR, parse
from ._command.program import PROGRAM
from ._command.terminal import warnings_on_stderr
from ._flows.parameters import prepare
from .spec.catalog import SLUGS, find


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. argparse exits by itself on `--help`, `--version` and `--completion`."""
    for stream in (sys.stdout, sys.stderr):  # None if it is closed
        # A character that the terminal can't show must not end a command whose result was paid for.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except (CommandError, errors.ProviderError, OSError, UnicodeDecodeError, KeyboardInterrupt) as error:
        from ._command.failure import code_of, fail, wants_json

        return fail(error, code_of(error), as_json=wants_json(given))


def _run(arguments: list[str]) -> int:
    # Each command imports only what it needs, so that `--help` is fast.
    if arguments[:1] == ["--complete"]:
        from ._command.completion.candidates import complete

        return complete(arguments[1:])
    if not arguments or arguments[0].startswith("-"):
        _parse_without_model(arguments)
        top_parser().print_help()
        return ExitCode.USAGE if arguments else 0
    model = find(arguments[0])
    if model is None:
        if arguments[0] == "resume" and HAS_QUEUE:
            from ._command.resume import resume

            return resume(arguments[1:])
        raise CommandError(_no_such_model(arguments[0]))
    given = parse(parser_for(model), arguments[1:])
    check_environment(given)
    queue = bool(given.get("queue")) or model.sync is None
    with warnings_on_stderr():
        if "batch" in given:
            from ._command.batch.command import run_batch

            return run_batch(model, given)
        refuse_without_batch(given)
        payload = with_files(model, payload_from(model, given))
        prepare(model, payload, documented_only=not given.get("allow_undocumented"))
        if given.get("dry_run") or given.get("curl"):
            from ._command.dry_run import print_request

            return print_request(model, payload, given, queue=queue)
        from ._command.generate import generate

        return generate(model, payload, given, queue=queue)


def _parse_without_model(arguments: list[str]) -> None:
    try:
        parse(top_parser(), arguments)
    except CommandError as error:
        hint = f"{error}\na model's options come after its slug: {PROGRAM} SLUG [options]"
        raise CommandError(hint) from None


def _no_such_model(slug: str) -> str:
    from .spec.similar import nearest

    near = nearest(slug, (*SLUGS, *(["resume"] if HAS_QUEUE else [])), 3, SIMILAR)
    hint = f"did you mean {' or '.join(near)}?" if near else f"`{PROGRAM} --help` lists them"
    return f"no model {slug!r}; {hint}"
