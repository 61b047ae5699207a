"""Pagewright's generator: specs and templates in, `generated/` out."""

__version__ = "0.1.0"
