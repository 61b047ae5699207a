"""What the platform's spec says: bodies, statuses, assumptions and their basis. Must not know requests or state."""
