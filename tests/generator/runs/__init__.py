"""Runs of `pagewright generate`: what is written, kept, checked and repaired, and what a run costs."""
