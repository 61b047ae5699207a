"""Files in a result: how they are recognised, and the memory that they need."""
