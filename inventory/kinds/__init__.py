"""What a device is, guessed from scored evidence; the rules are data files with their sources."""
