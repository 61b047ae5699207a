"""Results: files, text and JSON, queued jobs and their JSON bodies, and saving files. Nothing here sends a request."""
