"""Judging: where requests and answers depart from the spec, from plain data. Sends and keeps nothing."""
