"""Hostile specs: texts that try to become code, and files that are links, pipes or bombs."""
