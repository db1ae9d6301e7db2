"""The controls hubmend knows: one folder each, independent of each other."""

from __future__ import annotations

from hubmend.controls.stepfunctions_1 import StepFunctions1

__all__ = ["StepFunctions1"]
