"""The state of a mock: accounts, credits, jobs and the journal, in memory or outside. Must not know HTTP."""
