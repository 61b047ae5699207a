"""Tests of `pagewright` in a repository of a user's own, with specs and templates over the installed ones."""
