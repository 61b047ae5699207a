"""Tests of the generated mock of Segmind. The folders are those of the mock itself."""
