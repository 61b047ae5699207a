"""What a mock remembers: accounts, credits, jobs and the journal, in memory or outside. Knows no HTTP."""
