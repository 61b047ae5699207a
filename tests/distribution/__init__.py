"""Tests of wheels and source distributions: built, installed and used in environments of their own."""
