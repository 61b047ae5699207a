"""Publishing: from bytes to a tree of files, so that a crash loses nothing and an edit by hand is noticed. Knows no spec."""
