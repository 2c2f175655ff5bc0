"""Telephones with random MACs, routers, switches, proxies, cloned MACs and hearsay."""

from collectors.observation import DhcpServerSeen, EchoAnswered
from tests.inventory.builders import T
from tests.inventory.identity.telling import (
    ANDROID,
    APPLE,
    HOUR,
    WINDOWS,
    Observations,
    Story,
    dhcp,
    duid,
    engine,
    hours,
    lldp,
    made,
    mdns,
    nbns,
    ssh,
    there,
)

A, B, C = (f"00:1c:73:00:01:{n:02x}" for n in (0x10, 0x60, 0xA0))
VLANS = [f"00:1c:73:00:07:{n:02x}" for n in range(1, 13)]
R = [f"{n:02x}:a4:7e:00:00:{n:02x}" for n in (0x02, 0x06, 0x0A, 0x0E, 0x12, 0x16)]
IP = [f"10.66.7.{n}" for n in range(30, 60)]
SWITCH_ENGINE = "8000000903" + VLANS[0].replace(":", "")


def _phone(
    mac: str, address: str, day: float, name: str, form: tuple[int, ...] = APPLE, long: float = 8
) -> Observations:
    start = day * 24
    return [*there(mac, address, start, start + long),
            *mdns(mac, name, *hours(start, start + long)),
            *dhcp(mac, name, start, start + long, form=form)]  # fmt: skip


