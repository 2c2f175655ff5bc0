"""Pages, metrics and the API over HTTP."""
