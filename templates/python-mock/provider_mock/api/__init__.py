"""The provider's API: routes, handlers, jobs, scenarios and rules. Must not know sockets."""
