"""The inventory merges observations into devices, networks and services, and keeps them."""
