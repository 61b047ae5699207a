"""Comparing: the changes between two revisions of the specs, as they affect callers of the models. Generates nothing."""
