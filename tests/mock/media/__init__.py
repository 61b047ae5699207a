"""Files that the mock makes, and the mock of invented models of every medium (`models/`)."""
