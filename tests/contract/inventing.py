"""Random models: parameters with every keyword of the spec language, odd bounds, and every role in the output."""

from __future__ import annotations

from random import Random
from typing import Any

from pagewright.specs.violations import violations

_PATTERNS = ("^#[0-9a-f]{6}$", r"^\d+x\d+$", "^(?:jpg|png)$", "^[a-z]{3,8}$", "x", "^.$", r"^\w+-\d*$")
_INTEGERS = (0, 1, -1, 2, 7, 16, 63, 64, 1000, 99999, 2**31 - 1, 2**31, 2**53 - 1, 2**53 + 1, 12345678901234567)
_NUMBERS = (0, 1, -1, 0.5, 0.1, 0.3, -2.5, 1e-7, 0.12345678901234567, 1e17, 12345678901234567, 99999999999999.98, 1e300)
_STEPS = (1, 2, 8, 64, 3, 0.1, 0.05, 2.5, 0.25, 1e-5)
_SIZES = (0, 1, 2, 3, 30, 1000, 99_999, 100_001, 2**31 - 1, 2**31, 2**53 - 1)
_COUNTS = (0, 1, 2, 3, 70, 10_001, 2**31 - 1, 2**31, 2**53 - 1)
_TEXTS = ("a", "b", "ab", "", "no-such-value", "ax", "a b", "\u96fe", '"', "true", "7", "x", "null", "\u2028", "0")
_FORMATS = (
    "png",
    "gif",
    "webp",
    "avif",
    "bmp",
    "JPG",
    "PNG",
    "jpeg",
    "tiff",
    "heic",
    "Image/png",
    "image/jpg",
    "IMAGE/WEBP",
)
_PRICES: tuple[Any, ...] = (
    None,
    0.02,
    [{"unit": "call", "amount": 0.006, "average": True, "basis": "page"}],
    [{"unit": "call", "minimum": 0.01, "maximum": 0.04, "basis": "page"}],
    [{"unit": "image", "amount": 0.003, "basis": "page"}],
    [{"unit": "megapixel", "amount": 0.004, "basis": "page"}],
    [{"unit": "call", "minimum": 0.01, "basis": "page"}],
)
#: Values to look for a valid one among.
_TRIED: tuple[Any, ...] = (
    "x",
    "a cat",
    "https://example.com/a.png",
    "#00ff00",
    "12x4",
    "jpg",
    "abcdef",
    "w-1",
    7,
    1,
    64,
    0.5,
    True,
    [],
    {},
)


def invent_model(random: Random, slug: str) -> dict[str, object]:
    """Return a model as it stands in a spec. Lint may refuse it."""
    names = random.sample(
        ["prompt", "seed", "image", "a/b", "x~y", "from", "\u540d", "steps", "mood", "mask", "n-1"],
        random.randint(1, 5),
    )
    properties = {name: _seed(random) if name == "seed" else invent_schema(random) for name in names}
    output: dict[str, Any] = {"media": "image"}
    for role, schema in _roles(random).items():
        output[role] = f"the_{role}"
        properties[f"the_{role}"] = schema
    for schema in properties.values():
        _add_default(random, schema)
    example = {name: value for name, schema in properties.items() if (value := _example(random, schema)) is not None}
    required = [name for name in example if "default" not in properties[name] and random.random() < 0.4]
    kept = {name: value for name, value in example.items() if name in required or random.random() < 0.5}
    model: dict[str, Any] = {
        "slug": slug,
        "title": "A model",
        "summary": "It draws.",
        "task": "draw",
        "pages": ["page"],
        "input": {"type": "object", "required": required, "properties": properties},
        "output": output,
        "example": kept,
    }
    if prices := random.choice(_PRICES):
        model["pricing" if isinstance(prices, list) else "price_usd"] = prices
    ways = random.choice([("sync",), ("async",), ("sync", "async")])
    model |= {way: {"method": "POST", "path": f"/{'v1' if way == 'sync' else 'v2'}/{slug}"} for way in ways}
    return model


def invent_schema(random: Random, depth: int = 0) -> dict[str, object]:
    """Return the schema of a parameter."""
    kinds = [
        "string",
        "string",
        "integer",
        "number",
        "boolean",
        "file",
        *([] if depth > 2 else ["array", "object", "union"]),
    ]
    kind = random.choice(kinds)
    if kind == "union":
        options = [
            _of_kind(random, one, depth + 1) for one in random.sample(["string", "integer", "boolean", "array"], 2)
        ]
        return {"anyOf": options}
    schema = _of_kind(random, kind, depth)
    if random.random() < 0.2:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and random.random() < 0.5:
            schema["enum"].append(None)
    return schema


def _of_kind(random: Random, kind: str, depth: int) -> dict[str, Any]:
    if kind == "file":
        schema: dict[str, Any] = {"type": "string", "format": random.choice(["uri", "base64"])}
        return schema | ({"x-accepts": ["url", "data-url"]} if random.random() < 0.3 else {})
    schema = {"type": kind}
    if kind in ("integer", "number"):
        return schema | _numbers(random, kind)
    if kind == "string":
        return schema | _texts(random)
    if kind == "boolean":
        return schema | random.choice([{}, {}, {"enum": [True]}, {"enum": [False, True]}])
    if kind == "array":
        schema |= {"items": invent_schema(random, depth + 1)} if random.random() < 0.8 else {}
        return schema | _range(random, "minItems", "maxItems", _COUNTS)
    inner = {
        name: invent_schema(random, depth + 1) for name in random.sample(["a", "b", "c/d", "e~"], random.randint(0, 3))
    }
    schema |= {"properties": inner} if inner else {}
    return schema | ({"required": [name for name in inner or ("a", "b") if random.random() < 0.5]})


