"""Merge a changed page into its spec, three ways: what was last read from the page, what it says now, and the spec as people left it."""
