"""Tests of the generator, of what is generated, and of the documents. The folders are named after what they test."""