def _numbers(random: Random, kind: str) -> dict[str, object]:
    values = _INTEGERS if kind == "integer" else _NUMBERS
    picked = random.random()
    if picked < 0.15:
        return {"enum": random.sample(values, random.randint(1, 4))}
    if picked < 0.3:
        return {"x-known-values": random.sample(values, random.randint(1, 4))}
    schema: dict[str, Any] = {}
    low, high = sorted(random.sample(values, 2))
    if random.random() < 0.2:
        high = low
    if random.random() < 0.6:
        schema[random.choice(["minimum", "minimum", "exclusiveMinimum"])] = low
    if random.random() < 0.6:
        schema[random.choice(["maximum", "maximum", "exclusiveMaximum"])] = high
    if random.random() < 0.3:
        schema["multipleOf"] = random.choice([step for step in _STEPS if kind == "number" or isinstance(step, int)])
    return schema | ({"x-accepts-text": True} if random.random() < 0.2 else {})


def _texts(random: Random) -> dict[str, object]:
    picked = random.random()
    if picked < 0.2:
        return {"enum": random.sample(_TEXTS, random.randint(1, 5))}
    if picked < 0.4:
        return {"x-known-values": random.sample(_TEXTS, random.randint(1, 5))}
    pattern = {"pattern": random.choice(_PATTERNS)} if picked < 0.6 else {}
    return pattern | _range(random, "minLength", "maxLength", _SIZES)


def _range(random: Random, low: str, high: str, values: tuple[int, ...]) -> dict[str, Any]:
    least, most = sorted(random.choices(values, k=2))
    picked = random.random()
    return ({low: least} if picked < 0.5 else {}) | ({high: most} if 0.3 < picked < 0.8 else {})


def _seed(random: Random) -> dict[str, object]:
    least, most = random.choice([(0, 2**32), (-1, 99999), (1000, 99999), (8, 8), (-5, -1), (0, 12345678901234567)])
    bounds: dict[str, Any] = {
        key: value for key, value in (("minimum", least), ("maximum", most)) if random.random() < 0.7
    }
    return {"type": random.choice(["integer", ["integer", "null"]])} | bounds


def _roles(random: Random) -> dict[str, dict[str, object]]:
    """Return the schemas of the parameters that decide the output, by role."""
    sides: tuple[dict[str, Any], ...] = (
        {},
        {"minimum": 0, "maximum": 256},
        {"minimum": 64, "maximum": 2**31},
        {"maximum": 96},
        {"minimum": -8, "maximum": 64, "multipleOf": 8},
        {"exclusiveMinimum": 0},
        {"enum": [64, 128]},
        {"minimum": 32, "maximum": 128, "x-accepts-text": True},
        {"minimum": 40_000},
    )
    counts: tuple[dict[str, Any], ...] = (
        {"minimum": 1, "maximum": 1},
        {"minimum": 0, "maximum": 3},
        {"minimum": 3, "maximum": 5},
        {"maximum": 2**31},
        {"enum": [1, 4]},
        {"enum": [2]},
        {},
        {"minimum": 1, "maximum": 20},
        {"x-known-values": [1, 2]},
    )
    qualities: tuple[dict[str, Any], ...] = (
        {"minimum": 1, "maximum": 100},
        {},
        {"minimum": 0, "maximum": 10},
        {"enum": [5, 50]},
    )
    roles: dict[str, dict[str, Any]] = {
        "width": {"type": "integer"} | random.choice(sides),
        "height": {"type": "integer"} | random.choice(sides),
        "count": {"type": "integer"} | random.choice(counts),
        "format": {
            "type": "string",
            random.choice(["enum", "x-known-values"]): random.sample(_FORMATS, random.randint(1, 5)),
        },
        "quality": {"type": "integer"} | random.choice(qualities),
        "base64": {"type": random.choice(["boolean", ["boolean", "null"]])}
        | random.choice([{}, {"enum": [True]}, {"enum": [False]}]),
        "size_preset": {"type": "string", "enum": random.choice([["wide 96x64", "custom"], ["64x64", "96x96"]])},
    }
    return {role: schema for role, schema in roles.items() if random.random() < 0.4}


def _add_default(random: Random, schema: dict[str, object]) -> None:
    picked = random.random()
    if picked < 0.15:
        schema["default"] = None
    elif picked < 0.5 and (value := _example(random, schema)) is not None:
        schema["default"] = value


def _example(random: Random, schema: dict[str, Any]) -> object:
    """Return a valid value; None if none was found."""
    bounds = [schema[rule] for rule in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if rule in schema]
    length = max(schema.get("minLength", 0), schema.get("minItems", 0))
    sized = ["x" * length, ["x"] * length, [1] * length, [True] * length] if length <= 1000 else []
    listed = [*schema.get("enum", ()), *schema.get("x-known-values", ())]
    near = [bound + step for bound in bounds for step in (0, 1, -1, 0.5)]
    tried = [
        *listed,
        *bounds,
        *near,
        64,
        schema.get("multipleOf"),
        *sized,
        {"a": "x", "b": "x"},
        *random.sample(_TRIED, len(_TRIED)),
    ]
    valid = [value for value in tried if value is not None and not list(violations(schema, value))]
    return random.choice(valid) if valid else None
