"""Tests of packages that are copied into other repositories, updated there, and merged with edits."""
