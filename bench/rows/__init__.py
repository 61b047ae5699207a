"""Measurements for the rows of the table, a module for each subject. The table itself and the budgets are elsewhere."""
