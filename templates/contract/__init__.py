"""Contract suite: check whether a service behaves as its documentation says. See README.md beside this file."""
