"""An account that lets nobody in is one row, and only such an account."""

from __future__ import annotations

from hubmend.core.arn import Target
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.resource import Unread
from hubmend.core.unread import TAKING, collapsed

REGIONS = ("eu-west-1", "us-east-1", "us-west-2")
CLOSED, OPEN, HALF = "1" * 12, "2" * 12, "3" * 12
TARGETS = [Target(account, region) for account in (CLOSED, OPEN, HALF) for region in REGIONS]
REFUSED = str(AwsError(ErrorKind.DENIED, "AccessDenied", "no", TAKING, "see that the role exists"))
SILENT = str(AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer", "stepfunctions:X"))


def test_an_account_that_refuses_its_role_everywhere_is_one_row() -> None:
    unread = [Unread(CLOSED, region, REFUSED) for region in REGIONS]
    assert collapsed(unread, TARGETS) == (Unread(CLOSED, "", REFUSED),)


def test_the_others_keep_their_rows_and_the_order_stays() -> None:
    unread = [
        *(Unread(CLOSED, region, REFUSED) for region in REGIONS),
        *(Unread(OPEN, region, SILENT) for region in REGIONS),
        Unread(HALF, "us-west-2", REFUSED),
    ]
    assert collapsed(unread, TARGETS) == (Unread(CLOSED, "", REFUSED), *unread[3:])


def test_a_scan_that_was_stopped_half_way_through_an_account_says_so_region_by_region() -> None:
    unread = [
        Unread(CLOSED, "eu-west-1", REFUSED),
        Unread(CLOSED, "us-east-1", REFUSED),
        Unread(CLOSED, "us-west-2", "not read: the scan was stopped"),
    ]
    assert collapsed(unread, TARGETS) == tuple(unread)


def test_nothing_unread_stays_nothing() -> None:
    assert collapsed((), TARGETS) == ()
