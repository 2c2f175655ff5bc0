"""What levels, causes, dispositions and modes are called, on the terminal and on the page."""

SCORES = {
    "dual_stack": "ready to run IPv4 and IPv6 side by side (R1)",
    "ipv6_only": "ready to switch IPv4 off (R2)",
}
NETWORK_LEVELS: dict[str | None, str] = {
    None: "not known yet",
    "N0": "no IPv6 router",
    "N1": "a router advertises, hosts cannot rely on it yet",
    "N2": "IPv6 enabled",
    "N3": "safe, and on a par with IPv4",
    "N4": "IPv6-mostly",
    "N5": "ready to drop IPv4",
}
DEVICE_LEVELS: dict[str | None, str] = {
    None: "not known yet",
    "L0": "IPv4 only",
    "L1": "speaks IPv6, does not use it",
    "L2": "uses IPv6",
    "L3": "the same services on both families",
    "L4": "can live on an IPv6-mostly network",
    "L5": "ready without IPv4",
}
CAUSES = {"network": "the network", "device": "the device", "service": "a service"}
DISPOSITIONS = {
    "replace": "replace it when its time comes",
    "proxy": "put a proxy that speaks IPv6 before it",
    "keep_ipv4_island": "leave it on IPv4, behind a translator (NAT64)",
    "retire": "retire it: it was not seen for two months",
}
MODES = {
    "m0": "IPv6 only",
    "m1": "with NAT64",
    "m2": "with CLAT",
    "m3": "IPv6-mostly",
}
MODES_MEAN = {
    "m0": "nothing translates",
    "m1": "a translator in the network",
    "m2": "and one in the device",
    "m3": "IPv4 stays for those that ask for it",
}
VERDICTS = {
    "N": "works", "T": "by NAT64", "C": "by CLAT", "B": "breaks", "U": "not known",
}  # fmt: skip
MISSING: dict[str | None, str] = {
    None: "not judged", "fail": "not met", "warn": "in doubt", "unknown": "not known yet",
    "not_applicable": "not in use", "pass": "not in use",
}  # fmt: skip
BARS = "█"


def percent(value: float | None) -> str:
    """A percentage as people read it; a question mark while it is unknown."""
    return "?" if value is None else f"{value:.0f} %"


def plural(word: str, count: int) -> str:
    """The word for so many."""
    return word if count == 1 else f"{word}s"
