"""The office of the demo: some thirty devices of a provincial Department of Finance."""

from agent.lab.offers import (
    DhcpClient,
    DhcpServer,
    DnsServer,
    Greeting,
    Http,
    Lldp,
    Llmnr,
    Mdns,
    Nbns,
    Offer,
    Prefix,
    RouterAdvertiser,
    Sink,
    Snmp,
    Ssh,
    Telnet,
)
from agent.lab.topology import Host, LanPlan, Nic

IPV6 = "2001:db8:66:7"
DEBIAN_SSH = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"


def office(*, rogue_router: bool = True) -> LanPlan:
    """The office with its everyday faults; `rogue_router=False` leaves out the forgotten router.

    Faults that stay: telnet on a switch, SNMP community public, one IPv4 address on two devices.
    """
    hosts = [*_network(), *_servers(), *_printers(), *_things(), *_pcs(), *_oddities()]
    if rogue_router:
        hosts.append(_rogue_router())
    return LanPlan(hosts=tuple(hosts), agent=agent_host())


def agent_host() -> Host:
    """The machine that the agent runs on: eth0 with 10.66.7.2 and an autoconfigured address."""
    return Host(
        name="agent", kind="server", mac="b8:27:eb:66:07:02", ipv4="10.66.7.2", ipv6="eui64"
    )


def _network() -> tuple[Host, ...]:
    gateway = Host(
        name="gw",
        kind="router",
        mac="00:1c:73:00:07:01",
        ipv4="10.66.7.1",
        ipv6="static",
        ipv6_static=(f"{IPV6}::1",),
        behaviours=("router",),
        offers=(
            RouterAdvertiser(
                prefixes=(Prefix(prefix=f"{IPV6}::/64"),),
                other=True,
                mtu=1500,
                rdnss=(f"{IPV6}::1",),
                search=("stc.example",),
            ),
            DhcpServer(first="10.66.7.100", last="10.66.7.199", ipv6_only_s=1800),
            DnsServer(zone="stc.example"),
            Ssh(line="SSH-2.0-OpenSSH_8.7"),
            Lldp(system="gw.stc.example", description="Arista Networks EOS", port="Ethernet1"),
        ),
    )
    switch = Host(
        name="sw-core",
        kind="switch",
        mac="00:1b:54:00:07:03",
        ipv4="10.66.7.3",
        ipv6="none",
        offers=(
            Telnet(banner="User Access Verification"),
            Ssh(line="SSH-1.99-Cisco-1.25"),
            Http(title="Cisco Systems - Home", server="cisco-IOS"),
            Snmp(
                description="Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), "
                "Version 12.2(55)SE12, RELEASE SOFTWARE (fc2)",
                object_id="1.3.6.1.4.1.9.1.716",
                location="Tang 1, phong may chu",
            ),
            Lldp(system="sw-core", description="Cisco IOS Software, C2960 Software"),
        ),
    )
    access_point = Host(
        name="ap-lobby",
        kind="access_point",
        mac="4c:5e:0c:00:07:04",
        ipv4="10.66.7.4",
        offers=(
            Http(title="RouterOS router configuration page"),
            Ssh(line="SSH-2.0-ROSSSH"),
            Greeting(port=21, line="220 ap-lobby FTP server (MikroTik 6.49.10) ready"),
            Sink(ports=(8291,)),
        ),
    )
    return (gateway, switch, access_point)


