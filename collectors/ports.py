"""The TCP ports whose presence is looked at, and those that are never touched.

Names follow the IANA service registry where it has one. The list is short on purpose: it holds what
the checks need and what tells one kind of device from another.
"""

import msgspec


class Port(msgspec.Struct, frozen=True):
    """One row: `speaks_first` ones send a banner unasked, `raw_print` ones print what they get."""

    number: int
    name: str
    speaks_first: bool = False
    raw_print: bool = False


# In probing order. The first three decide whether an address answers at all, so they are those
# that a host which drops everything else most likely lets through.
PORTS: tuple[Port, ...] = (
    Port(22, "ssh", speaks_first=True),
    Port(445, "microsoft-ds"),
    Port(80, "http"),
    Port(23, "telnet", speaks_first=True),
    Port(443, "https"),
    Port(3389, "ms-wbt-server"),
    Port(2323, "telnet-alt", speaks_first=True),
    Port(21, "ftp", speaks_first=True),
    Port(25, "smtp", speaks_first=True),
    Port(53, "domain"),
    Port(139, "netbios-ssn"),
    Port(554, "rtsp"),
    Port(631, "ipp"),
    Port(5900, "vnc", speaks_first=True),
    Port(8080, "http-alt"),
    Port(8443, "https-alt"),
    Port(515, "printer", raw_print=True),
    Port(9100, "pdl-datastream", raw_print=True),
)

# Raw print ports put every byte, and some devices every connection, on paper; control-system ports
# move machines. Neither is even connected to (security reference G3).
RAW_PRINT: frozenset[int] = frozenset({515, 9999, *range(9100, 9110), *range(9112, 9117)})
CONTROL_SYSTEMS: frozenset[int] = frozenset({102, 502, 20000, 44818, 47808})
NEVER: frozenset[int] = RAW_PRINT | CONTROL_SYSTEMS

# Where a web page is asked for, in clear and over TLS. 631 is left out: a printer owns it.
WEB: frozenset[int] = frozenset({80, 81, 3000, 5000, 8000, 8001, 8008, 8080, 8081, 8088, 8888})
SECURE_WEB: frozenset[int] = frozenset({443, 4443, 5001, 8006, 8443, 9443, 10443})
# Where TLS begins with the first octet.
TLS: frozenset[int] = SECURE_WEB | {465, 636, 853, 990, 993, 995, 3269, 5986, 8883}


def probed() -> tuple[Port, ...]:
    """The rows that are connected to."""
    return tuple(port for port in PORTS if port.number not in NEVER)


def chosen(numbers: tuple[int, ...]) -> tuple[Port, ...]:
    """Rows for port numbers that somebody asked for; ValueError for one that is never touched."""
    known = {port.number: port for port in PORTS}
    for number in numbers:
        if not 0 < number < 65536:
            raise ValueError(f"{number} is no TCP port")
        if number in NEVER:
            raise ValueError(f"port {number} is never connected to: printers or machines act on it")
    return tuple(known.get(number, Port(number, "")) for number in dict.fromkeys(numbers))
