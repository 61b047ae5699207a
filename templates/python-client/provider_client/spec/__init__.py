"""The facts from the provider's pages as data: one `Platform`, one `Model` for each slug, and their validators.

Nothing here sends a request or reads a file. The client, the command line and the mock server use it.
"""
