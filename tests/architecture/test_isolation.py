"""Tests cannot reach a real account: no network but loopback, no credentials, no personal files."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import botocore.session
import pytest
from pytest_socket import SocketConnectBlockedError

OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): nobody is there in any case


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_no_test_reaches_another_machine() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection((OUTSIDE, 443), timeout=1)


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_no_asynchronous_test_reaches_another_machine() -> None:
    with pytest.raises(SocketConnectBlockedError):
        await asyncio.open_connection(OUTSIDE, 443)


async def test_a_server_on_loopback_can_be_reached() -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""
        writer.close()


def test_no_credentials_are_found() -> None:
    assert botocore.session.Session().get_credentials() is None


def test_a_test_has_a_home_of_its_own(own_home: Path) -> None:
    assert Path.home() == own_home
    assert list(own_home.iterdir()) == []
