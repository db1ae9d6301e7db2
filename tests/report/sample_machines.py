"""Twenty sample machines over three accounts, and the scan that saw them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.resource import (
    Finding,
    Kind,
    Manager,
    Recommendation,
    Resource,
    Scan,
    Score,
    Verdict,
)

CONTROL = "StepFunctions.1"
SCANNED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STARTED = SCANNED + timedelta(hours=5, minutes=4)
RUN = "01JDCM3Q8V7Y2N4K"
NAMES = {"111122223333": "payments-prod", "222233334444": "data-dev", "333344445555": "shared"}
PAY, DATA, SHARED = NAMES
FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
TOKYO, VIRGINIA = "ap-northeast-1", "us-east-1"
OFF: dict[str, Any] = {"level": "OFF", "includeExecutionData": False}


def arn(name: str, account: str = PAY, region: str = TOKYO) -> str:
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


def row(name: str, account: str = PAY, region: str = TOKYO, **changes: Any) -> Resource:
    """A failing STANDARD machine, changed as told."""
    machine = arn(name, account, region)
    usual = Resource(
        arn=machine,
        account=account,
        region=region,
        name=name,
        type="STANDARD",
        level="OFF",
        include_execution_data=False,
        log_group_arn=None,
        verdict=Verdict.FAILED,
        reason="logging is OFF",
        role_arn=f"arn:aws:iam::{account}:role/{name}-role",
        revision_id="0f6c1b7e-5f1d-4d6a-9d6e-2f1c9a7b3e10",
        tags={"env": "prod"},
        manager=Manager(),
        finding=Finding(f"{machine}/finding", "NEW", "FAILED"),
        recommendation=Recommendation(Kind.ENABLE, "ERROR", "audit asks for errors"),
    )
    return replace(usual, **changes)


def passing(name: str, account: str = PAY, region: str = TOKYO, level: str = "ALL") -> Resource:
    group = f"arn:aws:logs:{region}:{account}:log-group:/aws/vendedlogs/states/{name}-Logs:*"
    return row(
        name,
        account,
        region,
        level=level,
        log_group_arn=group,
        verdict=Verdict.PASSED,
        reason=f"logging is on at {level}",
        recommendation=Recommendation(Kind.NONE, None, "passes"),
        finding=Finding(f"{name}/finding", "RESOLVED", "PASSED"),
    )


def express(name: str, account: str = PAY, region: str = TOKYO, **changes: Any) -> Resource:
    why = "no history without logs"
    advice = Recommendation(Kind.ENABLE, "ALL", why)
    return row(name, account, region, **{"type": "EXPRESS", "recommendation": advice, **changes})


def rows() -> tuple[Resource, ...]:
    """Twenty machines: eleven fail, one of them suppressed already, one cannot be read."""
    dev = {"tags": {"env": "dev"}}
    advice = Recommendation(Kind.SUPPRESS, None, "env=dev: logging is not mandatory there")
    preview = row("report-preview", DATA, VIRGINIA, recommendation=advice, **dev)
    suppressed = Finding("f-1", "SUPPRESSED", "FAILED")
    unknown = row(
        "ledger-close", SHARED, VIRGINIA, verdict=Verdict.UNKNOWN, level=None, finding=None,
        reason="AccessDenied: kms:Decrypt on key/1f0c33d2",
        recommendation=Recommendation(Kind.NONE, None, "cannot tell before it can be read"),
    )  # fmt: skip
    failing = (
        express("card-authorize", manager=Manager("CloudFormation", "stack pay-7")),
        express("card-capture", manager=Manager("CloudFormation", "stack pay-7")),
        express("fraud-score", region=VIRGINIA),
        row("settle-nightly"),
        row("refund-approval", manager=Manager("Terraform (likely)", "tag terraform=true")),
        row("chargeback-review", region=VIRGINIA),
        row("etl-orders", DATA, TOKYO, **dev),
        row("etl-customers", DATA, TOKYO, **dev),
        preview,
        row("sandbox-echo", DATA, VIRGINIA, finding=suppressed, **dev),
        row("tenant-onboarding", SHARED, TOKYO),
    )
    good = [passing(f"invoice-{month}", PAY, VIRGINIA) for month in ("jan", "feb", "mar")]
    good += [passing(f"audit-export-{n}", SHARED, TOKYO, "ERROR") for n in (1, 2, 3)]
    good += [passing("kyc-check", PAY, TOKYO), passing("vacuum", DATA, VIRGINIA, "FATAL")]
    return (*failing, *good, unknown)


def scan() -> Scan:
    targets = tuple(Target(a, r) for a in NAMES for r in (TOKYO, VIRGINIA))
    scores = (
        Score(PAY, TOKYO, FSBP, 88, "Failed"),
        Score(DATA, TOKYO, FSBP, 91, "Failed"),
        Score(SHARED, TOKYO, FSBP, 95, "Failed"),
    )
    return Scan(
        "scan-1",
        SCANNED,
        CONTROL,
        "Security Hub + Step Functions",
        targets,
        rows(),
        (),
        scores,
        NAMES,
    )
