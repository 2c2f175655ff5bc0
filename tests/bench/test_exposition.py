"""The two sides of the exposition bench tell the same."""

from prometheus_client import generate_latest

from bench.exposition import FAMILIES, device_families, sides


def test_the_peer_tells_what_the_exposition_tells() -> None:
    families = device_families()
    assert len(families) == FAMILIES
    snapshot, peer = sides(3, families)
    assert len(snapshot.devices) == 3
    assert b'lanwarden_device_up{device="d-0000000002"} 1.0' in generate_latest(peer)
