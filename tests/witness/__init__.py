"""Independent validators and tools compared with what is generated."""
