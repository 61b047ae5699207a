"""What comes back: files read from answers, results, jobs, and saving them. Sends nothing."""
