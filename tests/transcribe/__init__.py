"""Tests of `pagewright transcribe`: from a saved page to a spec."""
