"""The service under test: where it is, how it is asked, and what asking costs. Knows no case."""
