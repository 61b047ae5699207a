"""What a file shows or plays, without its metadata: files are compared by it."""
