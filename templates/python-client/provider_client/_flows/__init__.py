"""Conversations with the service as generators: every decision, and no input or output. Knows nothing of sockets."""
