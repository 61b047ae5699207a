"""The start-up time of the generated package, over that of Python."""

from __future__ import annotations

from functools import partial

from ..budgets import FIRST_USE_OVER_BARE_PYTHON, HELP_OVER_BARE_PYTHON
from ..measure import in_turn, seconds_of
from ..peers import PYTHON, own_command
from ..table import Limit, NotMeasured, TableRow, shown

_HEAVY = ("httpx2", "pydantic", "asyncio", "PIL")


_FIRST_USE = "from segmind_client import SegmindClient"


def first_use(what: str) -> TableRow:
    """The first access to the class: the package loads its names as they are used."""
    return _over_bare(what, [str(PYTHON), "-c", _FIRST_USE], FIRST_USE_OVER_BARE_PYTHON, f"{_loaded()} {_in_use()}")


def show_help(what: str) -> TableRow:
    return _over_bare(what, [own_command("segmind-client"), "--help"], HELP_OVER_BARE_PYTHON)


def _over_bare(what: str, command: list[str], limits: tuple[Limit, ...], note: str = "") -> TableRow:
    bare = [str(PYTHON), "-c", "pass"]
    medians = in_turn({"ours": lambda: seconds_of(command), "bare": lambda: seconds_of(bare)}, rounds=21)
    whole = f"{shown(medians['ours'], 's')} in all, of which bare Python takes {shown(medians['bare'], 's')}."
    over = medians["ours"] - medians["bare"]
    return TableRow(what, "s", over, (), limits, " ".join(filter(None, (whole, note))))


def _in_use() -> str:
    """Describe the time that any typed client takes, and that of a client with a key."""
    commands = {
        "typing": [str(PYTHON), "-c", "import typing, json"],
        "client": [str(PYTHON), "-c", f"{_FIRST_USE}; SegmindClient(api_key='bench')"],
    }
    medians = in_turn({name: partial(seconds_of, command) for name, command in commands.items()}, rounds=15)
    return (
        f"Python with `import typing, json` takes {shown(medians['typing'], 's')} in all, "
        f"with `SegmindClient(api_key=…)` {shown(medians['client'], 's')}."
    )


def _loaded() -> str:
    probe = f"import sys; {_FIRST_USE}; sys.exit(' '.join(n for n in {_HEAVY} if n in sys.modules) or 0)"
    try:
        seconds_of([str(PYTHON), "-c", probe])
    except NotMeasured as error:
        return f"It loads {str(error).rpartition(': ')[2]}."
    return f"It loads none of {', '.join(_HEAVY)}."
