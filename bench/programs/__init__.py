"""Programs that the bench runs as processes of their own. They import nothing of the bench."""
