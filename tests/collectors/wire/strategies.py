"""Hypothesis strategies for wire values."""

from hypothesis import settings
from hypothesis import strategies as st

from collectors.wire import arp, dhcpv4, dns, icmpv4, icmpv6, mld, nbns, nd, nd_options

MODEST = settings(max_examples=60, deadline=None)
THOROUGH = settings(max_examples=100, deadline=None)

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
macs = st.binary(min_size=6, max_size=6)
station_macs = macs.map(lambda mac: bytes((mac[0] & 0xFE,)) + mac[1:])
ipv4s = st.binary(min_size=4, max_size=4)
ipv6s = st.binary(min_size=16, max_size=16)
unicast_ipv6s = ipv6s.map(lambda address: b"\x20" + address[1:])
groups = ipv6s.map(lambda address: b"\xff" + address[1:])
short = st.binary(max_size=20)
preferences = st.sampled_from(("low", "medium", "high"))

labels = st.binary(min_size=1, max_size=20)
names = st.lists(labels, max_size=6).map(tuple)

arps = st.builds(arp.Arp, st.sampled_from((1, 2)), station_macs, ipv4s, macs, ipv4s)
echoes4 = st.builds(icmpv4.EchoRequest, u16, u16, short)
echoes6 = st.one_of(
    st.builds(icmpv6.EchoRequest, u16, u16, short),
    st.builds(icmpv6.EchoReply, u16, u16, short),
    st.builds(icmpv6.ParameterProblem, u8, u32, short),
    st.builds(icmpv6.Error, st.sampled_from((1, 2, 3)), u8, u32, short),
)


def _masked(address: bytes, length: int) -> bytes:
    """The address with the octets zero that an option of that prefix length does not carry."""
    kept = (length + 63) // 64 * 8
    return address[:kept] + bytes(16 - kept)


prefixes = st.builds(
    nd_options.Prefix,
    ipv6s,
    st.integers(0, 128),
    st.booleans(),
    st.booleans(),
    u32,
    u32,
    st.booleans(),
    st.booleans(),
)
routes = st.builds(
    lambda address, length, preference, lifetime_s: nd_options.Route(
        _masked(address, length), length, preference, lifetime_s
    ),
    ipv6s,
    st.integers(0, 128),
    preferences,
    u32,
)
resolvers = st.builds(nd_options.Resolvers, st.lists(ipv6s, min_size=1, max_size=3).map(tuple), u32)
domains = st.lists(labels, min_size=1, max_size=3).map(tuple)
searches = st.builds(nd_options.Search, st.lists(domains, min_size=1, max_size=3).map(tuple), u32)
pref64s = st.builds(
    lambda address, length, scaled: nd_options.Pref64(address[:12] + bytes(4), length, scaled * 8),
    ipv6s,
    st.sampled_from((32, 40, 48, 56, 64, 96)),
    st.integers(0, 8191),
)
# Texts and nonces whose padding cannot be told from their end are outside what is encodable.
options = st.builds(
    nd_options.Options,
    source_mac=st.none() | macs,
    target_mac=st.none() | macs,
    mtu=st.none() | u32,
    prefixes=st.lists(prefixes, max_size=2).map(tuple),
    routes=st.lists(routes, max_size=2).map(tuple),
    resolvers=st.lists(resolvers, max_size=2).map(tuple),
    search=st.lists(searches, max_size=2).map(tuple),
    pref64=st.lists(pref64s, max_size=2).map(tuple),
    captive_portal=st.none() | st.from_regex(rb"https://[a-z]{1,40}/", fullmatch=True),
    nonce=st.none() | st.binary(min_size=6, max_size=6),
    redirected=st.none()
    | st.integers(0, 6).flatmap(lambda units: st.binary(min_size=units * 8, max_size=units * 8)),
)
nd_messages = st.one_of(
    st.builds(nd.RouterSolicitation, options),
    st.builds(
        nd.RouterAdvertisement,
        u8,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        preferences,
        u16,
        u32,
        u32,
        options,
    ),
    st.builds(nd.NeighbourSolicitation, unicast_ipv6s, options),
    st.builds(
        nd.NeighbourAdvertisement,
        unicast_ipv6s,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        options,
    ),
    st.builds(lambda target, opts: nd.Redirect(target, target, opts), unicast_ipv6s, options),
)

