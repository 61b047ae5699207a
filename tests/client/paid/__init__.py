"""Money: prices, budgets, the journal, and files that are kept because they were paid for."""
