"""`--batch`: the lines of a file as requests, with a state that lets an interrupted batch be continued."""
