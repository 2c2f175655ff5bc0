"""Exporters tell: every surface renders one immutable snapshot."""
