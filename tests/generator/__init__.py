"""Tests of `pagewright` from specs to files, mostly on the specs and templates of `acme/`."""
