"""Rendering: turn specs and templates into the bytes of files. Knows neither the disk nor what was generated before."""
