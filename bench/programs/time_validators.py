"""Run by the peers' Python: times each validator on the sample of a model, and prints the figures as JSON.

Each is called the way that its users call it: fastjsonschema's compiled function, pydantic's `model_validate`,
jsonschema-rs' `is_valid`, all on the same `input` block, and our `MODEL.validate`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

from segmind_client.spec import catalog

CALLS = 20_000
ROUNDS = 9
Check = Callable[[Any], Any]


def main(slug: str, input_schema: str) -> None:
    model = catalog.get(slug)
    schema = json.loads(input_schema)
    checks: dict[str, tuple[Check, Callable[[Any], int]]] = {"ours": (model.validate, lambda b: len(model.validate(b)))}
    for name, make in (("fastjsonschema", _fastjsonschema), ("pydantic", _pydantic), ("jsonschema-rs", _jsonschema_rs)):
        checks[name] = make(slug, schema)
    body = dict(model.example)
    wrong = {**body, "steps": 5000, "scheduler": "no such", "batch_size": "1"}
    seconds: dict[str, list[float]] = {name: [] for name in checks}
    for _ in range(ROUNDS):
        for name, (check, _count) in checks.items():
            begin = perf_counter()
            for _ in range(CALLS):
                check(body)
            seconds[name].append((perf_counter() - begin) / CALLS)
    found = {name: count(wrong) for name, (_, count) in checks.items()}
    print(json.dumps({"seconds": seconds, "found": found}))


def _fastjsonschema(_slug: str, schema: Any) -> tuple[Check, Callable[[Any], int]]:
    library = import_module("fastjsonschema")
    check: Check = library.compile(schema, use_default=False)

    def count(body: Any) -> int:
        try:
            check(body)
        except library.JsonSchemaException:
            return 1
        return 0

    return check, count


def _pydantic(slug: str, _schema: Any) -> tuple[Check, Callable[[Any], int]]:
    library = import_module("pydantic")
    module = import_module(f"segmind_client.pydantic_models.{catalog.MODULES[slug]}")
    model: Any = next(
        value
        for name, value in vars(module).items()
        if name.endswith("Input") and isinstance(value, type) and issubclass(value, library.BaseModel)
    )

    def count(body: Any) -> int:
        try:
            model.model_validate(body)
        except library.ValidationError as error:
            return int(error.error_count())
        return 0

    return model.model_validate, count


def _jsonschema_rs(_slug: str, schema: Any) -> tuple[Check, Callable[[Any], int]]:
    validator = import_module("jsonschema_rs").validator_for(schema)
    return validator.is_valid, lambda body: len(list(validator.iter_errors(body)))


if __name__ == "__main__":
    main(*sys.argv[1:])
