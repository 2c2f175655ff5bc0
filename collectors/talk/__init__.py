"""Short, bounded conversations with services that are known to be open."""
