"""What the generated package adds to the start of Python."""

from __future__ import annotations

from .measure import in_turn, seconds_of
from .peers import PYTHON, own_command
from .table import Limit, NotMeasured, Row, shown

_HEAVY = ("httpx2", "pydantic", "asyncio", "PIL")


def import_client(what: str) -> Row:
    return _over_bare(what, [str(PYTHON), "-c", "import segmind_client"], 0.030, f"{_loaded()} {_in_use()}")


def show_help(what: str) -> Row:
    return _over_bare(what, [own_command("segmind-client"), "--help"], 0.060)


def _over_bare(what: str, command: list[str], limit: float, note: str = "") -> Row:
    bare = [str(PYTHON), "-c", "pass"]
    medians = in_turn({"ours": lambda: seconds_of(command), "bare": lambda: seconds_of(bare)}, rounds=21)
    whole = f"{shown(medians['ours'], 's')} in all, of which bare Python takes {shown(medians['bare'], 's')}."
    over = medians["ours"] - medians["bare"]
    return Row(what, "s", over, (), (Limit(limit),), " ".join(filter(None, (whole, note))))


def _in_use() -> str:
    """What comes later, when the client itself is asked for: the package loads its names as they are used."""
    command = [str(PYTHON), "-c", "from segmind_client import SegmindClient"]
    bare = [str(PYTHON), "-c", "import typing, json"]
    medians = in_turn({"ours": lambda: seconds_of(command), "bare": lambda: seconds_of(bare)}, rounds=15)
    return f"With SegmindClient itself {shown(medians['ours'], 's')} in all, of which `import typing, json` takes {shown(medians['bare'], 's')}."


def _loaded() -> str:
    probe = f"import sys, segmind_client; sys.exit(' '.join(n for n in {_HEAVY} if n in sys.modules) or 0)"
    try:
        seconds_of([str(PYTHON), "-c", probe])
    except NotMeasured as error:
        return f"It loads {str(error).rpartition(': ')[2]}."
    return f"It loads none of {', '.join(_HEAVY)}."
