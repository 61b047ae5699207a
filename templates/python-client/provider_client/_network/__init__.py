"""The network layer of both clients: connections, attempts to send a request, and deadlines."""
