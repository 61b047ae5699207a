"""Facts of a page, kind by kind: what is read from it, and what is left to review."""
