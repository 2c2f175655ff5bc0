"""Small real servers that hold sockets in the namespaces of many hosts, on one event loop."""
