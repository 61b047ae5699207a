"""Files of each format from encoded packets, with a comment, and that comment read again. Must not know encoders or requests."""
