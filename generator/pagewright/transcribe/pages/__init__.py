"""Pages: what a saved page says, in any layout, read without judging it. Knows no spec and writes nothing."""
