"""Calls on a bad network: requests that were never sent, and texts and URLs that can't be trusted."""
