"""The code samples of the real pages, run against the mock."""
