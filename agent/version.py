"""The version of the installed program."""

from functools import cache


@cache  # reading the metadata takes file access, and every scrape asks
def version() -> str:
    """Return the installed version, or `0.0.0` in a tree that was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("lanwarden")
    except PackageNotFoundError:
        return "0.0.0"
