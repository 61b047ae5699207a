"""Facts from the platform's spec: bodies, statuses, assumptions and their basis. Must not know requests or state."""
