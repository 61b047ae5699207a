"""What the network does to a call: requests that were never sent, and texts and URLs that can't be trusted."""
