"""A page that has changed: what the alarm reports, and what an update does with the spec."""
