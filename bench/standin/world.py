"""The machines of the stand-in: made from their number when asked for, so that a million fit.

A machine's number decides everything about it, also whether it fails: that is the truth which the
answers of every contender are compared with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

OWN = "111122223333"
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1",
)  # fmt: skip
LISTED = 1000  # machines on a page of ListStateMachines


@dataclass(frozen=True)
class World:
    """`accounts` accounts (the first is that of the credentials) with `machines` in each region.

    `refusing` accounts do not let their role be assumed, `silent` (account, region) pairs never
    answer, and `suspended` accounts are closed; all by number, counted from the last account.
    """

    machines: int
    regions: tuple[str, ...] = ("us-east-1",)
    accounts: int = 1
    refusing: int = 0
    silent: int = 0
    suspended: int = 0

    def account(self, number: int) -> str:
        """Return the id of an account."""
        return OWN if number == 0 else f"{400000000000 + number:012d}"

    @property
    def ids(self) -> list[str]:
        """Return every account."""
        return [self.account(number) for number in range(self.accounts)]

    def lets_in(self, account: str) -> bool:
        """Whether the role of an account may be assumed."""
        last = self.ids[len(self.ids) - self.suspended - self.refusing :]
        return account not in last

    def is_suspended(self, account: str) -> bool:
        """Whether an account is closed."""
        return account in self.ids[len(self.ids) - self.suspended :]

    def is_silent(self, account: str, region: str) -> bool:
        """Whether a target never answers: the first region of the accounts after the first."""
        return region == self.regions[0] and account in self.ids[1 : 1 + self.silent]

    def arn(self, account: str, region: str, number: int) -> str:
        """Return a machine's ARN."""
        return f"arn:aws:states:{region}:{account}:stateMachine:machine-{number:06d}"

    def fails(self, number: int) -> bool:
        """Whether a machine's logging is off: 57 of 100."""
        return number * 37 % 100 < 57  # noqa: PLR2004

    def failing(self) -> set[str]:
        """Return the ARNs of every failing machine that can be read: the truth."""
        return {
            self.arn(account, region, number)
            for account in self.ids
            if self.lets_in(account)
            for region in self.regions
            if not self.is_silent(account, region)
            for number in range(self.machines)
            if self.fails(number)
        }

    def page(self, account: str, region: str, start: int) -> bytes:
        """Return a page of ListStateMachines; the token is the number to go on with."""
        end = min(start + LISTED, self.machines)
        machines = [
            {
                "stateMachineArn": self.arn(account, region, number),
                "name": f"machine-{number:06d}",
                "type": "STANDARD",
                "creationDate": 1.7e9,
            }
            for number in range(start, end)
        ]
        more = {"nextToken": str(end)} if end < self.machines else {}
        return json.dumps({"stateMachines": machines, **more}).encode()

    def description(self, arn: str) -> bytes | None:
        """Return what DescribeStateMachine answers, None for a machine there is none of."""
        number = int(arn[-6:]) if arn[-6:].isdigit() else self.machines
        if number >= self.machines:
            return None
        group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/states/x:*"
        logging: dict[str, object] = {"level": "OFF", "includeExecutionData": False}
        if not self.fails(number):
            logging["level"] = "ERROR"
            logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
        body = {
            "stateMachineArn": arn,
            "name": f"machine-{number:06d}",
            "status": "ACTIVE",
            "definition": '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
            "roleArn": f"arn:aws:iam::{arn.split(':')[4]}:role/machines",
            "type": "STANDARD",
            "creationDate": 1.7e9,
            "loggingConfiguration": logging,
            "tracingConfiguration": {"enabled": False},
            "revisionId": f"r{number}",
        }
        return json.dumps(body).encode()
