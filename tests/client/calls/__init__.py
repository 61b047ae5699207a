"""Calls from start to end: what is sent, retried and waited for, and what a failure raises."""
