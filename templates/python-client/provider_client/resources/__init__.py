"""One class for each model, with its parameters as typed keyword arguments."""
