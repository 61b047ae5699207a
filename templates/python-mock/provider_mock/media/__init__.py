"""Images: generated from a request, with their origin in their metadata. Must not know HTTP or state."""
