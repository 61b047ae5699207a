"""Answers: reading files, results and jobs from them, and saving files. Sends nothing."""
