"""Put the words around the facts of a page that was translated back into English.

Only words in their places are: a flag before a type, a type after a flag, a label before its colon, a heading on its own
line. Descriptions and values stay as they are, and a review says that the values may have been translated, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Anchors = list[tuple[int, int]]

_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_LABELS = ("Default", "Range", "Allowed values", "Array items")
_HEADINGS = ("Parameters", "API Endpoint", "Response Type", "Common Error Codes")
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class _Language:
    """The words of a language, each with a bar between several; types, labels and headings as in the tuples above."""

    name: str
    required: str
    optional: str
    types: tuple[str, ...]
    labels: tuple[str, ...]
    headings: tuple[str, ...]
    more: str
    returns: str


_LANGUAGES = (
    _Language(
        "German",
        "erforderlich|Pflichtfeld|obligatorisch",
        "optional|freiwillig",
        ("Zeichenfolge|Zeichenkette|Text", "Ganzzahl|ganze Zahl", "Zahl|Nummer", "Boolesch(?:er Wert)?|boolesch|Wahrheitswert", "Array|Liste", "Objekt"),
        ("Standard(?:wert)?|Voreinstellung|Vorgabe", "Bereich|Wertebereich", "(?:Zulässige|Erlaubte|Mögliche) Werte", "Array-Elemente"),
        ("Parameter", "API-Endpunkt", "Antworttyp|Antwort-Typ", "Häufige Fehlercodes|Allgemeine Fehlercodes|Gängige Fehlercodes"),
        "weitere|mehr",
        "Rückgabe|Gibt zurück|Liefert",
    ),
    _Language(
        "French",
        "obligatoire|requis|requise",
        "facultatif|facultative|optionnel|optionnelle",
        ("chaîne(?: de caractères)?|texte", "entier", "nombre", "booléen", "tableau", "objet"),
        ("(?:Valeur )?[Pp]ar défaut|Défaut", "Plage|Gamme|Intervalle", "Valeurs (?:autorisées|possibles|acceptées)", "Éléments du tableau"),
        ("Paramètres", "Point de terminaison(?: de l'API)?", "Type de réponse", "Codes d'erreur (?:courants|communs)"),
        "de plus|autres|supplémentaires",
        "Renvoie|Retourne|Retours",
    ),
    _Language(
        "Spanish",
        "obligatorio|requerido|requerida|necesario",
        "opcional",
        ("cadena(?: de texto)?|texto", "entero", "número", "booleano", "matriz|arreglo", "objeto"),
        ("(?:Valor )?[Pp]redeterminado|(?:Valor )?[Pp]or defecto", "Rango|Intervalo", "Valores (?:permitidos|posibles|admitidos)", "Elementos de la matriz"),
        ("Parámetros", "Punto final de la API|Punto de conexión", "Tipo de respuesta", "Códigos de error comunes"),
        "más",
        "Devuelve|Retorna|Devoluciones",
    ),
    _Language(
        "Italian",
        "obbligatorio|richiesto|necessario",
        "opzionale|facoltativo",
        ("stringa|testo", "intero", "numero", "booleano", "matrice|vettore", "oggetto"),
        ("Predefinito|Valore predefinito|Impostazione predefinita", "Intervallo", "Valori (?:ammessi|consentiti|possibili)", "Elementi dell'array"),
        ("Parametri", "Endpoint API", "Tipo di risposta", "Codici di errore comuni"),
        "altri|altro|in più",
        "Restituisce|Ritorna",
    ),
    _Language(
        "Portuguese",
        "obrigatório|requerido|necessário",
        "opcional",
        ("texto|cadeia(?: de caracteres)?", "inteiro", "número", "booleano", "matriz|lista", "objeto"),
        ("Padrão|Valor padrão|Predefinição", "Intervalo|Faixa", "Valores (?:permitidos|possíveis|aceitos)", "Itens da matriz"),
        ("Parâmetros", "Ponto de extremidade da API|Endpoint da API", "Tipo de resposta", "Códigos de erro comuns"),
        "mais",
        "Retorna|Devolve",
    ),
    _Language(
        "Dutch",
        "verplicht|vereist",
        "optioneel",
        ("tekenreeks|tekst", "geheel getal", "getal|nummer", "booleaans|booleaanse waarde", "reeks|lijst", "object"),
        ("Standaard(?:waarde)?", "Bereik", "(?:Toegestane|Mogelijke) waarden", "Array-items"),
        ("Parameters", "API-eindpunt", "Antwoordtype|Responstype", "Veelvoorkomende foutcodes"),
        "meer",
        "Retourneert|Geeft terug",
    ),
    _Language(
        "Japanese",
        "必須|必要",
        "任意|オプション|省略可能",
        ("文字列|弦", "整数", "数値|数字|番号", "ブール値|ブーリアン|真偽値", "配列", "オブジェクト|物体"),
        ("デフォルト(?:値)?|既定値", "範囲", "許可される値|許容値|使用可能な値|許可された値", "配列項目|配列アイテム"),
        ("パラメーター?|引数", "APIエンドポイント|API エンドポイント", "応答タイプ|レスポンスタイプ", "一般的なエラーコード|一般的なエラー コード"),
        "件|個|その他|以上",
        "戻り値|返される値|返品",
    ),
    _Language(
        "Chinese",
        "必填|必需|必须|必要",
        "可选|选填|可選",
        ("字符串|细绳|文本", "整数", "数字|数值", "布尔值?|布林值?", "数组|大批", "对象|目的"),
        ("默认值?|預設值?|缺省值?", "范围|範圍", "允许的?值|可选值|允許的?值", "数组项"),
        ("参数|參數", "API ?端点", "响应类型|回應類型", "常见错误代码|常見錯誤代碼"),
        "更多|个",
        "返回|回传",
    ),
)  # fmt: skip


def in_english(text: str) -> tuple[str, Anchors, str]:
    """Return a text with the words around its facts in English, its anchors, and the language that it was in, "" if in none
    that is known or in English."""
    if "Parameters" in text or "Attributes" in text:
        return text, [], ""
    best = max(_LANGUAGES, key=lambda language: _count(text, language))
    if _count(text, best) < _FEWEST:
        return text, [], ""
    parts: list[str] = []
    anchors: Anchors = [(0, 0)]
    at = length = 0
    for found in _pattern(best).finditer(text):
        for start, end, plain in _words(found, best):
            parts += [text[at:start], plain]
            length += start - at
            anchors.append((length, start))
            length += len(plain)
            anchors.append((length, end))
            at = end
    parts.append(text[at:])
    return "".join(parts), anchors, best.name


def _count(text: str, language: _Language) -> int:
    return len(re.findall(rf"{language.required}|{language.optional}", text))


def _pattern(language: _Language) -> re.Pattern[str]:
    types = "|".join([*language.types, *_TYPES])
    return re.compile(
        rf"(?P<flag>{language.required}|{language.optional})(?=\s*(?:(?:{types})|[,)]|$))(?:\s*(?P<type>{types})(?![a-zß-ÿ]))?|"
        rf"(?P<label>{'|'.join(language.labels)})(?=[ \u00a0\u202f]?(?:[:：]|\())(?:[ \u00a0]?\((?P<total>[0-9]+[^()\n]{{1,20}})\))?|"
        rf"(?<=\+)(?P<count>[ ]?[0-9]{{1,6}}[ \u00a0]?)(?P<more>{language.more})|"
        rf"^[ \t]*(?:(?P<heading>{'|'.join(language.headings)})[ \t]*$|(?P<returns>{language.returns})(?=\s?[:：]))",
        re.MULTILINE | re.IGNORECASE,
    )


def _words(found: re.Match[str], language: _Language) -> list[tuple[int, int, str]]:
    """Return the span and the English word of each word that was found."""
    said: list[tuple[int, int, str]] = []
    if found["flag"]:
        required = re.fullmatch(language.required, found["flag"], re.IGNORECASE)
        said.append((*found.span("flag"), "required" if required else "optional"))
    for key, words, plain in (
        ("type", language.types, _TYPES),
        ("label", language.labels, _LABELS),
        ("heading", language.headings, _HEADINGS),
    ):
        if text := found[key]:
            same = next(
                (
                    word
                    for pattern, word in zip(words, plain, strict=True)
                    if re.fullmatch(pattern, text, re.IGNORECASE)
                ),
                text,
            )
            said.append((*found.span(key), same))
    if found["total"]:
        said.append((*found.span("total"), f"{re.findall('[0-9]+', found['total'])[0]} total"))
    if found["more"]:
        said.append((*found.span("more"), "more"))
    if found["returns"]:
        said.append((*found.span("returns"), "Returns"))
    return said
