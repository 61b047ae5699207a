"""Shell completion: what a shell can complete, and the scripts that ask for it."""
