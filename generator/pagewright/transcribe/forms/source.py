"""The saved file before its page is read: its encoding, its form, and what is refused by name."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from .document import Document, NotAModelPage
from .encoding import MAX_BYTES, decoded
from .plain import read_plain

#: What a page may show, in characters.
MAX_CHARACTERS = 200_000
_BINARY = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "compressed data"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
SAVE = "save the model's page from a browser (Save as, HTML or MHTML) and pass that file"
_HTML_BEGINS = re.compile(
    r"\s*(?:<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<\?xml[^>]{0,200}>\s*<(?:!doctype )?html)", re.I
)
_COMMENT = re.compile(r"\s*<!--.{0,5000}?-->", re.DOTALL)
_TAG_BEGINS = re.compile(r"\s*<[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>")
_CLOSING_TAG = re.compile(r"</[A-Za-z][A-Za-z0-9-]*\s*>")
_MHTML = re.compile(r"(?:\s*[A-Za-z0-9-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){1,40}")
_HTTP_ANSWER = re.compile(r"(?:HTTP/[0-9.]+ [0-9]{3}[^\n]*\r?\n(?:[A-Za-z0-9-]+:[^\n]*\n)*\r?\n)+")
_YAML_OPENAPI = re.compile(r"\s{0,200}(?:#[^\n]*\n\s{0,200}){0,20}[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"']?[0-9]")
#: A row of a table of parameters, however it is laid out. A page that has one may hold any number of links.
_TABLE_ROW = re.compile(
    r"\b(?:required|optional)\W{0,12}(?:string|integer|number|boolean|array|object|file)\b|"
    r"\b(?:string|integer|number|boolean|array|object|file)\W{0,12}(?:required|optional)\b",
    re.IGNORECASE,
)
_LINK_ITEM = re.compile(r"^ {0,4}[-*] \[[^\]\n]{1,200}\]\([^)\n]{1,500}\)", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
_HEADING_LINE = re.compile(r"^#{1,6} [A-Z`*\[][^\n]{0,120}$", re.MULTILINE)
_CODE_SPAN = re.compile(r"(?<![`\w])`[^`\n]{1,80}`(?!`)")
_TABLE_RULE = re.compile(
    r"^ {0,3}\|?[ \t]{0,9}:?-{2,}:?[ \t]{0,9}(?:\|[ \t]{0,9}:?-{2,}:?[ \t]{0,9}){1,30}\|?[ \t]{0,9}$", re.MULTILINE
)
_STRONG = re.compile(r"(?<![*\w])\*\*[^*\n]{1,80}\*\*|(?<!\w)__[A-Za-z][^_\n]{0,80}__(?!\w)")
_LINK = re.compile(r"\[[^\]\n]{1,100}\]\((?:https?:|/|#)[^)\s]{0,300}\)")


def bytes_of(path: Path, *, pipe: bool = False) -> bytes:
    """Return what was saved in a file, which with `pipe` may come through one; of a file that is too large, enough to
    see that it is.

    Raises:
        NotAModelPage: It is no file, a device perhaps, which may have no end.
        OSError: It can't be read.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or (pipe and stat.S_ISFIFO(mode))):
        raise NotAModelPage("it is not a file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def document_of(content: bytes | str) -> Document:
    """Return the document of a saved page in any form.

    Raises:
        NotAModelPage: With what it is instead.
    """
    if len(content) > MAX_BYTES:
        raise NotAModelPage(f"over {MAX_BYTES // 1_000_000} MB are more than a documentation page has")
    if isinstance(content, bytes):
        _refuse_binary(content)
        if content.startswith((b"bplist00", b"<?xml")) and b"WebMainResource" in content[:10_000_000]:
            from .archives import html_of_webarchive

            return _markup(html_of_webarchive(content))
        text = decoded(content)
        if _is_mhtml(text):
            from .archives import html_of_mhtml

            return _markup(html_of_mhtml(content))
    else:
        text = content
        if _is_mhtml(text):
            from .archives import html_of_mhtml

            return _markup(html_of_mhtml(text.encode("utf-8", "replace")))
    return _document(text)


def _document(text: str) -> Document:
    text = _without_http(text)
    _refuse_data(text)
    form = form_of(text)
    if form == "html":
        return _markup(text)
    if len(text) > MAX_CHARACTERS:
        raise NotAModelPage(f"over {MAX_CHARACTERS} characters are more than a documentation page has")
    if form == "markdown":
        from .markdown import read_markdown

        return read_markdown(text)
    return read_plain(text)


def _markup(text: str) -> Document:
    from .markup import read_markup

    return read_markup(text)


def form_of(text: str) -> str:
    """Return "html", "markdown" or "text".

    >>> form_of("<!-- saved from url=(0014)about:internet -->\\n<html>"), form_of("Acme Lantern\\n\\n~$0.004")
    ('html', 'text')
    """
    text = text.removeprefix("\ufeff")
    beginning = text
    while comment := _COMMENT.match(beginning):
        beginning = beginning[comment.end() :]
    if _HTML_BEGINS.match(beginning):
        return "html"
    is_markdown = _is_markdown(text)
    tags = _CLOSING_TAG.findall(text[:400_000])
    if not is_markdown and len(tags) >= 5 and (_TAG_BEGINS.match(beginning) or len(tags) * 60 > len(text[:400_000])):
        return "html"
    if (
        _TAG_BEGINS.match(beginning)
        and not is_markdown
        and re.match(r"\s*<(?:div|main|section|article|table|dl|ul|p|h1|header|nav|span)\b", beginning, re.I)
    ):
        return "html"
    return "markdown" if is_markdown else "text"


def _is_markdown(text: str) -> bool:
    """Return whether a text has the marks of Markdown, which a code sample alone may have one of."""
    text = text[:MAX_CHARACTERS]
    # A sign is found faster than a pattern that begins with it.
    score = 2 * bool(_FENCE.search(text)) + 2 * bool("|" in text and _TABLE_RULE.search(text))
    score += 2 * ("`" in text and len(_CODE_SPAN.findall(text)) > 2)
    score += min(2, len(_STRONG.findall(text))) if "**" in text or "__" in text else 0
    score += min(2, len(_HEADING_LINE.findall(text))) + min(2, len(_LINK.findall(text)))
    return score >= 3 or bool(re.match(r"\s*#{1,2} \S", text) and score >= 2)


def _is_mhtml(text: str) -> bool:
    head = _MHTML.match(text[:20_000])
    return bool(
        head and re.search(r"^MIME-Version:|^Content-Type:\s*(?:multipart/|message/|text/html)", head[0], re.I | re.M)
    )


def _without_http(text: str) -> str:
    """Take off the headers that `curl -i` prints."""
    answer = _HTTP_ANSWER.match(text) if text.startswith("HTTP/") else None
    return text[answer.end() :] if answer else text


def _refuse_binary(content: bytes) -> None:
    for magic, what in _BINARY:
        if content.startswith(magic):
            raise NotAModelPage(f"this is {what}, not a page; {SAVE}")


def _refuse_data(text: str) -> None:
    """Raise NotAModelPage for documents that aren't pages, by name."""
    begin = text[:400_000].lstrip("\ufeff \t\r\n")
    if _YAML_OPENAPI.match(text[:20_000]):
        raise NotAModelPage(f"this is an OpenAPI document, which has no prices and no samples; {SAVE}")
    if begin[:1] in "{[" and re.match(r"[{\[]\s*[\"{\[\]}0-9tfn-]", begin):
        try:
            data = json.loads(text.removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            if re.match(r"\{\s*\"[^\"\n]{0,100}\"\s*:", begin) is None:
                return
            data = None
        if (isinstance(data, dict) and ("openapi" in data or "swagger" in data)) or re.match(
            r"\{\s*\"(?:openapi|swagger)\"", begin
        ):
            raise NotAModelPage(f"this is an OpenAPI document, which has no prices and no samples; {SAVE}")
        raise NotAModelPage(f"this is JSON, not a page; {SAVE}")
    links = _LINK_ITEM.findall(text[:MAX_CHARACTERS])
    lines = [line for line in text[:MAX_CHARACTERS].split("\n") if line.strip()]
    is_list = begin.startswith("# ") and len(links) >= 2 and len(links) * 5 >= len(lines) * 2
    if is_list and not _TABLE_ROW.search(text[:MAX_CHARACTERS]):
        raise NotAModelPage(f"this is a list of links, as llms.txt is, not a model's page; {SAVE}")
