"""The encoding of what was saved."""

from __future__ import annotations

import codecs
import re

#: What a saved page with its images may have, in bytes.
MAX_BYTES = 10_000_000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,30})", re.IGNORECASE)


def decoded(content: bytes, declared: str = "") -> str:
    """Return the text of some bytes: by their byte order mark, as UTF-8, as they declare, or as Windows-1252."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    zeros = content[:4000].count(0)
    if zeros * 3 > len(content[:4000]) > 3:
        big = content[:4000:2].count(0) > content[1:4000:2].count(0)
        return content.decode("utf-16-be" if big else "utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3:
            return content.decode("utf-8", "replace")
    found = _CHARSET.search(content[:4000])
    names = [declared, found[1].decode("ascii") if found else ""]
    replaced = content.decode("utf-8", "replace")
    kept = len(re.findall("[^\x00-\x7f\ufffd]", replaced))
    if kept > 2 * replaced.count("\ufffd"):
        return replaced
    for name in [*(name for name in names if name), "windows-1252"]:
        try:
            if codecs.lookup(name).name not in ("utf-8", "ascii"):
                return content.decode(name, "replace")
        except (LookupError, ValueError):
            continue
    return replaced
