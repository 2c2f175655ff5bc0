"""Configuration: sections, loading with all errors at once, the effective config."""
