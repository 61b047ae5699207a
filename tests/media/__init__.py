"""Models of every medium, invented: their client, from a page or a spec to a saved file."""
