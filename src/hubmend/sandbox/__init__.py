"""The embedded AWS: moto on loopback with what no emulator simulates, and a sample organization.

A teaching and test environment. moto stores and runs; the simulations here add log delivery,
validation, permissions, quotas, Security Hub and Config as AWS documents them, each citing the
fact it follows (F§n of aws-facts.md). Importing this package is cheap: moto is imported by
`Sandbox.start`.
"""

from __future__ import annotations

from hubmend.sandbox.clock import SandboxClock
from hubmend.sandbox.sandbox import Sandbox, SandboxInUseError

__all__ = ["Sandbox", "SandboxClock", "SandboxInUseError"]
