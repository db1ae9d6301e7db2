"""The fixtures of the journey: an empty AWS per test file, a terminal per test."""

from tests.journey.conftest import aws, terminal

__all__ = ["aws", "terminal"]
