"""What puts devices at risk and can be seen from the network; every module here is one check."""
