"""Python types for a model's input, made by datamodel-code-generator from the `input` block."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from ..specs.patterns import portable
from ..specs.spec import Model, Parameter, accepts_of
from ..specs.values import types_of
from . import names
from .aliases import with_aliases
from .filters import docwords
from .formatting import WIDTH
from .names import Ident, Reserved
from .views import departures, open_schema, summary

#: pydantic's own word for it, which is no word of JSON Schema.
_FINITE = "allow_inf_nan"
_NO_TYPE = ("default", "format", "x-accepts", "x-accepts-text", "x-known-values", "x-known-total")
#: Where a file is asked for, a caller may give more than goes over the wire.
_FILE = "_media.MediaInput"
#: The type maker knows no relative imports, and a vendored package has no other name to be imported by. A parameter may
#: be called `MediaInput` too: then the type is imported under another name.
_IMPORT, _TRUE_IMPORT = "from _media import MediaInput", "from .._flows.media_inputs import MediaInput"
#: Without a header given, the type maker writes one of its own, with its version.
_OWN_HEADER = "# (header)"
#: Fields of a pydantic model that would hide what the annotations beside them mean, or be in the way of its methods; the
#: type maker sees to all others.
_NO_FIELD = re.compile(r"bool|Annotated|model_(?:dump|validate).*", re.DOTALL)


def load_library() -> None:
    """Import the library that makes types, which is slow."""
    from datamodel_code_generator import generate
    from datamodel_code_generator.parser import jsonschema

    del generate, jsonschema


def make_types(kind: str, model: Model, name: Ident, reserved: Reserved) -> str:
    """Return a module with the input of `model` as a TypedDict (keys are keywords) or as a pydantic model (wire names as
    aliases). Defaults are left out: they are what the service does, and a client that knew them would send them."""
    # Slow to import, and a run with nothing to do does not need them.
    from datamodel_code_generator import generate
    from datamodel_code_generator.enums import DataModelType, InputFileType
    from datamodel_code_generator.format import PythonVersion
    from datamodel_code_generator.parser import LiteralType

    class_name = f"{names.class_name(name, reserved)}Input"
    typed_dict = kind == "typed-dict"
    schema: dict[str, Any] = {
        **_shape(open_schema(model), typed_dict),
        "title": class_name,
        "description": _heading(model, typed_dict),
    }
    for parameter in model.parameters:
        schema["properties"][parameter.name]["description"] = _about(model, parameter, typed_dict)
    keywords = names.parameter_keywords(schema["properties"], reserved)
    if typed_dict:
        schema["properties"] = {str(keywords[key]): value for key, value in schema["properties"].items()}
        schema["required"] = [str(keywords[key]) for key in schema.get("required", [])]
    else:
        _keep_finite(schema)
    made = generate(
        json.dumps(schema),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.TypingTypedDict if typed_dict else DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        class_name=class_name,
        aliases={} if typed_dict else {**_other_fields(schema), **_renamed(keywords)},
        custom_class_name_generator=lambda title: (
            title if title == class_name else _inner_class(class_name, title, reserved)
        ),
        custom_file_header=_OWN_HEADER,
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.All,
        use_schema_description=True,
        use_field_description=True,
        use_union_operator=True,
        use_standard_collections=True,
        use_annotated=not typed_dict,
        allow_population_by_field_name=not typed_dict,
        field_extra_keys={_FINITE},
        use_double_quotes=True,
        formatters=[],
    )
    if not isinstance(made, str):
        raise TypeError(f"datamodel-code-generator gave {type(made).__name__} for {model.slug}, not one module")
    made = re.sub(rf"^{_IMPORT}\b", _TRUE_IMPORT, made.removeprefix(_OWN_HEADER), flags=re.MULTILINE)
    return with_aliases(made, class_name) if typed_dict else made


def _heading(model: Model, typed_dict: bool) -> str:
    if typed_dict:
        return f"The keyword arguments of {model.slug}."
    return f"The input of {model.slug}, checked by pydantic."


def _about(model: Model, parameter: Parameter, typed_dict: bool) -> str:
    """Return the description of a parameter for editors, with its rules and where the spec departs from the page."""
    words = " ".join(
        [
            summary(parameter, on_the_wire=not typed_dict),
            *(f"Erratum ({each.basis}): {each.why}" for each in departures(model, parameter)),
        ]
    )
    return "\n".join(textwrap.wrap(docwords(" ".join(words.split())), WIDTH - 10, break_long_words=False))


def _inner_class(outer: str, title: str, reserved: Reserved) -> str:
    return f"{outer}{names.class_name(names.model_name(title, reserved), reserved)}"


def _renamed(keywords: Mapping[str, Ident]) -> dict[str, str]:
    return {wire: str(keyword) for wire, keyword in keywords.items() if wire != keyword}


def _other_fields(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return another name for each field, at any depth, whose own name can't be used."""
    found: dict[str, str] = {}
    for name, entry in schema.get("properties", {}).items():
        if _NO_FIELD.fullmatch(name):
            found[name] = f"parameter_{name}"
        found |= _other_fields(entry)
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        found |= _other_fields(inner)
    return found


def _shape(schema: Mapping[str, Any], typed_dict: bool) -> dict[str, Any]:
    """Return the parts of a schema that make up the type, at any depth. A default is left out, and so is a format, which would change the type.

    The keyword arguments admit what the client makes a text of; the pydantic model is of what goes over the wire.
    """
    kept = {key: value for key, value in schema.items() if key not in _NO_TYPE}
    if typed_dict and accepts_of(schema) and types_of(schema)[0] == "string" and "anyOf" not in schema:
        given = {"customTypePath": _FILE}
        return {"anyOf": [given, {"type": "null"}]} if "null" in types_of(schema) else given
    if "description" in kept:
        # It becomes a docstring, in which the type maker lets control characters and marks of direction stand.
        kept["description"] = docwords(kept["description"])
    if "pattern" in kept:
        kept["pattern"] = portable(kept["pattern"])
    if "anyOf" in kept:
        kept["anyOf"] = [_inner_shape(option, typed_dict) for option in kept["anyOf"]]
    if "items" in kept:
        kept["items"] = _inner_shape(kept["items"], typed_dict)
    if "properties" in kept or kept.get("required"):
        entries = {name: {} for name in kept.get("required", ())} | kept.get("properties", {})
        kept["properties"] = {name: _inner_shape(entry, typed_dict) for name, entry in entries.items()}
    return kept


def _inner_shape(schema: Mapping[str, Any], typed_dict: bool) -> dict[str, Any]:
    """Return the shape of an inner schema. Its keys are sent as they are, and it gets no class of its own."""
    shape = _shape(schema, typed_dict)
    if typed_dict and any(name.startswith("_") or not name.isascii() for name in shape.get("properties", ())):
        return {key: value for key, value in shape.items() if key not in ("properties", "required")}
    return shape


def _keep_finite(schema: dict[str, Any]) -> None:
    """Forbid NaN and infinity for numbers without bounds: pydantic allows them, JSON does not."""
    if "number" in schema.get("type", ()) and not {"minimum", "maximum"} <= schema.keys():
        schema[_FINITE] = False
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        _keep_finite(inner)
    if "items" in schema:
        _keep_finite(schema["items"])
