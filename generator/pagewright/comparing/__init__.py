"""Comparing: what changed between two editions of the specs, for somebody who calls the models. Generates nothing."""
