"""Whether networks and devices are ready for IPv6; every module here is one check."""
