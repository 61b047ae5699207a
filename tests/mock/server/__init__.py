"""The mock on the wire: connections, limits, other origins, processes."""
