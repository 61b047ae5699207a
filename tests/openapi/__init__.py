"""Tests of the generated OpenAPI documents."""
