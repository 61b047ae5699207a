"""What the specs say, read from the data files of the suite. `service` and `answers` are those of the client."""
