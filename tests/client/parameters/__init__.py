"""Parameters of a call: their checks and types, and files as parameters."""
