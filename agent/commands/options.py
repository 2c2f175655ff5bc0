"""Options that several commands share, and what they need before they start."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.config.paths import store_path
from agent.config.sections import Config
from agent.errors import MissingRefusal

ConfigFile = Annotated[
    Path | None,
    Parameter(help="The config file. Default: /etc/lanwarden/config.toml, then the user's."),
]
AsJson = Annotated[
    bool, Parameter(negative="", show_default=False, help="Print JSON instead of a table.")
]


def path_of_store(config: Config) -> Path:
    """Return the path of the store for this process."""
    return store_path(config, os.environ, os.geteuid() == 0)


@contextlib.contextmanager
def locked(store: Path) -> Iterator[bool]:
    """Hold the lock of a store; yields whether it was free. Raises MissingRefusal."""
    from agent.lock import held

    with contextlib.ExitStack() as stack:
        try:
            ours = stack.enter_context(held(store))
        except OSError as error:
            raise MissingRefusal(
                f"{store.parent} cannot be written: {(error.strerror or str(error)).lower()}; "
                "mend its rights, or name another in agent.state_directory"
            ) from None
        yield ours


def made_directory(path: Path) -> Path:
    """Return the path of a file after making its directory. Raises MissingRefusal."""
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise MissingRefusal(
            f"{path.parent} cannot be made: {(error.strerror or str(error)).lower()}; "
            "make it, or name another in agent.state_directory"
        ) from None
    return path
