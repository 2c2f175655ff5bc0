"""`lanwarden run`: the schedule, presence, the tap, the store and the web, until told to stop."""

import asyncio
import logging
import random
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agent.clockwatch import ClockWatch
from agent.config.sections import Config
from agent.errors import Refusal
from agent.keeper import Keeper
from agent.notify import Notifier
from agent.picture import Picture, status_line
from agent.plan import Memories, inventory_settings, with_logs
from agent.presence import Presence, open_ports
from agent.privileges import drop_capabilities
from agent.reach import Reach
from agent.readiness import Log
from agent.register import FollowedRegister, register_path
from agent.runner import Runner
from agent.scan import DISCOVERY, IPV6_FULL, IPV6_LIGHT, POSTURE, Pass
from agent.schedule import Job, Scheduler, SystemClock, interval_s
from agent.tap_session import TapSession
from agent.upstream import upstream_options
from agent.version import version
from agent.web.app import application
from agent.web.server import WebServer, name_of
from agent.web.webconfig import FollowedWebConfig, WebConfig
from collectors.contract import Limits
from collectors.talk.visits import BOTH_FAMILIES
from exporters.prometheus.family import SelfFacts
from inventory.inventory import Inventory
from inventory.kinds.rules import table
from inventory.orders import carry_out
from inventory.snapshot import CollectorRun, InventoryEvent
from inventory.vendor import vendor_of

SHORTEST_PICTURE_S = 1.0
REST_OF_PICTURES = 4.0  # with thousands of devices, judging takes at most a fifth of the time
LONGEST_PICTURE_S = 5.0  # states change by the passing of time alone
COMMIT_S = 15.0
OBEY_S = 2.0
STUCK_S = 120.0
REGISTER_S = 15.0  # how often a look at the file tells whether the register changed
CLOCKS_S = 1.0

log = logging.getLogger("lanwarden.service")