def _servers() -> tuple[Host, ...]:
    return (
        Host(
            name="srv-web",
            kind="server",
            mac="94:18:82:00:07:0a",
            ipv4="10.66.7.10",
            ipv6="static",
            ipv6_static=(f"{IPV6}::10",),
            offers=(
                Http(title="Cong thong tin noi bo", server="nginx/1.22.1"),
                Http(port=443, title="Cong thong tin noi bo", server="nginx/1.22.1", tls=True),
                Ssh(line=DEBIAN_SSH),
            ),
        ),
        Host(
            name="srv-files",
            kind="server",
            mac="18:66:da:00:07:0b",
            ipv4="10.66.7.11",
            ipv6="stable",
            behaviours=("ignore_multicast_echo",),
            offers=(Sink(ports=(135, 139, 445, 3389)), Nbns(host="SRV-FILES", group="STC")),
        ),
        Host(
            name="srv-db",
            kind="server",
            mac="0c:c4:7a:00:07:0c",
            ipv4="10.66.7.12",
            ipv6="eui64",
            offers=(
                Ssh(line=DEBIAN_SSH),
                Sink(ports=(5432,), families=("ipv4",)),
            ),
        ),
        Host(
            name="srv-backup",
            kind="server",
            mac="a0:36:9f:00:07:0d",
            ipv4="10.66.7.13",
            ipv6="eui64",
            more_nics=(Nic(mac="a0:36:9f:00:07:0e", ipv4="10.66.7.14", ipv6="eui64"),),
            offers=(Ssh(line=DEBIAN_SSH), Sink(ports=(873,))),
        ),
    )


def _printers() -> tuple[Host, ...]:
    return (
        _printer(
            "printer-1f", "3c:52:82:00:07:14", 20, "HP LaserJet MFP M428fdw", "HP HTTP Server"
        ),
        _printer("printer-2f", "00:1b:a9:00:07:15", 21, "Brother HL-L5100DN series", "debut/1.30"),
        _printer("printer-3f", "00:1e:8f:00:07:16", 22, "Canon LBP6230/6240", "Catwalk"),
    )


def _printer(name: str, mac: str, last: int, model: str, server: str) -> Host:
    # The old Canon knows IPv4 only.
    old = last == 22
    maker, _, short = model.partition(" ")
    said = f"ty={model};product=({model});usb_MFG={maker};usb_MDL={short};note=Tang {last - 19}"
    offers: tuple[Offer, ...] = (
        Http(title=model, server=server),
        Sink(ports=(515, 631, 9100)),
        Snmp(description=model, object_id="1.3.6.1.4.1.11.2.3.9.1"),
    )
    if not old:
        offers += (
            Mdns(
                host=name,
                services=(("_ipp._tcp", 631, said), ("_pdl-datastream._tcp", 9100, said)),
            ),
        )
    return Host(
        name=name,
        kind="printer",
        mac=mac,
        ipv4=f"10.66.7.{last}",
        ipv6="none" if old else "eui64",
        offers=offers,
    )


def _things() -> tuple[Host, ...]:
    return (
        Host(
            name="cam-gate",
            kind="camera",
            mac="c0:56:e3:00:07:1e",
            ipv4="10.66.7.30",
            offers=(Http(title="index", server="App-webs/"), Sink(ports=(554, 8000))),
        ),
        Host(
            name="cam-yard",
            kind="camera",
            mac="3c:ef:8c:00:07:1f",
            ipv4="10.66.7.31",
            ipv6="none",
            offers=(Http(title="WEB SERVICE"), Sink(ports=(554, 37777))),
        ),
        Host(
            name="nas-archive",
            kind="nas",
            mac="00:11:32:00:07:20",
            ipv4="10.66.7.32",
            offers=(
                Http(port=5000, title="nas-archive - Synology DiskStation", server="nginx"),
                Sink(ports=(139, 445, 548)),
                Ssh(line="SSH-2.0-OpenSSH_8.2"),
                Mdns(
                    host="nas-archive",
                    services=(
                        ("_smb._tcp", 445, ""),
                        ("_http._tcp", 5000, "vendor=Synology;model=DS920+;serial=2060QAR812345"),
                    ),
                ),
                Nbns(host="NAS-ARCHIVE", group="STC"),
            ),
        ),
        Host(
            name="ups-rack",
            kind="ups",
            mac="00:c0:b7:00:07:21",
            ipv4="10.66.7.33",
            ipv6="none",
            offers=(
                Http(title="APC | Log On", server="Allegro-Software-RomPager/4.06"),
                Telnet(banner="User Name :"),
                Snmp(
                    description="APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.4.6)",
                    object_id="1.3.6.1.4.1.318.1.3.27",
                ),
            ),
        ),
        Host(
            name="phone-desk",
            kind="voip",
            mac="80:5e:c0:00:07:22",
            ipv4="10.66.7.34",
            offers=(
                Http(title="Yealink W60B"),
                Sink(ports=(5060,)),
                Lldp(system="phone-desk", description="Yealink SIP-T46S", port="WAN PORT"),
            ),
        ),
        Host(
            name="sensor-server-room",
            kind="iot",
            mac="24:0a:c4:00:07:23",
            ipv4=None,
            ipv6="eui64",
            offers=(Http(title="Temperature"), Mdns(host="sensor-server-room")),
        ),
        Host(
            name="phone-guest",
            kind="phone",
            mac="d6:5f:3a:81:07:24",
            ipv4="10.66.7.150",
            ipv6="temporary",
            behaviours=("ignore_echo",),
            offers=(
                DhcpClient(hostname="Galaxy-A15", vendor_class="android-dhcp-14", ipv6_only=True),
            ),
        ),
    )


