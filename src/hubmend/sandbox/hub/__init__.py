"""A simulation of AWS Security Hub whose findings follow the sandbox's state machines.

No emulator has it (emulators.md), so it is built from the facts sheet: every module names the
section it follows, and what AWS does not document is marked UNCONFIRMED where it is decided.
"""

from hubmend.sandbox.hub.machines import Machine, MachineSource
from hubmend.sandbox.hub.settings import Clock, Settings
from hubmend.sandbox.hub.simulation import HubSimulation

__all__ = ["Clock", "HubSimulation", "Machine", "MachineSource", "Settings"]
