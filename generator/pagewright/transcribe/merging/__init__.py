"""Merge a changed page into its spec, three ways: what was last read, what it says now, and the spec as it is."""
