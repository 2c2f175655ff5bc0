"""How far devices, networks and the organisation are on the way to IPv6, from findings alone."""
