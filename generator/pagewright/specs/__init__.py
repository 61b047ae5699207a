"""Specs: from the bytes of YAML files to checked facts, and every finding about them. Knows no target and no page."""
