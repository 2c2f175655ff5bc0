"""Carries out a merge or split that the officer orders, by the agent that runs or by ourselves."""

import time
from pathlib import Path

from agent.commands.options import locked
from agent.config.sections import Config
from agent.errors import Refusal
from agent.plan import inventory_settings
from inventory.inventory import Inventory
from inventory.orders import Action, Orders, Outcome, carry_out
from inventory.store import Store, StoreError
from inventory.vendor import vendor_of

WAIT_S = 10.0
LOOK_S = 0.25


def order(config: Config, path: Path, action: Action, device: str, other: str) -> Outcome | None:
    """Place an order and see it done; None: it waits for the agent. Raises Refusal.

    Without an agent it is done here, with all that waited before it. Raises MissingRefusal when
    the state directory cannot be written.
    """
    orders = Orders(path)
    try:
        with locked(path) as ours:
            if ours:
                Store.open(path, time.time).close()  # a store of an older version is migrated
                number = orders.place(action, device, other, time.time())
                _carry_out(config, path, orders)
                return orders.outcome(number)
        return _wait(orders, orders.place(action, device, other, time.time()))
    except StoreError as error:
        raise Refusal(str(error)) from None


def _carry_out(config: Config, path: Path, orders: Orders) -> None:
    store = Store.open(path, time.time)
    try:
        inventory = Inventory(inventory_settings(config), vendor_of, store.load())
        for each in orders.waiting():
            outcome = carry_out(each, inventory, time.time())
            store.commit(inventory.take_changes())
            orders.finish(each, outcome, time.time())
    finally:
        store.close()


def _wait(orders: Orders, number: int) -> Outcome | None:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if (outcome := orders.outcome(number)) is not None:
            return outcome
        time.sleep(LOOK_S)
    return None