def _pcs() -> tuple[Host, ...]:
    cards = (
        ("pc-budget-1", "18:66:da:00:07:65"),
        ("pc-budget-2", "f8:b1:56:00:07:66"),
        ("pc-treasury-1", "a4:bb:6d:00:07:67"),
        ("pc-treasury-2", "3c:f0:11:00:07:68"),
        ("pc-assets-1", "54:e1:ad:00:07:69"),
        ("pc-assets-2", "d4:5d:64:00:07:6a"),
        ("pc-inspection-1", "b4:b5:2f:00:07:6b"),
        ("pc-director", "70:b5:e8:00:07:6c"),
        ("laptop-it", "8c:ec:4b:00:07:6d"),
    )
    return tuple(
        Host(
            name=name,
            kind="laptop" if name.startswith("laptop") else "workstation",
            mac=mac,
            ipv4=f"10.66.7.{101 + number}",
            ipv6="temporary",
            behaviours=("ignore_multicast_echo",),
            offers=(
                Sink(ports=(135, 139, 445)),
                Nbns(host=name.upper()[:15], group="STC"),
                Llmnr(host=name),
                DhcpClient(hostname=name, ipv6_only=name == "laptop-it"),
            ),
        )
        for number, (name, mac) in enumerate(cards)
    )


def _oddities() -> tuple[Host, ...]:
    return (
        Host(
            name="pc-audit",
            kind="workstation",
            mac="9c:b6:54:00:07:6e",
            ipv4="10.66.7.120",
            ipv6="temporary",
            behaviours=("drop_all",),
            offers=(Sink(ports=(445,)),),
        ),
        Host(
            name="pc-old",
            kind="workstation",
            mac="00:e0:4c:00:07:4d",
            ipv4="10.66.7.77",
            ipv6="none",
            offers=(Sink(ports=(139, 445)), Nbns(host="PC-OLD", group="STC")),
        ),
        Host(
            name="tv-meeting",
            kind="tv",
            mac="8c:77:12:00:07:4e",
            ipv4="10.66.7.77",
            ipv6="eui64",
            offers=(Http(port=8001, title="Samsung TV"), Mdns(host="tv-meeting")),
        ),
    )


def _rogue_router() -> Host:
    return Host(
        name="wifi-room-3",
        kind="router",
        mac="50:c7:bf:00:07:fe",
        ipv4="10.66.7.254",
        ipv6="static",
        ipv6_static=("2001:db8:bad:3::1",),
        behaviours=("router",),
        offers=(
            RouterAdvertiser(
                prefixes=(Prefix(prefix="2001:db8:bad:3::/64"),), preference="low", lifetime_s=900
            ),
            Http(title="TL-WR840N", server="Router Webserver"),
        ),
    )
