"""Judging: what the service answered, held against the spec. Sends by the probe alone."""
