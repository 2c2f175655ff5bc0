"""What fails or wears out; every module here is one check."""
