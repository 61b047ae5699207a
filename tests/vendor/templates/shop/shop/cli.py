"""A command line."""

from .core import order

MAIN = order
