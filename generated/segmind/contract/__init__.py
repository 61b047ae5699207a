"""A contract suite: does a service answer as its documentation says? See README.md beside this file."""
