"""The platform's facts, prepared for answering and judging. Knows no request."""
