"""Prometheus: the table of metric families, the cached exposition, and HTTP service discovery."""
