"""Names in generated code: turn a slug or a parameter into an identifier of each language.

Changing what a slug maps to renames an attribute in the code of everybody who generated a client. So this module is a
compatibility surface: the reserved words may grow only with a major version, and a name depends on its own slug alone
unless two slugs fold to the same identifier. Then the one first by code point keeps it and the others get a suffix made
from their slug; lint asks for a pinned `name:` in the spec, so that a newcomer renames nobody.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields


class Ident(str):
    """An identifier made here: safe to print into any of the target languages."""

    __slots__ = ()


def _words(text: str) -> frozenset[str]:
    """Return the set of names in a string."""
    return frozenset(text.split())


#: Python's own lists grow with its versions; these are written out, so that a new Python renames nothing.
_KEYWORDS = _words(
    "False None True and as assert async await break class continue def del elif else except finally for from global "
    "if import in is lambda nonlocal not or pass raise return try while with yield"
)
_SOFT_KEYWORDS = _words("case match type")
_BUILTINS = _words(
    "abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits "
    "delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help "
    "hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open "
    "ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple "
    "type vars zip aiter anext"
)
_TYPESCRIPT = _words(
    "break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if import in instanceof new null return super switch this throw true try typeof var void while with as "
    "implements interface let package private protected public static yield any boolean constructor declare get module "
    "require number set string symbol type from of async await arguments eval undefined"
)
#: File names that Windows keeps for devices.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)
_RESERVED_MODULES = frozenset(
    word.lower() for reserved in (_KEYWORDS, _SOFT_KEYWORDS, _BUILTINS, _TYPESCRIPT, _DEVICES) for word in reserved
)
#: Words of Python that begin like a class.
_CAPITALISED = frozenset(word for word in _KEYWORDS if word[0].isupper())


@dataclass(frozen=True, slots=True)
class Reserved:
    """Names that the targets need for themselves, beside the words of their languages: `reserved` of each target.yaml.

    `attributes` are what a client has besides its models, in lower case; `files` what a target has a file for that is not a
    model's; `classes` what a model's class may not be called; `errors` what no status may be called after; `keywords` what
    methods take besides a model's parameters; `options` those of the command line that every model has.
    """

    attributes: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *kinds: Mapping[str, Iterable[str]]) -> Reserved:
        """Return the names of all targets together."""
        given = {field.name: frozenset[str]() for field in fields(cls)}
        for names in kinds:
            for kind, words in names.items():
                given[kind] |= frozenset(words)
        return cls(**given)


def fold(text: str) -> str:
    """Lower-case ASCII words joined by `_`: NFKC, then every run of anything else becomes one `_`.

    >>> fold("Stable-Diffusion 3.5")
    'stable_diffusion_3_5'
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def model_name(slug: str, reserved: Reserved) -> Ident:
    """A model's attribute on the client and its module's name.

    >>> [model_name(slug, Reserved.of({"files": ["platform"]})) for slug in ("4x-upscale", "import", "platform")]
    ['model_4x_upscale', 'import_', 'platform_']
    """
    name = fold(slug)
    if not name:
        return Ident(f"model_{_suffix(slug)}")
    if name[0].isdigit():
        name = f"model_{name}"
    taken = name in _RESERVED_MODULES or name in reserved.attributes or name in reserved.files
    return Ident(f"{name}_" if taken else name)


def class_name(name: str, reserved: Reserved) -> Ident:
    """The class for a model's name; a `_` stays between two digits, so that 1.5 and 15 stay apart.

    >>> class_name("stable_diffusion_3_5_large_txt2img", Reserved()), class_name("none_", Reserved())
    ('StableDiffusion3_5LargeTxt2img', 'None_')
    """
    words = [word for word in name.split("_") if word]
    joined = ""
    for word in words:
        between = "_" if joined and joined[-1].isdigit() and word[0].isdigit() else ""
        joined += between + word[0].upper() + word[1:]
    return Ident(f"{joined}_" if joined in _CAPITALISED | reserved.classes else joined)


