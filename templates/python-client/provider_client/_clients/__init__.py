"""The clients: they run flows with httpx2, blocking or under asyncio. All decisions are made in `_flows`."""
