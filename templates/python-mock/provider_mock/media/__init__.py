"""Images: drawn from a request, with their origin in their metadata. Knows no HTTP and no state."""
