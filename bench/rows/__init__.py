"""What the rows of the table measure, a module for each subject. The table itself and the budgets are elsewhere."""
