"""Texts that have become code in somebody's generator, or might in ours."""

from __future__ import annotations

from hypothesis import strategies as st

PAYLOADS = [
    '"""', "'''", '"', "'", "\\", "\\\\\\", "{", "}", "{{ 7*7 }}", "{% raw %}", "{#", "{0}", "{self.__class__}", "%s", "%(x)s",
    "\\N{", "\\x", "\\u", "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x7f", "\x85", "\xa0", "\xad", "\u200b",
    "\u2028", "\u2029", "\x00", "\ufeff", "\ufffe", "\x1b[31m", "\x9b31m", "\u202e", "\u2066", "\u2069", "\U000e0041", "\U0010ffff",
    "（", "＂", "ﬁ", "__import__('os').system('id')", '""";import os;"""', "\nimport os\n", "\n    pass\n", "*/", "/*", "//", "-->", "<!--",
    "</script>", "</pre></code>", "</textarea>", "]]>", "<script>alert(1)</script>", "' onload='x", '" onload="x', "javascript:x",
    "$(id)", "`id`", "${1}", "`${id}`", "# type: ignore", "# fmt: off", "# noqa", "coding: utf-7", '"+str(1)+"', "',)", "'+alert(1)+'",
    "|", "||", "@", "<b>", "&lt;", "&#x27;", "](javascript:x)", "![x](y)", "\n# heading\n", "\n```\n", "---\n", "\n...\n", "!!python/name:os",
    "&a", "*a", " " * 300, "x" * 5000, "x y " * 400, '"' * 130, "'\"" * 70, "\\" * 119, "e\u0301" * 90, "界" * 118, "👩‍👩‍👧", "é\u0301", ":",
    "- ", "=\n=", "\t", ">>> import os", "\n    >>> 1/0\n", "%(prog)s %d", "100%", "\x1b]0;x\x07",
]  # fmt: skip

#: Hostile texts, alone, several in a row, and among anything else that a text may hold.
TEXTS: st.SearchStrategy[str] = st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=8)), max_size=4).map(
    "".join
)

#: Texts in which nothing is odd but their length and their quotes: what is laid out by us must be laid out as black would.
LONG = st.text(alphabet="\"'\\ab {}[](),:#%", min_size=1, max_size=130)
