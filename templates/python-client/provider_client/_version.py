"""The version of this package and of the generator that made it."""

VERSION = "0.1.0"
