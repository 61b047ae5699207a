"""Tests of the generated contract suite: it reports nothing on correct services, and each fault of wrong ones."""
