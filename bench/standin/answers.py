"""What the stand-in answers, call by call; anything it does not know is refused as AWS refuses."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from bench.standin.world import OWN, World

Answer = tuple[int, bytes, str]
JSON, XML = "application/x-amz-json-1.0", "text/xml"
# (bucket, refill a second), aws-facts §4.1; written here again so that bench/ knows hubmend's not.
QUOTAS = {"ListStateMachines": (100, 5), "DescribeStateMachine": (200, 20),
          "ListTagsForResource": (100, 1), "GetResources": (15, 15)}  # fmt: skip


@dataclass
class Bucket:
    """AWS's token bucket."""

    size: float
    rate: float
    tokens: float = 0.0
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin full."""
        self.tokens = self.size

    def take(self) -> bool:
        """Take a token if there is one."""
        now = time.monotonic()
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Answers:
    """One stand-in's state: its world, its quotas, and what was asked of it.

    `rival` is the part of every quota's refill that a second client, always calling, takes away.
    """

    def __init__(self, world: World, *, quotas: bool, rival: float = 0.0) -> None:
        self.world, self._quotas, self._rival = world, quotas, rival
        self.calls: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def counters(self) -> bytes:
        """Return what was asked so far, as JSON."""
        return json.dumps({"calls": self.calls, "throttled": self.throttled}).encode()

    def silent(self, authorization: str) -> bool:
        """Whether the target a request is signed for never answers."""
        account, region, service = signed_for(authorization)
        return service == "states" and self.world.is_silent(account, region)

    def answer(self, operation: str, authorization: str, body: bytes) -> Answer:
        """Return status, body and content type for one call."""
        account, region, _ = signed_for(authorization)
        self.calls[operation] += 1
        if self._quotas and not self._allowed(operation, account, region):
            self.throttled[operation] += 1
            return 400, _error("ThrottlingException", "Rate exceeded"), JSON
        known = _OPERATIONS.get(operation)
        if known is None:
            said = f"User is not authorized to perform: {operation}"
            return 400, _error("AccessDeniedException", said), JSON
        return known(self.world, account, region, body)

    def _allowed(self, operation: str, account: str, region: str) -> bool:
        size = QUOTAS.get(operation)
        if size is None:
            return True
        key = (account, region, operation)
        if key not in self._buckets:
            self._buckets[key] = Bucket(size[0], size[1] * (1 - self._rival))
        return self._buckets[key].take()


def signed_for(authorization: str) -> tuple[str, str, str]:
    """Return account, region and service of a signature; the access key carries the account."""
    try:
        scope = authorization.split("Credential=", 1)[1].split(",", 1)[0].split("/")
        key, region, service = scope[0], scope[2], scope[3]
    except IndexError:
        return OWN, "us-east-1", ""
    account = key[4:16]
    return (account if account.isdigit() else OWN), region, service


def _error(code: str, message: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


def _list(world: World, account: str, region: str, body: bytes) -> Answer:
    token = json.loads(body or b"{}").get("nextToken")
    return 200, world.page(account, region, int(token or 0)), JSON


def _describe(world: World, account: str, region: str, body: bytes) -> Answer:
    found = world.description(json.loads(body)["stateMachineArn"])
    if found is None:
        return 400, _error("StateMachineDoesNotExist", f"none in {account} {region}"), JSON
    return 200, found, JSON


def _nothing(key: str) -> Callable[[World, str, str, bytes], Answer]:
    def answer(world: World, account: str, region: str, body: bytes) -> Answer:
        del world, account, region, body
        return 200, json.dumps({key: []}).encode(), JSON

    return answer


def _identity(world: World, account: str, region: str, body: bytes) -> Answer:
    del world, region, body
    arn = f"arn:aws:iam::{account}:user/bench"
    return 200, _xml("GetCallerIdentity", f"<Arn>{arn}</Arn><UserId>A</UserId>"
                     f"<Account>{account}</Account>"), XML  # fmt: skip


def _assume(world: World, account: str, region: str, body: bytes) -> Answer:
    del account, region
    role = parse_qs(body.decode())["RoleArn"][0]
    wanted = unquote(role).split(":")[4]
    if not world.lets_in(wanted):
        said = f"<Error><Code>AccessDenied</Code><Message>not authorized: {role}</Message></Error>"
        return 403, f"<ErrorResponse>{said}</ErrorResponse>".encode(), XML
    keys = (
        f"<Credentials><AccessKeyId>ASIA{wanted}</AccessKeyId><SecretAccessKey>s"
        "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z"
        f"</Expiration></Credentials><AssumedRoleUser><Arn>{role}</Arn>"
        "<AssumedRoleId>A:b</AssumedRoleId></AssumedRoleUser>"
    )
    return 200, _xml("AssumeRole", keys), XML


def _regions(world: World, account: str, region: str, body: bytes) -> Answer:
    del account, region, body
    items = "".join(
        f"<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus>"
        f"<regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint></item>"
        for name in world.regions
    )
    text = f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    return 200, text.encode(), XML


def _accounts(world: World, account: str, region: str, body: bytes) -> Answer:
    del account, region, body
    accounts = [
        {"Id": one, "Name": f"account-{one}",
         "Status": "SUSPENDED" if world.is_suspended(one) else "ACTIVE"}
        for one in world.ids
    ]  # fmt: skip
    return 200, json.dumps({"Accounts": accounts}).encode(), JSON


def _xml(operation: str, inner: str) -> bytes:
    return (
        f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    ).encode()


_OPERATIONS = {
    "ListStateMachines": _list,
    "DescribeStateMachine": _describe,
    "ListTagsForResource": _nothing("tags"),
    "GetResources": _nothing("ResourceTagMappingList"),
    "GetCallerIdentity": _identity,
    "AssumeRole": _assume,
    "DescribeRegions": _regions,
    "ListAccounts": _accounts,
}
