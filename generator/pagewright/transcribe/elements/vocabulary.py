"""Words that documentation pages use about parameters: types, flags, labels, and headings above and below tables."""

from __future__ import annotations

import re
from functools import lru_cache

TYPES = {
    "string": "string",
    "str": "string",
    "text": "string",
    "integer": "integer",
    "int": "integer",
    "int32": "integer",
    "int64": "integer",
    "long": "integer",
    "number": "number",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "boolean": "boolean",
    "bool": "boolean",
    "array": "array",
    "list": "array",
    "object": "object",
    "dict": "object",
    "map": "object",
    "enum": "string",
    "file": "string",
    "image": "string",
    "video": "string",
    "audio": "string",
    "url": "string",
    "uri": "string",
    "any": "string",
}
#: Types that are ordinary words as well: alone, they make no row.
WEAK_TYPES = frozenset({"text", "file", "image", "video", "audio", "url", "uri", "any", "long", "map", "list", "enum"})
FORMATS = dict.fromkeys(("uri", "url", "file", "image", "video", "audio"), "uri") | {
    "base64": "base64",
    "byte": "base64",
}
#: Also as pages that a browser or a person has translated say it: German, French, Spanish.
FLAGS = {
    "required": True,
    "mandatory": True,
    "erforderlich": True,
    "requis": True,
    "obligatoire": True,
    "obligatorio": True,
    "requerido": True,
    "optional": False,
    "facultatif": False,
    "optionnel": False,
    "opcional": False,
}
_FLAG = "|".join(FLAGS)
_TYPE = "|".join(sorted(TYPES, key=len, reverse=True))
#: One word of the head of a row, or a sign between two of them.
HEAD_WORD = re.compile(
    rf"[\s,;:|/·•()\[\]—–-]*(?:(?P<flag>{_FLAG})\b|(?P<not>not required)\b|(?P<star>\*)|"
    rf"(?P<type>{_TYPE})\b(?P<of>\s?\((?:uri|url|base64|byte|binary|date|date-time|email|uuid|float|double|int32|int64|file|"
    rf"image|video|audio|string|integer|number|object)\)|\[\]|\s?<[a-z]+>|\s?of (?:string|integer|number|object|float|"
    rf"boolean|file|image|url)s?\b|:(?:str|int|float))?(?P<or>(?:\s?(?:\||or|/)\s?(?:string|integer|number|boolean|array|object|"
    rf"null|float|int)\b)*)(?P<null>\s?(?:\||or)\s?null\b)?)",
    re.IGNORECASE,
)
#: The label of a type, and the answer to a flag that is asked as a question.
TYPE_LABEL = re.compile(r"\s*(?:data |value )?type\s*[:=]{1,2}\s*(?=\S)", re.IGNORECASE)
ANSWER = re.compile(
    r"\s*(?:\?\s*:?|[:=]{1,2}|\()\s*(?:(?P<yes>yes|true|✓|✔|✅)|(?:no|false|✗|✘|❌))(?!\w)\)?", re.IGNORECASE
)
NAME = re.compile(
    r"[`\"']?(?P<name>[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\[[0-9*in]?\])?[.-][A-Za-z0-9_$]+){0,8}(?:\[\])?)[`\"']?"
)
_NUMBER = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
LABELS = {
    "default": r"defaults?(?: value)?(?: is| to)?|standard(?:wert)?|vorgabe|par défaut|valeur par défaut|predeterminado|por defecto",
    "range": r"(?:valid |allowed |value |required |supported |permitted )?range|(?:werte)?bereich|plage|rango",
    "minimum": r"min(?:imum)?(?: value)?",
    "maximum": r"max(?:imum)?(?: value)?",
    "values": r"(?:allowed|possible|accepted|valid|available|supported|permitted) (?:values?|options?)|options|enum(?: values?)?|"
    r"choices|one of|allowed|values|(?:zulässige|erlaubte|mögliche) werte|valeurs (?:autorisées|possibles)|valores (?:permitidos|posibles)",
    "example": r"examples?(?: values?)?",
}
_LABELS = "|".join(rf"(?P<{key}>{words})" for key, words in LABELS.items())
#: A label at the beginning of a text, with the count of its values and what stands between it and a value.
LABEL = re.compile(
    rf"(?P<label>{_LABELS})(?:\s*\((?P<total>\d{{1,6}})(?: [a-zäöü]+)?\))?(?P<colon>\s*[:=])?"
    r"(?=\s|\Z|[\"0-9\[{.∞+-]|(?<=[:=]))\s*",
    re.IGNORECASE,
)
VALUE = re.compile(rf'"|\[|\{{|{_NUMBER}|(?:true|false|null|none)\b', re.IGNORECASE)
MORE = re.compile(
    r"(?:\+|(?:and|show|view|see|load)(?: all)?)\s*(?P<more>\d{1,6})\s*(?:more|others?)(?: values?| options?)?(?:\s*…|\.\.\.)?\Z",
    re.IGNORECASE,
)
#: Headings above a table of parameters, and of parts of a page that look like one.
PARAMETERS = re.compile(
    r"(?:(?:api|request|input|body|model|query|sync(?:hronous)?|supported|available)\s+)*(?:parameters?|parametern?|paramètres|parámetros|attributes|inputs?|arguments|params|"
    r"request body|body(?: schema)?|fields|input schema|payload|options)(?:\s+(?:schema|reference|table|list))?\s*\Z",
    re.IGNORECASE,
)
NOT_PARAMETERS = re.compile(
    r"(?:response|output|returns?|results?|errors?|status|common error|webhook|headers?|authenti|pricing|rate limit|credits|"
    r"faq|examples?|related|changelog|asynchronous|path param|http response)",
    re.IGNORECASE,
)
#: What stands beside a name in every row and says nothing: the words on buttons.
BUTTONS = re.compile(
    r"(?:copy|copied!?|copy (?:code|link|name|to clipboard)|show (?:more|less|all)|expand(?: all)?|collapse|edit|link|#|¶|🔗|i|\?|try it|"
    r"reset|info|help|details|more)\Z",
    re.IGNORECASE,
)
#: Headings of columns in which "yes" means that a parameter may be left out.
CONTRARY = r"(?:is )?(?:optional|omittable|can be omitted|may be omitted)|opt"
COLUMNS = {
    "name": r"(?:parameter|param|field|property|argument|attribute|input|option)?s?(?: ?name)?|key",
    "type": r"(?:data |value )?types?",
    "required": rf"(?:is )?(?:required|mandatory|needed|necessary|compulsory|must)|req|presence|necessity|obligatory|{CONTRARY}",
    "default": r"defaults?(?: values?)?",
    "description": r"descriptions?|details|meaning|notes?|about|info(?:rmation)?|purpose|summary",
    "range": r"ranges?|(?:min|minimum)\s*[/–-]\s*(?:max|maximum)|limits|bounds|constraints",
    "minimum": r"min(?:imum)?(?: value)?",
    "maximum": r"max(?:imum)?(?: value)?",
    "values": r"(?:allowed|possible|accepted|valid|available)(?: values?| options?)?|options|values|enum|choices",
    "example": r"examples?",
}
NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "—", "–", "/", "·", "not set", "(none)", "undefined"})
YES = frozenset(
    {"yes", "y", "true", "required", "✓", "✔", "✅", "☑", "√", "x", "*", "mandatory", "1", "•", "●", "⬤", "■", "★", "+"}
)
NO = frozenset(
    {
        "no",
        "n",
        "false",
        "optional",
        "✗",
        "✘",
        "❌",
        "✕",
        "✖",
        "×",
        "☐",
        "○",
        "◯",
        "□",
        "☆",
        "",
        "-",
        "—",
        "–",
        "0",
        "n/a",
    }
)


@lru_cache(maxsize=1024)
def column_of(heading: str) -> str:
    """Return which fact of a parameter a table's column holds, "" for none that is known.

    >>> column_of("Allowed values"), column_of("Param")
    ('values', 'name')
    """
    heading = heading.strip(" :*?.").lower()
    return next((key for key, words in COLUMNS.items() if heading and re.fullmatch(words, heading)), "")
