"""A LAN of real hosts, kernels and all, inside private network namespaces of this machine."""

from agent.lab.crowd import sized, wide
from agent.lab.host import LabHost
from agent.lab.lan import Lan, build
from agent.lab.namespaces import LabError, LabUnavailable
from agent.lab.office import office
from agent.lab.topology import Host, LanPlan, Nic
from agent.lab.truth import HostTruth

__all__ = [
    "Host",
    "HostTruth",
    "LabError",
    "LabHost",
    "LabUnavailable",
    "Lan",
    "LanPlan",
    "Nic",
    "build",
    "office",
    "sized",
    "wide",
]
