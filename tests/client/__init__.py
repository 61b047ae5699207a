"""Tests of the generated client, on a scripted service with a virtual clock or on the generated mock."""
