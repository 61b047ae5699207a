"""The mock in tests of other projects: fixtures, interception, and the service in process."""
