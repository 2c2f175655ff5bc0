"""How the program says no: one sentence that names the thing and the remedy, and an exit code."""

EXIT_DONE = 0
EXIT_INCOMPLETE = 1
EXIT_USAGE = 2
EXIT_MISSING = 3
EXIT_INTERRUPTED = 130


class Refusal(Exception):
    """The program cannot go on; the text is for the officer, `exit_code` for scripts."""

    exit_code = EXIT_INCOMPLETE


class UsageRefusal(Refusal):
    """Wrong usage or config."""

    exit_code = EXIT_USAGE


class MissingRefusal(Refusal):
    """A right or a program that is needed is missing."""

    exit_code = EXIT_MISSING
