"""Every metric family that lanwarden exposes, in the order of the exposition.

docs/reference/metrics.md is generated from this table; a test fails when they differ.
"""

from exporters.prometheus import (
    agent_families,
    device_families,
    host_families,
    network_families,
    readiness_families,
    register_families,
)
from exporters.prometheus.family import Family

FAMILIES: tuple[Family, ...] = (
    *agent_families.FAMILIES,
    *readiness_families.FAMILIES,
    *network_families.FAMILIES,
    *device_families.FAMILIES,
    *host_families.FAMILIES,
    *register_families.FAMILIES,
)