NETWORKS = [
    Story(
        "a telephone with a random MAC every day, the same mDNS name",
        [o for day in range(5) for o in _phone(R[day], IP[day], day, "hoa-cua-toi")],
        (tuple(R[:5]),),
    ),
    Story(
        "two telephones with random MACs, each with a name of its own",
        [o for day in range(3) for n, name in enumerate(("hoa-cua-toi", "dien-thoai-minh"))
         for o in _phone(R[2 * day + n], IP[2 * day + n], day, name)],
        ((R[0], R[2], R[4]), (R[1], R[3], R[5])),
    ),
    Story(
        "telephones that are all called iPhone",
        [o for day in range(4) for o in _phone(R[day], IP[day], day, "iPhone")],
        tuple((mac,) for mac in R[:4]), ((R[0], R[1]), (R[1], R[2])),
    ),
    Story(
        "telephones of one model that go by its name",
        [o for day in range(4) for o in _phone(R[day], IP[day], day, "Galaxy-A52", ANDROID)],
        tuple((mac,) for mac in R[:4]), ((R[0], R[1]), (R[1], R[2])),
    ),
    Story(
        "a telephone and a tablet of one owner with one name, at once",
        [*_phone(R[0], IP[0], 0, "hoa-cua-toi"), *_phone(R[1], IP[1], 0, "hoa-cua-toi")],
        ((R[0],), (R[1],)),
    ),
    Story(
        "a third that bears the name of two which are there at once",
        [*_phone(R[0], IP[0], 0, "hoa-cua-toi"), *_phone(R[1], IP[1], 0, "hoa-cua-toi"),
         *_phone(R[2], IP[2], 1, "hoa-cua-toi")],
        ((R[0],), (R[1],), (R[2],)),
    ),
    Story(
        "another kind of telephone with the same name",
        [*_phone(R[0], IP[0], 0, "hoa-cua-toi", APPLE),
         *_phone(R[1], IP[1], 1, "hoa-cua-toi", ANDROID)],
        ((R[0],), (R[1],)),
    ),
    Story(
        "a telephone that changed its MAC in the middle of the day",
        [*_phone(R[0], IP[0], 0, "hoa-cua-toi", long=4),
         *there(R[1], IP[1], 4.2, 8.2), *mdns(R[1], "hoa-cua-toi", *hours(4.2, 8.2)),
         *dhcp(R[1], "hoa-cua-toi", 4.2, form=APPLE)],
        ((R[0], R[1]),),
    ),
    Story(
        "random MACs with the same name in DHCP alone",
        [o for day in range(2) for o in
         [*there(R[day], IP[day], 24 * day, 24 * day + 8),
          *dhcp(R[day], "may-cua-hoa", 24 * day, form=ANDROID)]],
        ((R[0], R[1]),),
    ),
    Story(
        "random MACs without any name",
        [o for day in range(3) for o in there(R[day], IP[0], 24 * day, 24 * day + 8)],
        tuple((mac,) for mac in R[:3]), ((R[0], R[1]), (R[1], R[2])),
    ),
    Story(
        "a random MAC and a universal one with one name",
        [*there(A, IP[0], 0, 8), *mdns(A, "hoa-cua-toi", *hours(0, 8)),
         *_phone(R[0], IP[1], 1, "hoa-cua-toi")],
        ((A, R[0]),),
    ),
    Story(
        "a PC with random MACs that keeps its DUID",
        [o for day in range(3) for o in
         [*there(R[day], IP[day], 24 * day, 24 * day + 8),
          *duid(R[day], "0004aabbccddeeff00112233445566778899", 24 * day + 1),
          *nbns(R[day], "LAP-HOA-WIFI", *hours(24 * day, 24 * day + 8))]],
        (tuple(R[:3]),),
    ),
    Story(
        "VRRP fails over: the group's MAC names nobody",
        [*there(VLANS[0], "10.66.7.2", 0, 8), *there(B, "10.66.7.3", 0, 8),
         *there("00:00:5e:00:01:01", "10.66.7.1", 0, 8)],
        ((VLANS[0],), (B,)), ((VLANS[0], B),),
    ),
    Story(
        "two VRRP routers with the same configured name",
        [*there(VLANS[0], "10.66.7.2", 0, 8), *there(B, "10.66.7.3", 0, 8),
         lldp(VLANS[0], VLANS[0], 1, "core", serial="JAE0001"),
         lldp(B, B, 1, "core", serial="JAE0002")],
        ((VLANS[0],), (B,)),
    ),
    Story(
        "a router with twelve MACs and one SNMP engine",
        [o for n, mac in enumerate(VLANS) for o in
         [*there(mac, f"10.66.{n}.1", 0, 4, f"eth0.{n}"),
          engine(f"10.66.{n}.1", SWITCH_ENGINE, 1)]],
        (tuple(VLANS),),
    ),
    Story(
        "a switch whose ports announce one chassis",
        [o for n, mac in enumerate(VLANS[:4]) for o in
         [*there(mac, IP[n], 0, 4), lldp(mac, VLANS[8], 1, "sw-tang2")]],
        (tuple(VLANS[:4]),),
    ),
    Story(
        "a port's MAC and the chassis' own",
        [*there(VLANS[0], IP[0], 0, 4), *there(C, IP[1], 0, 4), lldp(C, VLANS[0], 1, "sw-tang3")],
        ((VLANS[0], C),),
    ),
    Story(
        "a router with one MAC on many VLANs",
        [o for n in range(8) for o in there(A, f"10.66.{n}.1", 0, 4, f"eth0.{n}")],
        ((A,),),
    ),
    Story(
        "switches with a copied configuration, engine and all",
        [*there(VLANS[0], IP[0], 0, 8), *there(B, IP[1], 0, 8), engine(IP[0], SWITCH_ENGINE, 1),
         engine(IP[1], SWITCH_ENGINE, 1), ssh(IP[0], "one", 2), ssh(IP[1], "two", 2)],
        ((VLANS[0],), (B,)),
    ),
    Story(
        "a copied engine and nothing else to tell them apart",
        [*there(VLANS[0], IP[0], 0, 8), *there(B, IP[1], 0, 8), engine(IP[0], SWITCH_ENGINE, 1),
         engine(IP[1], SWITCH_ENGINE, 1)],
        ((VLANS[0],), (B,)),
    ),
    Story(
        "SNMP engines named by a text or an IPv4 address",
        [o for n, mac in enumerate((A, B)) for o in
         [*there(mac, IP[n], 0, 8), engine(IP[n], "80000000047075626c6963", 1),
          engine(IP[n], "8000000001c0a80001", 2)]],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "a router that answers ARP for others",
        [o for n in range(36) for o in there(A, f"10.66.7.{n + 60}", 0, 2)]
        + [*there(B, "10.66.7.61", 0.5, 2), *nbns(B, "PC-SAU-PROXY", 1, 2),
           ssh("10.66.7.61", "k", 1), ssh("10.66.7.70", "k", 1)],
        ((A,), (B,)),
    ),
    Story(
        "a printer by cable and WLAN: its UUID ends in one of its MACs",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 0, 8),
         made(IP[0], 1, protocol="ipp", uuid="e3248000-80ce-11db-8000-" + A.replace(":", "")),
         made(IP[1], 1, protocol="ipp", uuid="e3248000-80ce-11db-8000-" + A.replace(":", ""))],
        ((A, B),),
    ),
    Story(
        "an access point: its radios and its port announce one chassis",
        [o for n, mac in enumerate((A, R[0], R[1])) for o in
         [*there(mac, IP[n], 0, 8), lldp(mac, A, 1, "ap-tang-3")]],
        ((A, R[0], R[1]),),
    ),
    Story(
        "a printer by cable and WLAN with one serial number",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 3, 8),
         made(IP[0], 4, protocol="wsd", serial="VNB3K11111", manufacturer="HP"),
         made(IP[1], 5, protocol="upnp", serial="VNB3K11111", manufacturer="HP")],
        ((A, B),),
    ),
    Story(
        "a storage box with two cards on two links and one serial number",
        [*there(A, IP[0], 0, 8), *there(B, "10.66.9.44", 0, 8, "eth1"),
         made(IP[0], 1, serial="2150RQN1ABCDE"), made("10.66.9.44", 1, serial="2150RQN1ABCDE"),
         ssh(IP[0], "nas", 2), ssh("10.66.9.44", "nas", 2)],
        ((A, B),),
    ),
    Story(
        "two printers of one maker, each with its own serial number",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 0, 8),
         made(IP[0], 1, serial="VNB3K11111", manufacturer="HP"),
         made(IP[1], 1, serial="VNB3K22222", manufacturer="HP")],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "one serial number from two makers",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 0, 8),
         made(IP[0], 1, serial="A100200300", manufacturer="HP"),
         made(IP[1], 1, serial="A100200300", manufacturer="Synology")],
        ((A,), (B,)),
    ),
    Story(
        "a cloned MAC: two DHCP names in turn",
        [*there(A, IP[0], 0, 2),
         *(o for n in range(10) for o in
           dhcp(A, ("pc-that", "pc-gia-mao")[n % 2], n / 20, form=WINDOWS))],
        ((A,),), conflicts=(A,),
    ),
    Story(
        "a cloned MAC on two links, with two names in turn",
        [*there(A, IP[0], 0, 2, "eth0", 120), *there(A, "10.66.9.30", 0.01, 2, "eth1", 120),
         *(o for n in range(10) for o in nbns(A, ("PC-THAT", "PC-GIA")[n % 2], n / 20))],
        ((A,),), conflicts=(A,),
    ),
    Story(
        "a cloned MAC: two host keys at one address in turn",
        [*there(A, IP[0], 0, 120), *(ssh(IP[0], ("one", "two")[n % 2], 10 * n) for n in range(10))],
        ((A,),), conflicts=(A,),
    ),
    Story(
        "a cloned MAC: two host keys at two addresses",
        [*there(A, IP[0], 0, 8), *there(A, IP[1], 0, 8), ssh(IP[0], "one", 1),
         ssh(IP[1], "two", 1)],
        ((A,),), conflicts=(A,),
    ),
    Story(
        "a host that was installed anew",
        [*there(A, IP[0], 0, 48), ssh(IP[0], "old", 1), ssh(IP[0], "new", 30),
         *dhcp(A, "pc-cu-ky", 0), *dhcp(A, "pc-moi-ky", 30)],
        ((A,),),
    ),
    Story(
        "a DHCP server's word about a client that nobody has heard",
        [*there(A, IP[0], 0, 8),
         DhcpServerSeen(at=T + HOUR, source="tap", interface="eth0", mac=A, address=IP[0],
                        message="ack", client_mac=B, offered_address=IP[1])],
        ((A,),),
    ),
    Story(
        "an address behind a router, then a MAC that claims it here",
        [EchoAnswered(at=T, source="tap", address=IP[0]), *there(A, IP[0], 1, 4)],
        ((A,),),
    ),
    Story(
        "a client identifier that is a MAC, borrowed from another",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 0, 8),
         *dhcp(A, "", 0, client="01" + A.replace(":", "")),
         *dhcp(B, "", 0, client="01" + A.replace(":", ""))],
        ((A,), (B,)), ((A, B),),
    ),
    Story(
        "two interfaces with RFC 4361 identifiers of one DUID, and one name",
        [*there(A, IP[0], 0, 8), *there(B, IP[1], 0, 8),
         *dhcp(A, "", 0, client="ff00000001" + "0004aabbccddeeff00112233445566778899"),
         *dhcp(B, "", 0, client="ff00000002" + "0004aabbccddeeff00112233445566778899"),
         *mdns(A, "ban-lam-viec-9", *hours(0, 8)), *mdns(B, "ban-lam-viec-9", *hours(0, 8))],
        ((A, B),),
    ),
]  # fmt: skip
