"""A DNS that knows what it is told, for collectors that ask."""

from collectors.observation import Transport
from collectors.talk.dns import Answer

NOTHING = Answer("answered", "NOERROR")
NO_NAME = Answer("answered", "NXDOMAIN")
SILENCE = Answer("timeout")


class Zone:
    """Answers from a table `NAME TYPE` → records; a server can be given an answer for all."""

    def __init__(self, records: dict[str, tuple[str, ...]], **servers: Answer) -> None:
        self.records = records
        self.servers = {name.replace("_", "."): answer for name, answer in servers.items()}
        self.asked: list[tuple[str, str, Transport, bool]] = []

    async def __call__(
        self, server: str, name: str, kind: str, transport: Transport, *, unaltered: bool = False
    ) -> Answer:
        self.asked.append((server, f"{name} {kind}", transport, unaltered))
        if server in self.servers:
            return self.servers[server]
        if f"{name} {kind}" in self.records:
            return Answer("answered", "NOERROR", self.records[f"{name} {kind}"])
        if alias := self.records.get(f"{name} CNAME"):
            return Answer("answered", "NOERROR", (), alias[0])
        known = any(question.partition(" ")[0] == name for question in self.records)
        return NOTHING if known else NO_NAME
