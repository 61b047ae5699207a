"""The server: HTTP and ASGI, workers, limits and the command line. Knows the provider's answers only by what `api` gives."""
