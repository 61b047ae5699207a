"""The specs, read from the data files of the suite. `service` and `answers` are shared with the client."""
