"""The network below both clients: connections, one exchange at a time, and its deadline."""
