"""The IPv6-only twin: a second station on a link, without IPv4, that tries what must work.

Opt-in. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN, so it is run by hand and never by the agent. All of
it lives in one thread's network namespace: when the process ends, however it ends, the kernel
removes the namespace and the station with it.
"""
