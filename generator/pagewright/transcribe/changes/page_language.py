"""Recognise a page whose labels are in another language than the facts can be read in."""

from __future__ import annotations

import re
from collections import Counter

from ..pages.read_page import PageContent

#: Labels of the pages in the languages into which browsers translate most; each alone may be in a text, two are a
#: translated page.
_LABELS = re.compile(
    r"erforderlich\b|\bStandard(?:wert)?\s?:|\bBereich\s?:|Zul(?:ä|ae)ssige Werte|API-Endpunkt|Antworttyp|Fehlercodes|"
    r"\bPar défaut\s?:|\bPlage\s?:|Valeurs autorisées|\bParamètres\b|Type de réponse|facultatif\b|"
    r"\b(?:Predeterminado|Por defecto)\s?:|\bRango\s?:|Valores permitidos|\bParámetros\b|Tipo de respuesta|obligatorio\b|"
    r"\bPadrão\s?:|\bIntervalo\s?:|\bParâmetros\b|Tipo de resposta|obrigatório\b|"
    r"\bPredefinito\s?:|\bIntervallo\s?:|Valori consentiti|\bParametri\b|Tipo di risposta|obbligatorio\b|"
    r"\bStandaard\s?:|\bBereik\s?:|Toegestane waarden|vereist\b|"
    r"\bDomyślnie\s?:|\bZakres\s?:|wymagany\b|По умолчанию|Диапазон|обязательн|Параметры|"
    r"デフォルト|範囲|必須|任意|パラメータ|默认|默認|范围|範圍|必填|可选|可選|参数|參數|允许值|기본값|범위|필수|선택|매개변수"
)
_LABEL = re.compile(
    r"(?:^|(?<=[0-9]))[ \t]*([^\W\d_][^\W\d_ ]{2,20}(?: [^\W\d_]{2,20})?)[ \t\u00a0]?:[ \t\u00a0]*(?:\"|-?[0-9]|true\b|false\b)",
    re.MULTILINE,
)
_ENGLISH = frozenset(
    {
        "default",
        "range",
        "allowed values",
        "example",
        "min",
        "max",
        "minimum",
        "maximum",
        "type",
        "enum",
        "version",
        "step",
    }
)
_LEAST = 2


def is_translated(reading: PageContent) -> bool:
    """Return whether the labels of a page's table are not the English ones."""
    if reading.page.document.language:
        return True
    text = reading.page.text
    start = reading.sample.end if reading.sample.found else 0
    rest = text[start:] if start < len(text) / 2 else text
    distinct = {found[0].lower() for found in _LABELS.finditer(rest)}
    if len(distinct) >= _LEAST:
        return True
    table = reading.page.table()
    if table is None:
        return False
    labels = Counter(found[1].lower() for found in _LABEL.finditer(text, table.start, table.end))
    known = sum(count for label, count in labels.items() if label in _ENGLISH)
    foreign = [label for label, count in labels.items() if label not in _ENGLISH and count > 2]
    return bool(foreign) and not known
