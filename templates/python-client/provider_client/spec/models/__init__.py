"""One module for each model: its facts as `MODEL`, and its validator."""
