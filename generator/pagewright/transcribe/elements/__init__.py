"""Rows read from what the elements of a page show, whatever they are and however deep they stand."""
