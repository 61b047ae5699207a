"""Checks: compare the responses of the service with the spec. All requests go through the checker."""
