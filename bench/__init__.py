"""Measures lanwarden against its peers, side by side on one machine."""
