"""The command line `segmind-client`: its options and its commands. Requests are made by the client."""
