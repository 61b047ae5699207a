"""The provider's API: what each request is answered with, jobs and scenarios included. Knows nothing of sockets."""
