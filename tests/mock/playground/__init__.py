"""The playground, as files and in a real browser."""
