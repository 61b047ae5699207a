"""Rendering: specs and templates in, the bytes of files out. Knows neither the disk they go to nor what was there before."""
