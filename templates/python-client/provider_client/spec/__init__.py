"""What the provider's pages say, as data: one `Platform`, one `Model` for each slug, and their validators.

Nothing in here sends a request or touches the disk; the client, the command line and the mock server all read it.
"""
