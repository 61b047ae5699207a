"""The spec that is written from a page, and the command that writes it."""
