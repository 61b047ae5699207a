"""The command line `provider-client`: its options and its commands. Requests are made by the client."""
