"""The clients: loops that carry out what flows ask for, blocking or with asyncio. Decides nothing."""
