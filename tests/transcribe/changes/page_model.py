"""The page of `aurora` as facts that can be edited one by one: `render(Facts())` is that page, letter for letter."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .aurora import PAGE


@dataclass
class Row:
    """A parameter in the table. `id` is its name on the first page, and stays if it is renamed; `default` is None if there is none."""

    id: str
    kind: str
    text: str
    default: Any = None
    low: int | None = None
    high: int | None = None
    values: list[str] = field(default_factory=list[str])
    total: int = 0
    required: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.id

    @property
    def facts(self) -> tuple[object, ...]:
        """All that the row states but for its name; of its text, the rules."""
        rules = tuple(word for word in self.text.split() if word.isdigit()) if self.kind == "integer" else ()
        kind = (self.kind, self.required, self.default, self.low, self.high)
        return (*kind, tuple(self.values), self.total, rules)


def _rows() -> list[Row]:
    return [
        Row("prompt", "string", "What to draw.", required=True),
        Row("base64", "boolean", "Answer with base64.", False),
        Row("guidance", "number", "How closely to follow the prompt.", 5.5, 1, 15),
        Row("image_format", "string", "File format of the image.", "jpeg", values=["jpeg", "png", "webp"]),
        Row("num_inference_steps", "integer", "How many steps to take.", 25, 10, 40),
        Row("samples", "integer", "How many images to draw.", 1, 1, 4),
        Row("seed", "integer", "Start value of the random numbers.", -1),
        Row("style", "string", "Look of the sky.", "natural", values=["natural", "vivid", "pastel"], total=6),
        Row("width", "integer", "Width of the image, between 512 and 2048 in multiples of 8", 1024),
    ]


@dataclass
class Facts:
    """All that can be edited on the page. `sample` is what it sends by the `id` of the parameter."""

    rows: list[Row] = field(default_factory=_rows)
    sample: dict[str, Any] = field(
        default_factory=lambda: {
            "prompt": "green lights over a fjord",
            "num_inference_steps": 25,
            "guidance": 5.5,
            "style": "natural",
            "samples": 1,
            "seed": 7,
            "width": 1024,
            "image_format": "jpeg",
            "base64": False,
        }
    )
    price: str = "0.006"
    latency: str = "4.20"
    returns: str = "image/jpeg"
    states: dict[str, str] = field(
        default_factory=lambda: {
            "QUEUED": "Accepted, waiting for a worker",
            "PROCESSING": "Running on a worker",
            "COMPLETED": "Done",
            "FAILED": "Errored",
        }
    )
    statuses: dict[int, str] = field(
        default_factory=lambda: {
            400: "Bad Request",
            401: "Unauthorized",
            404: "Not Found",
            406: "Insufficient Credits",
            429: "Rate Limited",
            504: "Timeout",
        }
    )
    #: Names that the sample sends instead of those in the table.
    sent_as: dict[str, str] = field(default_factory=dict[str, str])
    path: str = "/v1/acme-aurora"
    banner: str = ""

    @property
    def sent(self) -> dict[str, object]:
        """Return the values that the sample sends, by name."""
        names = {row.id: row.name for row in self.rows} | self.sent_as
        return {names.get(ident, ident): value for ident, value in self.sample.items()}

    def row(self, ident: str) -> Row | None:
        return next((row for row in self.rows if row.id == ident), None)


def render(facts: Facts) -> str:
    """Return the page that states `facts`."""
    head, rest = PAGE.split(" 7result = segmind.run(\n", 1)
    _, rest = rest.split("18)\n", 1)
    middle, rest = rest.split("Parameters\n\n", 1)
    after, statuses = rest[rest.index("Response Type") :].split("Common Error Codes\n\n", 1)
    intro, reasons = statuses.split("400\n\n", 1)
    page = (
        head.replace("~4.20s", f"~{facts.latency}s").replace("~$0.006", f"~${facts.price}")
        + " 7result = segmind.run(\n"
        + _sample(facts)
        + middle.replace("/v1/acme-aurora", facts.path)
        + "Parameters\n\n"
        + "".join(map(_row, facts.rows)).rstrip("\n")
        + "\n\n"
        + _states(after, facts).replace("image/jpeg", facts.returns)
        + "Common Error Codes\n\n"
        + intro
        + _statuses(reasons, facts)
    )
    return page.replace("Acme Aurora draws", f"{facts.banner}\n\nAcme Aurora draws") if facts.banner else page


def _sample(facts: Facts) -> str:
    lines = [' 8    "acme-aurora",']
    for number, (name, value) in enumerate(facts.sent.items(), 9):
        shown = repr(value) if isinstance(value, bool) else json.dumps(value)
        lines.append(f"{number:2}    {name}={shown},")
    return "\n".join([*lines, f"{9 + len(facts.sample):2})\n"])


def _row(row: Row) -> str:
    text = f"{row.name}{'required' if row.required else 'optional'}\n{row.kind}\n\n{row.text}\n\n"
    text += f"Default: {json.dumps(row.default)}" if row.default is not None else ""
    text += f"Range: {row.low} - {row.high}" if row.low is not None else ""
    text += "\n" if row.default is not None or row.low is not None else ""
    if row.values:
        total = f" ({row.total} total):" if row.total else " :"
        text += f"Allowed values{total}\n" + "".join(f'"{value}"' for value in row.values)
        text += f"+{row.total - len(row.values)} more\n" if row.total > len(row.values) else "\n"
    return text


def _states(after: str, facts: Facts) -> str:
    start, end = after.index("QUEUEDAccepted"), after.index("  • A FAILED")
    return after[:start] + "".join(f"{state}{text}\n" for state, text in facts.states.items()) + after[end:]


def _statuses(reasons: str, facts: Facts) -> str:
    whole = f"400\n\n{reasons}"
    known = {int(part.split("\n", 1)[0]): part.rstrip("\n").rpartition("\n")[2] for part in _parts(whole)}
    return "".join(
        f"{status}\n\n{title}\n\n{known.get(status, 'It can happen')}\n\n" for status, title in facts.statuses.items()
    )


def _parts(whole: str) -> list[str]:
    parts: list[str] = []
    for block in whole.split("\n\n"):
        if block.isdigit():
            parts.append(block)
        elif parts:
            parts[-1] += f"\n{block}"
    return [part.strip() for part in parts]
