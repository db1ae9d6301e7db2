"""What every verb works with: the ports and the settings, handed in, never looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubmend.core.control import Control
from hubmend.core.ports import Clock, Gateway, Hub, Progress, Store
from hubmend.core.settings import Settings


@dataclass(frozen=True)
class Context:
    """The ports, the policy file's settings and the control the verbs work on."""

    control: Control[Any]
    gateway: Gateway
    store: Store
    hub: Hub
    clock: Clock
    progress: Progress
    settings: Settings
