"""The validation proxy, recordings, and the drift that is found in saved traffic."""
