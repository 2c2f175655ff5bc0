"""The C library's settings are taken where there are such, and missed without harm elsewhere."""

import platform

import pytest

from agent import heap


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_this_c_library_takes_the_settings() -> None:
    assert heap.be_thrifty()


def test_memory_is_given_back() -> None:
    heap.give_back()


def test_another_c_library_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.heap.ctypes.CDLL", lambda _name: object())
    assert not heap.be_thrifty()
    heap.give_back()
