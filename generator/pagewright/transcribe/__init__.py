"""Transcribing: turn a saved page into a draft of a spec, and compare specs with their pages. Knows no target."""
