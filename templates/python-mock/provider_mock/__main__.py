"""The command `provider-mock`, also as `python -m provider_mock`."""

from __future__ import annotations

import sys

from .program import PROGRAM
from .requirements import MissingRequirement, check


def main() -> int:
    """Run the command and return its exit status: that of `cli.main`, or 2 if the mock cannot run here."""
    try:
        check()
    except MissingRequirement as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    from .server.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
