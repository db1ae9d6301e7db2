"""iam-policy: composed here, apart from `wiring`, since it needs neither AWS nor a store."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hubmend.controls import StepFunctions1
from hubmend.core.permission import Document, partition_of
from hubmend.flow import iam_policy as iam_policy_flow
from hubmend.flow.iam_policy import IamPolicy
from hubmend.policy import Options, read_settings


def iam_policy(
    options: Options,
    kind: Document,
    *,
    partition: str | None = None,
    log_groups: Sequence[str] = (),
) -> IamPolicy:
    """Return the least privilege of one kind; asks nothing of AWS and opens no store.

    The partition is that of the first region given or configured where it is not said.
    """
    settings = read_settings(options)
    listed = [one for one in settings.scope.regions if one != "all"]
    region = next(iter(listed), os.environ.get("AWS_REGION", ""))
    return iam_policy_flow.iam_policy(
        StepFunctions1(), settings, kind, partition or partition_of(region), log_groups
    )
