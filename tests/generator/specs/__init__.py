"""Specs: YAML, lint, the rules of schemas, and comparisons of two revisions."""
