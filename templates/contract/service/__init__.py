"""The service under test: its address, requests to it, and what they cost. Only `checker` and `runner` know cases."""
