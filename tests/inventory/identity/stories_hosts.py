"""Hosts with several cards, copies of disks, replaced and borrowed cards."""

from tests.inventory.identity.telling import (
    WINDOWS,
    Observations,
    Story,
    dhcp,
    duid,
    engine,
    hours,
    made,
    mdns,
    nbns,
    ssh,
    there,
    tls,
)

A, B, C, D = (f"00:1c:73:00:01:{n:02x}" for n in (0x10, 0x60, 0xA0, 0xE0))
DONGLE = "00:e0:4c:68:00:01"
WIFI = "f8:e4:e3:00:00:21"
IP = [f"10.66.7.{n}" for n in range(30, 60)]
DUID_A = "00010001" + "2c0ffee1" + A.replace(":", "")
DUID_B = "00010001" + "2c0ffee2" + B.replace(":", "")
NET_SNMP = "80001f8880a1b2c3d4e5f60718"
DAYTIME = hours(0, 8)


def _both(first: tuple[str, str], second: tuple[str, str], end: float = 8) -> Observations:
    return [*there(*first, 0, end), *there(*second, 0, end)]


HOSTS = [
    Story(
        "two NICs of a server: same SSH key, same mDNS name at once",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "k", 1), ssh(IP[1], "k", 1),
         *mdns(A, "kho-bac", *DAYTIME), *mdns(B, "kho-bac", *DAYTIME)],
        ((A, B),),
    ),
    Story(
        "two NICs of a server with one serial number",
        [*_both((A, IP[0]), (B, IP[1])), made(IP[0], 1, serial="CZ17230ABX"),
         made(IP[1], 2, serial="CZ17230ABX")],
        ((A, B),),
    ),
    Story(
        "two NICs with the same SSH key and serial number, and no name",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "k", 1), ssh(IP[1], "k", 1),
         made(IP[0], 2, serial="CZ17230ABX"), made(IP[1], 2, serial="CZ17230ABX")],
        ((A, B),),
    ),
    Story(
        "two NICs with the same SSH key and nothing else",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "k", 1), ssh(IP[1], "k", 1)],
        ((A, B),),
    ),
    Story(
        "a Windows laptop with WLAN and cable: same DUID, same NetBIOS name",
        [*_both((A, IP[0]), (WIFI, IP[1])), *duid(A, DUID_A, 0, 4), *duid(WIFI, DUID_A, 0, 4),
         *nbns(A, "LAP-KETOAN-03", *DAYTIME), *nbns(WIFI, "LAP-KETOAN-03", *DAYTIME),
         *dhcp(A, "LAP-KETOAN-03", 0, form=WINDOWS), *dhcp(WIFI, "LAP-KETOAN-03", 0, form=WINDOWS)],
        ((A, WIFI),),
    ),
    Story(
        "a server with four cards on one link",
        [o for n, mac in enumerate((A, B, C, D)) for o in
         [*there(mac, IP[n], 0, 8), ssh(IP[n], "k", 1), *mdns(mac, "may-ao-4", *DAYTIME)]],
        ((A, B, C, D),),
    ),
    Story(
        "a laptop that uses its cable in the morning and its WLAN in the afternoon",
        [*there(A, IP[0], 0, 4), *there(WIFI, IP[1], 4, 8), *there(A, IP[0], 24, 28),
         *there(WIFI, IP[1], 28, 32), *duid(A, DUID_A, 0, 24), *duid(WIFI, DUID_A, 4, 28),
         *nbns(A, "LAP-THU-TRANG", *hours(0, 4), *hours(24, 28)),
         *nbns(WIFI, "LAP-THU-TRANG", *hours(4, 8), *hours(28, 32))],
        ((A, WIFI),),
    ),
    Story(
        "a replaced card in a PC without SSH, known by its DUID",
        [*there(A, IP[0], 0, 8), *duid(A, DUID_A, 0, 8), *nbns(A, "PC-VAN-THU", *DAYTIME),
         *there(B, IP[4], 30, 60), *duid(B, DUID_A, 30, 60),
         *nbns(B, "PC-VAN-THU", *hours(30, 60, 3))],
        ((A, B),),
    ),
    Story(
        "a replaced card that was used as a dongle before",
        [*there(DONGLE, IP[0], 0, 8), ssh(IP[0], "k", 1), *mdns(DONGLE, "may-linh", *DAYTIME),
         *there(B, IP[1], 9, 60), ssh(IP[1], "k", 20), *mdns(B, "may-linh", *hours(9, 60, 3))],
        ((DONGLE, B),),
    ),
    Story(
        "VM clones that run at once: same host key, no names",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "image", 1), ssh(IP[1], "image", 1)],
        ((A,), (B,)),
    ),
    Story(
        "VM clones with different names",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "image", 1), ssh(IP[1], "image", 1),
         *mdns(A, "web1", *DAYTIME), *mdns(B, "web2", *DAYTIME)],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "VM clones that both ask DHCP under the image's name",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "image", 1), ssh(IP[1], "image", 1),
         *dhcp(A, "mau-vm", 0, 4), *dhcp(B, "mau-vm", 0, 4)],
        ((A,), (B,)),
    ),
    Story(
        "a VM clone renamed by multicast DNS when it met the first",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "image", 1), ssh(IP[1], "image", 1),
         *mdns(A, "mau-vm", *DAYTIME), *mdns(B, "mau-vm", 0), *mdns(B, "mau-vm-2", *hours(1, 8))],
        ((A,), (B,)),
    ),
    Story(
        "clones on two links with one name, which no protocol keeps apart there",
        [*there(A, IP[0], 0, 8), *there(B, "10.66.9.31", 0, 8, "eth1"),
         ssh(IP[0], "image", 1), ssh("10.66.9.31", "image", 1),
         *mdns(A, "mau-vm", *DAYTIME), *mdns(B, "mau-vm", *DAYTIME)],
        ((A,), (B,)),
    ),
    Story(
        "four clones of one image, one of them renamed alike",
        [o for n, mac in enumerate((A, B, C, D)) for o in
         [*there(mac, IP[n], 0, 8), ssh(IP[n], "image", 1), *mdns(mac, f"web{n}", *DAYTIME)]],
        ((A,), (B,), (C,), (D,)),
    ),
    Story(
        "Windows clones that share a DUID",
        [*_both((A, IP[0]), (B, IP[1])), *duid(A, DUID_A, 0, 4), *duid(B, DUID_A, 0, 4),
         *nbns(A, "PC-01-KETOAN", *DAYTIME), *nbns(B, "PC-02-KETOAN", *DAYTIME)],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "clones that share the random SNMP engine of the image",
        [*_both((A, IP[0]), (B, IP[1])), engine(IP[0], NET_SNMP, 1), engine(IP[1], NET_SNMP, 1)],
        ((A,), (B,)),
    ),
    Story(
        "a maker's TLS certificate on five devices",
        [o for n, mac in enumerate((A, B, C, D, WIFI)) for o in
         [*there(mac, IP[n], 0, 8), tls(IP[n], "default", 1)]],
        ((A,), (B,), (C,), (D,), (WIFI,)), ((A, B), (A, C), (B, D)),
    ),
    Story(
        "two devices with one TLS key at once",
        [*_both((A, IP[0]), (B, IP[1])), tls(IP[0], "shared", 1), tls(IP[1], "shared", 1)],
        ((A,), (B,)),
    ),
    Story(
        "serial numbers that nobody filled in",
        [*_both((A, IP[0]), (B, IP[1])), made(IP[0], 1, serial="To be filled by O.E.M."),
         made(IP[1], 1, serial="To be filled by O.E.M."),
         made(IP[0], 2, protocol="wsd", serial="0000000"),
         made(IP[1], 2, protocol="wsd", serial="0000000")],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "UPnP servers with the UUID and serial of their source code",
        [*_both((A, IP[0]), (B, IP[1])),
         made(IP[0], 1, serial="12345678", uuid="uuid:00000000-0000-0000-0000-000000000000"),
         made(IP[1], 1, serial="12345678", uuid="uuid:00000000-0000-0000-0000-000000000000")],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "a server and its management controller: one serial, other keys",
        [*_both((A, IP[0]), (B, IP[1])), made(IP[0], 1, serial="CZ17230ABX"),
         made(IP[1], 1, serial="CZ17230ABX"), ssh(IP[0], "host", 2), ssh(IP[1], "bmc", 2)],
        ((A,), (B,)),
    ),
    Story(
        "a NIC was replaced: same key and name, the old MAC never came back",
        [*there(A, IP[0], 0, 8), ssh(IP[0], "k", 1), *nbns(A, "MAYCHU-01", *DAYTIME),
         *there(B, IP[0], 10, 60), ssh(IP[0], "k", 11), *nbns(B, "MAYCHU-01", *hours(10, 60, 5))],
        ((A, B),),
    ),
    Story(
        "a NIC was replaced an hour ago",
        [*there(A, IP[0], 0, 8), ssh(IP[0], "k", 1), *nbns(A, "MAYCHU-01", *DAYTIME),
         *there(B, IP[1], 10, 11), ssh(IP[1], "k", 11), *nbns(B, "MAYCHU-01", 10, 11)],
        ((A, B),),
    ),
    Story(
        "a PC was replaced and took its name over",
        [*there(A, IP[0], 0, 8), *nbns(A, "PC-KETOAN-7", *DAYTIME),
         *there(B, IP[0], 10, 60), *nbns(B, "PC-KETOAN-7", *hours(10, 60, 5))],
        ((A,), (B,)),
    ),
    Story(
        "virtual desktops of one image in one pool, one after the other",
        [*there(A, IP[0], 0, 8), ssh(IP[0], "image", 1), *nbns(A, "VDI-0007", *DAYTIME),
         *there(B, IP[0], 30, 60), ssh(IP[0], "image", 31), *nbns(B, "VDI-0012", *hours(30, 60))],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "the replaced NIC came back in another host",
        [*there(A, IP[0], 0, 8), ssh(IP[0], "k", 1), *nbns(A, "MAYCHU-01", *DAYTIME),
         *there(B, IP[0], 10, 50), ssh(IP[0], "k", 11), *nbns(B, "MAYCHU-01", *hours(10, 50, 5)),
         *there(B, IP[0], 50, 52, every=30), *there(A, IP[5], 50, 52, every=30),
         *nbns(A, "TESTHOST", 51, 52)],
        ((A,), (B,)),
    ),
    Story(
        "a docking station's card in two laptops",
        [*there(A, IP[0], 0, 30), *there(B, IP[1], 0, 30), *duid(A, DUID_A, *hours(0, 30, 3)),
         *duid(B, DUID_B, *hours(0, 30, 3)), *nbns(A, "LAP-LINH", *hours(0, 30)),
         *nbns(B, "LAP-MINH", *hours(0, 30)),
         *there(DONGLE, IP[2], 1, 8), *duid(DONGLE, DUID_A, *hours(1, 8)),
         *nbns(DONGLE, "LAP-LINH", *hours(1, 8)),
         *there(DONGLE, IP[3], 20, 30), *duid(DONGLE, DUID_B, *hours(20, 30)),
         *nbns(DONGLE, "LAP-MINH", *hours(20, 30))],
        ((A,), (B,), (DONGLE,)),
    ),
    Story(
        "a dongle heard first in one laptop, then in another without a card of its own",
        [*there(DONGLE, IP[2], 0, 8), *nbns(DONGLE, "LAP-LINH", *hours(0, 8)),
         *duid(DONGLE, DUID_A, *hours(0, 8)), *there(A, IP[0], 1, 40),
         *nbns(A, "LAP-LINH", *hours(1, 40)), *duid(A, DUID_A, *hours(1, 40)),
         *there(DONGLE, IP[3], 20, 40), *nbns(DONGLE, "LAP-MINH", *hours(20, 40)),
         *duid(DONGLE, DUID_B, *hours(20, 40))],
        ((A,), (DONGLE,)),
    ),
    Story(
        "an address moved to another MAC by DHCP",
        [*there(A, IP[0], 0, 8), *nbns(A, "PC-LAN", *DAYTIME), *there(B, IP[0], 20, 40),
         *nbns(B, "PC-HOA", *hours(20, 40))],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "an address moved, and nobody said a name",
        [*there(A, IP[0], 0, 8), *there(B, IP[0], 20, 40)],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "a port forwarded to an inner host shows that host's keys at the router",
        [*_both((A, IP[0]), (B, IP[1])), ssh(IP[0], "inner", 1), ssh(IP[1], "inner", 1),
         tls(IP[0], "inner", 1), tls(IP[1], "inner", 1)],
        ((A,), (B,)),
    ),
    Story(
        "the same DHCP name for two PCs at once",
        [*_both((A, IP[0]), (B, IP[1])), *dhcp(A, "pc-moi-lap", 0, 4, form=WINDOWS),
         *dhcp(B, "pc-moi-lap", 0, 4, form=WINDOWS)],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "hosts with the names of their installers",
        [o for n, (mac, name) in enumerate(((A, "ubuntu"), (B, "ubuntu"), (C, "localhost"),
                                             (D, "localhost"))) for o in
         [*there(mac, IP[n], 0, 8), *mdns(mac, name, *DAYTIME), ssh(IP[n], name, 2)]],
        ((A,), (B,), (C,), (D,)),
    ),
    Story(
        "PXE and system with one identifier of the board",
        [*there(A, IP[0], 0, 1), *dhcp(A, "", 0, client="00" + "4c4c4544003510428035b7c04f4d3232"),
         *there(B, IP[1], 0, 8), *nbns(A, "PC-PXE-09", 0, 1), *nbns(B, "PC-PXE-09", *DAYTIME),
         *dhcp(B, "", 1, client="00" + "4c4c4544003510428035b7c04f4d3232")],
        ((A, B),),
    ),
]  # fmt: skip
