"""The keyword arguments of each model, as typed dictionaries: typing without run-time cost."""
