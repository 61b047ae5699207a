"""Checks of requests and answers against the spec, over plain data. Must not send or store anything."""
