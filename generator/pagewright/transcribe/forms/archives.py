"""Archives of a page: MHTML, as Chromium and mail programs write it, and Safari's web archive."""

from __future__ import annotations

import plistlib
from email import message_from_bytes
from email.message import Message
from typing import Any

from .document import NotAModelPage
from .encoding import decoded


def html_of_mhtml(content: bytes) -> str:
    """Return the HTML of the page itself, not of the frames that are saved with it.

    Raises:
        NotAModelPage: There is none.
    """
    try:
        message = message_from_bytes(content)
        parts = [part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
        here = str(message.get("Snapshot-Content-Location") or message.get("Content-Location") or "").strip()
        own = [part for part in parts if here and str(part.get("Content-Location") or "").strip() == here]
        pages = [page for page in map(_body, [*own, *parts]) if page.strip()]
    except (RecursionError, LookupError, ValueError, AttributeError, TypeError) as error:
        raise NotAModelPage(f"this MHTML file can't be read ({type(error).__name__}); save the page as HTML") from None
    if not pages:
        raise NotAModelPage("this MHTML file has no HTML in it; save the page as HTML")
    return pages[0]


def _body(part: Message[str, str]) -> str:
    payload: Any = part.get_payload(decode=True)
    return decoded(payload, str(part.get_content_charset() or "")) if isinstance(payload, bytes) else ""


def html_of_webarchive(content: bytes) -> str:
    """Return the HTML of a Safari web archive.

    Raises:
        NotAModelPage: There is none.
    """
    try:
        main = plistlib.loads(content)["WebMainResource"]
        data, encoding = main["WebResourceData"], main.get("WebResourceTextEncodingName", "")
    except Exception as error:  # plistlib lets errors of many kinds through.
        raise NotAModelPage(f"this web archive can't be read ({type(error).__name__}); save the page as HTML") from None
    if not isinstance(data, bytes):
        raise NotAModelPage("this web archive has no HTML in it; save the page as HTML")
    return decoded(data, str(encoding))