class Service:
    """The running agent. `read_config` reads the configuration anew; it raises Refusal."""

    def __init__(
        self,
        config: Config,
        read_config: Callable[[], Config],
        store_path: Path,
        sockets: Sequence[socket.socket],
        web_config: FollowedWebConfig | None,
        notifier: Notifier,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._read_config = read_config
        self._sockets = sockets
        self._web_config = web_config
        self._notifier = notifier
        self._clock = clock
        self._keeper = Keeper(store_path, clock)
        self._readiness = Log(self._keeper)
        self._keeper.max_events = config.limits.max_events
        self._limits = Limits()
        self._memories = Memories(self._limits, time.monotonic, store_path)
        self._stop = asyncio.Event()
        self._dirty = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._reload_ok: bool | None = True
        self._reload_at: float | None = clock()
        self._pictured_at = time.monotonic()
        self._tap = TapSession(self._heard, self._tap_changed, clock)
        self._reach = Reach(self._tap)
        self._register = FollowedRegister(clock)
        self._jobs: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._scheduler: Scheduler | None = None
        self._version = version()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raises Refusal when it cannot begin."""
        from inventory.store import StoreError

        self._picture = Picture(
            self._config.agent.site, self._recent_events, self.reload, self._facts, self._notices
        )
        self._picture.exposition.max_series = self._config.limits.max_series
        await self._begin_reaching()
        try:
            saved = await self._keeper.open([job.name for job in self._job_list(self._config)])
        except StoreError as error:
            await self._tap.close()
            raise Refusal(str(error)) from None
        await asyncio.to_thread(table)
        self._inventory = Inventory(inventory_settings(self._config), vendor_of, saved)
        self._inventory.set_scope(self._reach.scope)
        await self._follow_register()
        self._inventory.set_tap(self._tap.state, self._clock())
        self._ready_to_hear = True
        self._runner = Runner(self._heard, self._ran, self._clock)
        app = await asyncio.to_thread(application, self._picture, self._web_settings)
        server = WebServer(app, self._sockets, self._web_config)
        await self._picture_now()
        try:
            await self._serve(server)
        finally:
            self._notifier.stopping()
            self._ready_to_hear = False
            await self._tap.close()
            await self._commit()
            await self._keeper.close()

    async def reload(self) -> str:
        """Read the configuration anew; on error the old one goes on, and the text says why."""
        async with self._reloading:
            self._notifier.reloading(time.monotonic_ns() // 1000)
            try:
                config = await asyncio.to_thread(self._read_config)
                await self._change_to(config)
            except Refusal as refusal:
                self._reload_ok = False
                for line in str(refusal).splitlines():
                    log.error("reload failed, the old configuration goes on: %s", line)
                return str(refusal)
            finally:
                self._notifier.ready()
            self._reload_ok, self._reload_at = True, self._clock()
            log.info("configuration reloaded")
            return ""

    def stop(self) -> None:
        """End the service."""
        self._stop.set()

    _ready_to_hear = False
    _stopping = False

    async def _begin_reaching(self) -> None:
        """Start the tap, then give up all rights; threads of before would keep theirs."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2, thread_name_prefix="begin") as threads:
            loop.set_default_executor(threads)
            await self._reach.begin(self._config)
        if drop_capabilities():
            log.debug("capabilities dropped")
        loop.set_default_executor(ThreadPoolExecutor(8, thread_name_prefix="work"))

    async def _serve(self, server: WebServer) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        reloads: set[asyncio.Task[str]] = set()

        def hang_up() -> None:
            task = loop.create_task(self.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, hang_up)
        web = self._start("web", server.run())
        tasks = [
            self._start("picture", self._keep_picture()),
            self._start("commit", self._keep_committing()),
            self._start("clocks", self._keep_time()),
            self._start("presence", self._keep_asking()),
            self._start("register", self._keep_register()),
            self._start("orders", self._keep_obeying()),
            self._start("watchdog", self._keep_alive()),
            self._start("tap", self._tap.keep()),
        ]
        await self._restart_jobs()
        await server.started()
        self._notifier.ready()
        for listening in self._sockets:
            log.info("serving on %s", name_of(server.scheme, listening))
        try:
            await self._stop.wait()
        finally:
            self._stopping = True
            server.stop()
            await _cancel([*tasks, self._jobs])
            await asyncio.wait([web], timeout=10)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
        if self._failure is not None:
            raise self._failure

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that has to go on; when it ends by itself, the service ends with it."""
        task = asyncio.create_task(work, name=name)

        def ended(task: "asyncio.Task[None]") -> None:
            if task.cancelled() or self._stopping:
                return
            self._failure = task.exception() or RuntimeError(f"the task {name} ended by itself")
            self._stop.set()

        task.add_done_callback(ended)
        return task

    # What is heard and what has run.

    def _heard(self, observations: Sequence[object]) -> None:
        if self._ready_to_hear:
            self._inventory.apply(observations)  # type: ignore[arg-type]
            self._dirty.set()

    def _ran(self, run: CollectorRun) -> None:
        self._inventory.record_run(run)
        self._dirty.set()

    def _tap_changed(self, state: object, at: float) -> None:
        if self._ready_to_hear:
            self._inventory.set_tap(state, at)  # type: ignore[arg-type]
            self._dirty.set()

    # Jobs.

    def _job_list(self, config: Config) -> tuple[Job, ...]:
        return (
            Job("discovery", config.schedule.discovery, self._discover),
            self._pass_job("posture", config.schedule.posture, POSTURE),
            self._pass_job("ipv6_light", config.schedule.ipv6_light, IPV6_LIGHT),
            self._pass_job("ipv6_full", config.schedule.ipv6_full, IPV6_FULL),
        )

    def _new_scheduler(self) -> Scheduler:
        jitter_s = self._config.schedule.jitter
        return Scheduler(
            self._job_list(self._config),
            self._keeper,
            SystemClock(),
            lambda: random.uniform(0, jitter_s),
        )

    async def _restart_jobs(self) -> None:
        await _cancel([self._jobs])
        self._scheduler = self._new_scheduler()
        self._jobs = self._start("jobs", self._scheduler.run())

    async def _discover(self) -> None:
        await self._follow_links()
        await self._make_pass(with_logs(DISCOVERY, self._config), self._config.schedule.discovery)
        self._inventory.end_first_pass(self._clock())

    def _pass_job(self, name: str, cron: str, names: frozenset[str]) -> Job:
        return Job(name, cron, lambda: self._make_pass(names, cron))

    async def _make_pass(self, names: frozenset[str], cron: str) -> None:
        whole = Pass(
            runner=self._runner,
            scope=self._reach.scope,
            limits=self._limits,
            pace_per_second=self._config.tap.pace_per_second,
            targets=self._inventory.targets,
            tap=lambda: (self._tap.client, self._tap.missing),
            consented=self._config.posture.default_community,
            options={**self._memories.options(self._config), BOTH_FAMILIES: True},
            learnt=lambda: upstream_options(self._config, self._inventory.snapshot(self._clock())),
            clock=self._clock,
        )
        runs = await whole.run(names, interval_s=interval_s(cron, self._clock()))
        failed = [run.name for run in runs if run.status == "failed"]
        log.info(
            "pass done",
            extra={"fields": {"collectors": len(runs), "failed": ",".join(failed) or None}},
        )
        await self._commit()
        self._readiness.ran(names, self._clock())
        self._dirty.set()

    # Loops.

    async def _keep_picture(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LONGEST_PICTURE_S):
                    await self._dirty.wait()
            except TimeoutError:
                pass
            self._dirty.clear()
            began = time.monotonic()
            await self._picture_now()
            took_s = time.monotonic() - began
            await asyncio.sleep(max(SHORTEST_PICTURE_S, REST_OF_PICTURES * took_s))

    async def _picture_now(self) -> None:
        snapshot = self._inventory.snapshot(self._clock())
        self._picture.scope = self._reach.scope
        self._pictured_at = time.monotonic()
        if snapshot.number == self._picture.snapshot.number and not self._picture.unready:
            self._picture.refresh(snapshot)
        else:
            await asyncio.to_thread(self._picture.show, snapshot)
            self._notifier.status(status_line(snapshot))
        await self._readiness.follow(snapshot, self._picture.findings, self._picture.readiness)

    async def _keep_committing(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            await self._commit()

    async def _commit(self) -> None:
        changes = self._inventory.take_changes()
        if not await self._keeper.commit(changes):
            self._inventory.restore_changes(changes)

    async def _keep_obeying(self) -> None:
        while True:
            await asyncio.sleep(OBEY_S)
            for order in await self._keeper.waiting_orders():
                outcome = carry_out(order, self._inventory, self._clock())
                log.info("order %d: %s", order.number, outcome.text)
                changes = self._inventory.take_changes()
                if not await self._keeper.commit(changes):
                    self._inventory.restore_changes(changes)
                    break  # it waits until what it changes can be written
                await self._keeper.finish_order(order, outcome)
                self._dirty.set()

    async def _keep_asking(self) -> None:
        presence = Presence(
            self._inventory,
            lambda: self._tap.client,
            lambda: self._reach.scope,
            lambda device: open_ports(self._picture.snapshot, device),
            self._clock,
        )
        while True:
            interval = self._config.schedule.presence
            began = time.monotonic()
            await self._follow_links()
            await presence.round(interval)
            await asyncio.sleep(max(0.1, began + interval - time.monotonic()))

    async def _keep_register(self) -> None:
        while True:
            await asyncio.sleep(REGISTER_S)
            await self._follow_register()

    async def _keep_time(self) -> None:
        clocks = ClockWatch()
        while True:
            await asyncio.sleep(CLOCKS_S)
            for jump in clocks.look():
                log.warning("%s", jump.detail)
                self._inventory.lose_sight(jump.reason, self._clock(), jump.detail)
                self._dirty.set()

    async def _keep_alive(self) -> None:
        every = (self._notifier.watchdog_s or 60.0) / 3
        while True:
            if time.monotonic() - self._pictured_at < STUCK_S:
                self._notifier.alive()
            await asyncio.sleep(every)

    # Configuration and links.

    async def _change_to(self, config: Config) -> None:
        old, self._config = self._config, config
        if config.web != old.web:
            log.warning("changes in [web] come into force with a restart")
        if (config.store, config.agent.state_directory) != (old.store, old.agent.state_directory):
            log.warning("another place for the store comes into force with a restart")
        logging.getLogger().setLevel(config.agent.log_level.upper())
        self._keeper.max_events = config.limits.max_events
        self._picture.exposition.max_series = config.limits.max_series
        self._inventory.configure(inventory_settings(config))
        await self._reach.follow(config)
        self._inventory.set_scope(self._reach.scope)
        await self._follow_register(again=True)
        if config.schedule != old.schedule:
            await self._restart_jobs()
        self._dirty.set()

    async def _follow_links(self) -> None:
        if await self._reach.follow(self._config):
            self._inventory.set_scope(self._reach.scope)
            self._dirty.set()
        self._inventory.set_cards(self._reach.cards, self._clock())

    async def _follow_register(self, again: bool = False) -> None:
        if await self._register.follow(register_path(self._config), again):
            self._inventory.set_register(self._register.entries, self._clock())
            self._dirty.set()

    # What the officer should know.

    def _notices(self) -> tuple[str, ...]:
        found = []
        if self._reach.advice:
            found.append(self._reach.advice)
        if not self._tap.state.available:
            found.append(f"Raw packets can be neither sent nor heard: {self._tap.missing}.")
        found += [
            f"{ill.detail}: the states that this concerns are unknown."
            for ill in self._picture.snapshot.illnesses
            if ill.reason != "tap_lost"
        ]
        if self._keeper.problem:
            found.append(f"The store cannot be written: {self._keeper.problem}")
        if self._web_config is not None and self._web_config.problem:
            found.append(f"The web configuration on disk is not used: {self._web_config.problem}")
        found.extend(self._register.notices)
        if self._reload_ok is False:
            found.append("The last reload failed; the configuration before it is in force.")
        return tuple(found)

    def _recent_events(self, limit: int) -> tuple[InventoryEvent, ...]:
        return self._inventory.recent_events(limit)

    def _facts(self, picture: Picture) -> SelfFacts:
        scheduler = self._scheduler
        return SelfFacts(
            version=self._version,
            config_reload_successful=self._reload_ok,
            config_reload_success_at=self._reload_at,
            check_bugs=dict(picture.check_bugs),
            scheduler_overlaps=dict(scheduler.overlaps) if scheduler else {},
            collector_bugs=dict(self._runner.bugs),
            store_failures=self._keeper.failures,
            observations_skipped=self._inventory.skipped,
            register=self._register.facts(picture.snapshot.register),
            readiness_kept_at=self._keeper.readiness_at,
        )

    def _web_settings(self) -> WebConfig | None:
        return self._web_config.current() if self._web_config is not None else None


async def _cancel(tasks: Sequence["asyncio.Task[None] | None"]) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
