"""The tap: the one process that holds raw sockets."""
