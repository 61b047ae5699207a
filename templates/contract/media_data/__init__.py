"""Extraction of the image or sound data of a file without its metadata, to compare files."""