def parameter_keyword(wire_name: str, reserved: Reserved) -> Ident:
    """The Python keyword argument for a parameter: its wire name itself wherever that can be typed.

    >>> [parameter_keyword(name, Reserved()) for name in ("steps", "class", "cfg-scale")]
    ['steps', 'class_', 'cfg_scale']
    """
    name = wire_name
    # A name that begins with `_` is mangled inside a class, and is no key there that the type maker would leave alone.
    if not (name.isascii() and name.isidentifier()) or name.startswith("_"):
        name = fold(wire_name) or f"parameter_{_suffix(wire_name)}"
        if name[0].isdigit():
            name = f"parameter_{name}"
    return Ident(f"{name}_" if name in _KEYWORDS or name in reserved.keywords else name)


def option_name(wire_name: str, reserved: Reserved) -> Ident:
    """The command-line option for a parameter, without its dashes.

    >>> option_name("negative_prompt", Reserved())
    'negative-prompt'
    """
    return Ident(str(parameter_keyword(wire_name, reserved)).strip("_").replace("_", "-").lower())


def model_names(slugs: Iterable[str], reserved: Reserved, pinned: Mapping[str, str] | None = None) -> dict[str, Ident]:
    """A unique name for each slug, in the order of the slugs by code point; pinned names go first."""
    pinned = pinned or {}
    given: dict[str, Ident] = {slug: Ident(name) for slug, name in pinned.items()}
    return _unique(
        sorted(set(slugs)),
        lambda slug: model_name(slug, reserved),
        given,
        lambda name: collision_key(name, reserved),
    )


def parameter_keywords(wire_names: Iterable[str], reserved: Reserved) -> dict[str, Ident]:
    """A unique keyword for each parameter of one model; names that need no change are never changed."""
    names = list(wire_names)
    given = {name: Ident(name) for name in names if parameter_keyword(name, reserved) == name}
    return _unique(names, lambda name: parameter_keyword(name, reserved), given, str)


def option_names(wire_names: Iterable[str], reserved: Reserved) -> dict[str, Ident]:
    """A unique option for each parameter of one model, none of them among the reserved ones."""

    def name(wire_name: str) -> Ident:
        option = option_name(wire_name, reserved) or _suffix(wire_name)
        # `--no-…` is how a boolean is switched off, maybe that of another parameter; and `--no-wait` is one of ours.
        taken = (
            not reserved.options.isdisjoint((option, f"no-{option}")) or option[0].isdigit() or option.startswith("no-")
        )
        return Ident(f"param-{option}" if taken else option)

    return _unique(list(wire_names), name, {}, str)


def constant_names(wire_names: Iterable[str], reserved: Reserved) -> dict[str, Ident]:
    """A unique private constant for each parameter of one model.

    >>> constant_names(["steps", "cfg-scale"], Reserved())
    {'steps': '_STEPS', 'cfg-scale': '_CFG_SCALE'}
    """

    def name(wire_name: str) -> Ident:
        return Ident(f"_{parameter_keyword(wire_name, reserved).upper().strip('_') or _suffix(wire_name).upper()}")

    return _unique(list(wire_names), name, {}, str)


def collision_key(name: str, reserved: Reserved) -> str:
    """Return a key that two models must not share: equal if their classes or files would differ in case only."""
    return class_name(name, reserved).casefold()


def _unique(
    names: list[str], make: Callable[[str], Ident], given: Mapping[str, Ident], key: Callable[[str], str]
) -> dict[str, Ident]:
    taken = {key(name) for name in given.values()}
    result: dict[str, Ident] = {}
    for name in names:
        ident = given.get(name)
        if ident is None:
            plain = ident = make(name)
            separator = "-" if "-" in plain else "_"
            length = 4
            while key(ident) in taken:
                ident = Ident(f"{plain.rstrip('_')}{separator}{_suffix(name, length)}")
                length += 4
            taken.add(key(ident))
        result[name] = ident
    return result


def _suffix(text: str, length: int = 4) -> str:
    return f"x{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:length]}"
