"""ASFF findings and Config rows as tests need them (F§2.1, F§6), any part replaced."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from hubmend.core.resource import Finding

CONTROL, KIND = "StepFunctions.1", "AwsStepFunctionStateMachine"
ACCOUNT, REGION = "111122223333", "eu-west-1"
SEEN = "2026-11-23T12:00:00.000Z"


def machine_arn(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


def details(level: str = "OFF", **more: Any) -> dict[str, Any]:
    """A machine's configuration in PascalCase."""
    logging: dict[str, Any] = {"Level": level, "IncludeExecutionData": False}
    if level != "OFF":
        group = {"LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g:*"}
        logging["Destinations"] = [{"CloudWatchLogsLogGroup": group}]
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    return {"Type": "STANDARD", "RoleArn": role, "LoggingConfiguration": logging, **more}


def asff(name: str = "m", status: str = "FAILED", **more: Any) -> dict[str, Any]:
    """A consolidated finding about one machine."""
    account, region = more.pop("account", ACCOUNT), more.pop("region", REGION)
    told = more.pop("details", details())
    standards = more.pop("standards", ("aws-foundational-security-best-practices/v/1.0.0",))
    return {
        "Id": f"arn:aws:securityhub:{region}:{account}:security-control/{CONTROL}/finding/{name}",
        "ProductArn": f"arn:aws:securityhub:{region}::product/aws/securityhub",
        "GeneratorId": f"security-control/{CONTROL}",
        "AwsAccountId": account,
        "Region": region,
        "LastObservedAt": SEEN,
        "UpdatedAt": SEEN,
        "Resources": [
            {"Type": KIND, "Id": machine_arn(name, account, region), "Details": {KIND: told}}
        ],
        "Compliance": {
            "Status": status,
            "SecurityControlId": CONTROL,
            "AssociatedStandards": [{"StandardsId": f"standards/{one}"} for one in standards],
        },
        "Workflow": {"Status": "RESOLVED" if status == "PASSED" else "NEW"},
        "RecordState": "ACTIVE",
        **more,
    }


def config_row(name: str = "m", **more: Any) -> str:
    """One row of the advanced query: a JSON text."""
    row = {
        "arn": machine_arn(name, more.pop("account", ACCOUNT), more.pop("region", REGION)),
        "configuration": more.pop("configuration", details(StateMachineType="EXPRESS")),
        "tags": [{"key": "env", "value": "dev", "tag": "env=dev"}],
        "configurationItemCaptureTime": SEEN,
        **more,
    }
    return json.dumps(row)


def finding(status: str, workflow: str = "NEW", at: str = "1") -> Finding:
    return Finding(f"{status}-{workflow}-{at}", workflow, status, updated_at=at)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.sampled_from(["FAILED", "ACTIVE", CONTROL, KIND, machine_arn("m"), ACCOUNT]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A finding in which any values, at any depth, are missing or something else altogether."""

    def hurt(value: Any) -> Any:
        fate = draw(st.integers(0, 11))
        if fate == 0:
            return draw(JUNK)
        if isinstance(value, dict):
            return {key: hurt(inner) for key, inner in value.items() if draw(st.integers(0, 9))}
        return [hurt(one) for one in value] if isinstance(value, list) else value

    return hurt(asff(draw(st.sampled_from(["m", "n"]))))
