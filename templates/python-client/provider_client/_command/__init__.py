"""What `provider-client` does, apart from its options: one module for each thing that it can do."""
