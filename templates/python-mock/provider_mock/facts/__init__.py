"""What the platform says, prepared for answering and judging. Knows no request."""