records = st.builds(mld.Record, st.integers(1, 6), groups, st.lists(ipv6s, max_size=3).map(tuple))
mld_messages = st.one_of(
    st.builds(mld.ReportV2, st.lists(records, max_size=5).map(tuple)),
    st.builds(mld.ReportV1, groups),
    st.builds(mld.Done, groups),
    st.builds(mld.Query, st.just(1), u16, groups),
    st.builds(
        mld.Query,
        st.just(2),
        st.integers(0, 32767),
        groups,
        st.booleans(),
        st.integers(0, 7),
        st.integers(0, 127),
        st.lists(ipv6s, max_size=3).map(tuple),
    ),
)

texts = st.none() | st.binary(min_size=1, max_size=300)
dhcp_messages = st.builds(
    dhcpv4.Dhcpv4,
    st.integers(1, 18),
    u32,
    macs,
    from_server=st.booleans(),
    seconds=u16,
    broadcast=st.booleans(),
    client_address=ipv4s,
    your_address=ipv4s,
    next_server=ipv4s,
    relay=ipv4s,
    hostname=texts,
    fqdn=texts,
    vendor_class=texts,
    client_id=texts,
    requested_address=st.none() | ipv4s,
    server_id=st.none() | ipv4s,
    parameters=texts,
    subnet_mask=st.none() | ipv4s,
    routers=st.lists(ipv4s, max_size=3).map(tuple),
    resolvers=st.lists(ipv4s, max_size=3).map(tuple),
    lease_s=st.none() | u32,
    ipv6_only_wait_s=st.none() | u32,
    wpad=texts,
)

classes = st.integers(0, 0x7FFF)
questions = st.builds(dns.Question, names, u16, classes, st.booleans())
_contents = st.one_of(
    st.tuples(st.just(dns.A), st.builds(dns.Address, ipv4s)),
    st.tuples(st.just(dns.AAAA), st.builds(dns.Address, ipv6s)),
    st.tuples(st.sampled_from((dns.PTR, dns.CNAME, dns.NS)), st.builds(dns.Target, names)),
    st.tuples(st.just(dns.SRV), st.builds(dns.Service, u16, u16, u16, names)),
    st.tuples(st.just(dns.TXT), st.builds(dns.Text, st.lists(short, max_size=4).map(tuple))),
    st.tuples(st.sampled_from((13, 47, 65)), st.builds(dns.Opaque, short)),
)
dns_records = st.builds(
    lambda name, content, ttl_s, class_, flush: dns.Record(
        name, content[0], content[1], ttl_s, class_, flush
    ),
    names,
    _contents,
    u32,
    classes,
    st.booleans(),
)
_sections = st.lists(dns_records, max_size=3).map(tuple)
dns_messages = st.builds(
    dns.Message,
    u16,
    u16,
    st.lists(questions, max_size=3).map(tuple),
    _sections,
    _sections,
    _sections,
)

netbios_names = st.from_regex(rb"[A-Z0-9-]{1,15}", fullmatch=True)
nbns_messages = st.one_of(
    st.builds(nbns.NodeStatusRequest, u16, st.just(b"*"), st.just(0)),
    st.builds(nbns.NodeStatusRequest, u16, netbios_names, u8),
    st.builds(nbns.NameQuery, u16, netbios_names, u8, st.booleans()),
    st.builds(
        nbns.NodeStatus,
        u16,
        st.lists(st.builds(nbns.NodeName, netbios_names, u8, u16), max_size=5).map(tuple),
        st.just(b"") | macs,
    ),
    st.builds(
        nbns.NameRecord,
        u16,
        st.sampled_from((5, 6, 8)),
        st.booleans(),
        st.just(0),
        netbios_names,
        u8,
        st.just(False),
        st.lists(ipv4s, min_size=1, max_size=3).map(tuple),
        u32,
    ),
)
