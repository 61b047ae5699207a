"""Pages that a browser has translated: the words around the facts are known, and a review tells of the values."""

from __future__ import annotations

from typing import Any

import pytest

from pagewright.transcribe.forms.translated import in_english
from tests.transcribe.invented import PROMPT, drafted, page, reviews_of, row

STEPS = row("steps", "integer", "How often.\n\nDefault: 20Range: 1 - 50")
STYLE = row("style", "string", 'How.\n\nDefault: "soft"\nAllowed values (5 total):\n"soft""hard edge""1:1"+2 more')
FLAT = row("flat", "boolean", "Without depth.\n\nDefault: false")
SAMPLE: dict[str, Any] = {"prompt": "a lamp", "steps": 25, "style": "soft", "flat": True}
ENGLISH = page(PROMPT, FLAT, STEPS, STYLE, sample=SAMPLE)
LANGUAGES: dict[str, dict[str, str]] = {
    "German": {
        "required": "erforderlich",
        "\nstring": "\nZeichenfolge",
        "\ninteger": "\nGanzzahl",
        "\nboolean": "\nBoolesch",
        "Default": "Standard",
        "Range": "Bereich",
        "Allowed values (5 total)": "Zulässige Werte (5 insgesamt)",
        "2 more": "2 weitere",
        "Parameters": "Parameter",
        "Response Type": "Antworttyp",
        "Common Error Codes": "Häufige Fehlercodes",
        "Returns": "Rückgabe",
    },
    "French": {
        "required": "obligatoire",
        "optional": "facultatif",
        "\nstring": "\nchaîne",
        "\ninteger": "\nentier",
        "Default:": "Par défaut\u00a0:",
        "Range:": "Plage\u00a0:",
        "Allowed values (5 total)": "Valeurs autorisées (5 au total)",
        "2 more": "2 de plus",
        "Parameters": "Paramètres",
        "Response Type": "Type de réponse",
        "Common Error Codes": "Codes d'erreur courants",
    },
    "Spanish": {
        "required": "obligatorio",
        "optional": "opcional",
        "Default": "Predeterminado",
        "Range": "Rango",
        "Allowed values (5 total)": "Valores permitidos (5 en total)",
        "2 more": "2 más",
        "Parameters": "Parámetros",
    },
    "Japanese": {
        "required": "必須",
        "optional": "任意",
        "\nstring": "\n文字列",
        "\ninteger": "\n整数",
        "Default": "デフォルト",
        "Range": "範囲",
        "Allowed values (5 total)": "許可される値 (5 件)",
        "Parameters": "パラメーター",
    },
}


def translated(language: str, text: str = ENGLISH) -> str:
    at = text.index("API Endpoint")
    head, rest = text[:at], text[at:]
    for english, word in LANGUAGES[language].items():
        rest = rest.replace(english, word)
    return head + rest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("glued", [False, True])
def test_a_translated_page_is_read_as_the_english_one(language: str, glued: bool) -> None:
    text = translated(language)
    if glued:
        text = text.replace("- 50\n", "- 50").replace("\n\nHow", "\nHow")
    result = drafted(text)
    assert result.spec["input"] == drafted(ENGLISH).spec["input"]
    assert any(f"the page is in {language}" in message for message in reviews_of(result))


def test_places_are_those_of_the_translated_page() -> None:
    text = translated("French", ENGLISH.replace("- 50", "- many"))
    review = next(review for review in drafted(text).reviews if "steps" in review.message)
    assert text.split("\n")[review.line - 1].startswith("steps")


@pytest.mark.parametrize("text", [ENGLISH, "", "Der Text ist optional, optional und optional.", "任意"])
def test_what_is_no_translated_page_stays_as_it_is(text: str) -> None:
    assert in_english(text)[0] == text
