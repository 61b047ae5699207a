"""Invented providers that differ from Segmind in everything that can differ, side by side."""
