"""Whole runs of the suite against services that are wrong in one way, and what the report says of them."""
