"""What the mock offers to tests of others: fixtures, interception, and the service in process."""
