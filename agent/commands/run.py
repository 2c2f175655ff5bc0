"""`lanwarden run`: the agent."""

import asyncio
import os
import sys

from cyclopts import App

from agent.commands.options import ConfigFile, locked, made_directory, path_of_store
from agent.errors import Refusal

app = App(
    name="run",
    help_epilogue="""\
The agent finds devices on its schedule, asks them all the time whether they
are there, and serves pages, /metrics and the API, by default on
http://127.0.0.1:10460/. SIGHUP takes the config anew, SIGTERM ends it.

Raw packets need CAP_NET_RAW: start it as root (it gives up all other rights),
or run lanwarden-tap as a service of its own and name its socket in [tap].

Examples:
  lanwarden run --config /etc/lanwarden/config.toml
  lanwarden config check --config /etc/lanwarden/config.toml
""",
)


@app.default
def run(*, config: ConfigFile = None) -> int:
    """Run the agent until told to stop."""
    from agent import heap, logs
    from agent.config.paths import beside, read_config
    from agent.notify import Notifier, inherited_sockets
    from agent.service import Service
    from agent.web.server import open_sockets
    from agent.web.webconfig import FollowedWebConfig

    heap.be_thrifty()
    loaded = read_config(config)
    logs.configure(loaded.agent.log_level, loaded.agent.log_format)
    store = made_directory(path_of_store(loaded))
    web = loaded.web.web_config_file
    followed = FollowedWebConfig(beside(loaded, web)) if web else None
    notifier = Notifier(os.environ)
    sockets = inherited_sockets(os.environ) or open_sockets(loaded.web.listen)

    async def serve() -> None:
        service = Service(loaded, lambda: read_config(config), store, sockets, followed, notifier)
        await service.run()

    _wait_for_children_without_threads()
    with locked(store) as ours:
        if not ours:
            raise Refusal(f"another agent is running on {store}; stop it, or name another store")
        asyncio.run(serve())
    return 0


def _wait_for_children_without_threads() -> None:
    """Have Python 3.11 watch the tap as later ones do: a thread would keep the rights of root."""
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
