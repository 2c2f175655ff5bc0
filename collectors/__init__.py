"""Collectors observe the network: they do I/O and hold no opinion."""
