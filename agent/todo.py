"""What needs doing, one task per check: shared by the pages and the tables."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from agent.label import device_order, label_and_address
from checks.verdict import Finding, Severity, Verdict
from inventory.snapshot import Device, Network, Snapshot

SEVERITIES = tuple(Severity)
VERDICTS: tuple[Verdict, ...] = ("fail", "warn", "unknown", "pass", "not_applicable")
MOST_NAMED = 6
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Concern(msgspec.Struct, frozen=True):
    """One subject of a check. `device` is set when the subject is a device."""

    who: str
    finding: Finding
    device: Device | None = None


class Station(msgspec.Struct, frozen=True):
    """Who uses an address; `device` is None when the inventory knows no device of that MAC."""

    mac: str
    device: Device | None

    @property
    def who(self) -> str:
        """What the station is called, its MAC apart."""
        if self.device is None:
            return "unknown device"
        vendor = self.device.vendor or self.device.kind.replace("_", " ")
        return self.device.name or f"no name, {vendor}"


class Duplicate(msgspec.Struct, frozen=True):
    """An address that several stations use, with the stations."""

    address: str
    network: Network
    stations: tuple[Station, ...]
    last_seen: float

    @property
    def claim(self) -> str:
        """The sentence up to the stations."""
        return f"{self.address} is used by {in_words(len(self.stations))} stations"

    def __str__(self) -> str:
        stations = ", ".join(f"{one.mac} ({one.who})" for one in self.stations)
        return f"{self.claim}: {stations}"


class Task(msgspec.Struct, frozen=True):
    """One thing to do: what a check found wrong, on all its subjects, or the addresses in conflict.

    `severity` is the highest among the subjects. Either `concerns` or `duplicates` is filled.
    """

    check: str
    title: str
    severity: Severity
    remedy: str
    concerns: tuple[Concern, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def count(self) -> int:
        """How many subjects it has."""
        return len(self.concerns) + len(self.duplicates)

    @property
    def outcome(self) -> str:
        """What is wrong with the title, such as "not met by 2 devices"."""
        doubtful = self.concerns and all(one.finding.verdict == "warn" for one in self.concerns)
        return f"{'in doubt for' if doubtful else 'not met by'} {self.extent}"

    @property
    def tally(self) -> str:
        """The subjects by verdict, such as "3 devices: 1 fail, 2 pass"."""
        verdicts = [concern.finding.verdict for concern in self.concerns]
        counts = [(verdicts.count(one), one.replace("_", " ")) for one in VERDICTS]
        return f"{self.extent}: " + ", ".join(f"{count} {one}" for count, one in counts if count)

    @property
    def extent(self) -> str:
        """The count in words, such as "2 devices"."""
        if self.duplicates:
            return _counted(self.count, "address", "addresses")
        kinds = {concern.finding.subject.partition(":")[0] for concern in self.concerns}
        one = kinds.pop() if len(kinds) == 1 else "subject"
        return _counted(self.count, one, f"{one}s")


def is_wrong(finding: Finding) -> bool:
    """Whether the finding needs somebody to act."""
    return finding.verdict in ("fail", "warn")


def by_check(
    findings: Iterable[Finding],
    snapshot: Snapshot,
    titles: Mapping[str, str],
    wanted: Callable[[Finding], bool] = is_wrong,
) -> tuple[Task, ...]:
    """Group the wanted findings by check, the highest severity of what is wrong first.

    `titles` gives what each check asks for; a check that it lacks is called by its name.
    """
    subjects = Subjects(snapshot)
    found: dict[str, list[Concern]] = {}
    for finding in findings:
        if wanted(finding):
            found.setdefault(finding.check, []).append(subjects.concern(finding))
    made = [_task(check, titles.get(check, check), concerns) for check, concerns in found.items()]
    return tuple(sorted(made, key=_task_order))


def tasks(
    findings: Iterable[Finding], snapshot: Snapshot, titles: Mapping[str, str]
) -> tuple[Task, ...]:
    """Return what needs doing, highest severity first: by check, and the duplicate addresses."""
    contested = duplicates(snapshot)
    conflicts = [_conflict(contested)] if contested else []
    return tuple(sorted([*by_check(findings, snapshot, titles), *conflicts], key=_task_order))


def titles() -> dict[str, str]:
    """Return what each check asks for, by its name; imports every check."""
    from checks import registry

    return {module.name: module.check.title for module in registry.load()}


def duplicates(snapshot: Snapshot) -> tuple[Duplicate, ...]:
    """Return the addresses that more than one station uses, by network."""
    owners = {mac: device for device in snapshot.devices for mac in device.macs}
    return tuple(
        Duplicate(
            found.address,
            network,
            tuple(Station(mac, owners.get(mac)) for mac in found.macs),
            found.last_seen,
        )
        for network in snapshot.networks
        for found in network.duplicates
    )


def contested(snapshot: Snapshot) -> dict[str, set[str]]:
    """Return, by device, those of its addresses that another station uses too."""
    found: dict[str, set[str]] = {}
    for duplicate in duplicates(snapshot):
        for station in duplicate.stations:
            if station.device is not None:
                found.setdefault(station.device.id, set()).add(duplicate.address)
    return found


def in_words(count: int) -> str:
    """Say a small number as a word."""
    return _COUNTS[count] if 0 <= count < len(_COUNTS) else str(count)


class Subjects:
    """What the subjects of findings are called."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._devices = {f"device:{device.id}": device for device in snapshot.devices}
        self._networks = {f"network:{one.id}": network_name(one) for one in snapshot.networks}

    def concern(self, finding: Finding) -> Concern:
        """Put a name, and the device if it is one, to a finding's subject."""
        device = self._devices.get(finding.subject)
        if device is not None:
            return Concern(label_and_address(device), finding, device)
        return Concern(self._networks.get(finding.subject, finding.subject), finding)


def network_name(network: Network) -> str:
    """Return a network's interface, else its prefixes, else its id."""
    return network.interface or " ".join(network.ipv4 + network.ipv6) or network.id


def _task(check: str, title: str, concerns: list[Concern]) -> Task:
    ordered = sorted(concerns, key=_concern_order)
    worst = ordered[0].finding
    return Task(check, title, worst.severity, worst.remedy, tuple(ordered))


def _task_order(task: Task) -> tuple[bool, int, str]:
    wrong = bool(task.duplicates) or is_wrong(task.concerns[0].finding)
    return not wrong, SEVERITIES.index(task.severity), task.check


def _concern_order(concern: Concern) -> tuple[int, int, int, bool, tuple[object, ...], str]:
    finding, device = concern.finding, concern.device
    return (
        not is_wrong(finding),
        SEVERITIES.index(finding.severity),
        VERDICTS.index(finding.verdict),
        device is None,
        device_order(device) if device else (),
        concern.who,
    )


def _conflict(contested: tuple[Duplicate, ...]) -> Task:
    return Task(
        "",
        "An address belongs to one station only",
        Severity.HIGH,
        "Find both stations by their MACs. Give one of them another address, or set it to take its"
        " address from DHCP.",
        duplicates=contested,
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
