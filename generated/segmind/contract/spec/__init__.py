"""The specs, read from the suite's data files. `service` and `answers` are those of the client."""
