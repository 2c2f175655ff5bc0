"""Strict packet codecs without sockets.

Every `parse` takes bytes and returns a frozen struct or raises `errors.DecodeError`, nothing else.
Addresses stay `bytes` (4 or 16 octets, MACs 6); `address` turns them into text at the boundary and
`text.clean_text` does the same for names. In `arp`, `icmpv4`, `icmpv6`, `nd`, `mld`, `lldp`, `cdp`
and `stp` a `build_*` function returns a complete Ethernet frame; in `dhcpv4`, `dhcpv6`, `dns` and
`nbns` it returns a UDP payload, which `udp.build_ipv4_frame` and `udp.build_ipv6_frame` wrap.
Builders raise `ValueError` on arguments that have no valid encoding. `pcap`, `pcapng` and `capture`
read files as streams: `read` yields packets and raises `DecodeError` where it cannot go on.
"""
