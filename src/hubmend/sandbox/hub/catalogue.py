"""The security controls and standards that the simulation knows.

StepFunctions.1 is followed live; every other control has a static verdict, there so that a
security score exists and moves by a realistic step when StepFunctions.1 turns (F§1.7).
"""

from __future__ import annotations

from dataclasses import dataclass

from hubmend.sandbox.hub.catalogue_rows import ROWS
from hubmend.sandbox.hub.settings import partition

STATE_MACHINE_LOGGING = "StepFunctions.1"
LOG_LEVEL = "logLevel"

# Regions whose Config lacks the rule (F§1.3); the list shrinks over time, so clients must ask.
_WITHOUT_RULE = frozenset(
    {
        "ap-southeast-4",
        "ap-southeast-6",
        "ca-west-1",
        "il-central-1",
        "mx-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
    }
)


@dataclass(frozen=True)
class Standard:
    """A security standard; `path` is how its ARNs name it (F§1.4)."""

    key: str
    path: str
    name: str
    description: str
    by_default: bool

    @property
    def id(self) -> str:
        """As in `Compliance.AssociatedStandards`."""
        return f"standards/{self.path}"

    def arn(self, region: str) -> str:
        """The StandardsArn in a Region."""
        return f"arn:{partition(region)}:securityhub:{region}::{self.id}"

    def subscription_arn(self, account: str, region: str) -> str:
        """The StandardsSubscriptionArn of an account."""
        return f"arn:{partition(region)}:securityhub:{region}:{account}:subscription/{self.path}"

    def control_arn(self, account: str, region: str, control: str) -> str:
        """The StandardsControlArn of an account."""
        return (
            f"arn:{partition(region)}:securityhub:{region}:{account}:control/{self.path}/{control}"
        )


@dataclass(frozen=True)
class Control:
    """A security control: identity, where it belongs, and its static verdicts.

    `verdicts` has one compliance status per sample resource; empty for the live control.
    `pci` is the PCI DSS v4.0.1 requirement, None where the control is not in that standard.
    """

    id: str
    title: str
    severity: str
    resource_type: str
    config_rule: str
    in_fsbp: bool
    pci: str | None
    verdicts: tuple[str, ...] = ()
    description: str = ""

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The standards that contain the control."""
        return ((FSBP,) if self.in_fsbp else ()) + ((PCI,) if self.pci else ())

    @property
    def requirements(self) -> list[str]:
        """Related requirements as Security Hub writes them."""
        return [f"PCI DSS v4.0.1/{self.pci}"] if self.pci else []

    @property
    def remediation_url(self) -> str:
        """The documentation link that findings carry."""
        return f"https://docs.aws.amazon.com/console/securityhub/{self.id}/remediation"

    def arn(self, account: str, region: str) -> str:
        """The SecurityControlArn (F§1.4)."""
        return f"arn:{partition(region)}:securityhub:{region}:{account}:security-control/{self.id}"

    def available_in(self, region: str) -> bool:
        """Whether the control exists in the Region (F§1.3)."""
        return self.id != STATE_MACHINE_LOGGING or region not in _WITHOUT_RULE


FSBP = Standard(
    "fsbp",
    "aws-foundational-security-best-practices/v/1.0.0",
    "AWS Foundational Security Best Practices v1.0.0",
    "The AWS Foundational Security Best Practices standard is a set of automated security checks "
    "that detect when AWS accounts and deployed resources do not align with security best "
    "practices.",
    by_default=True,
)
PCI = Standard(
    "pci",
    "pci-dss/v/4.0.1",
    "PCI DSS v4.0.1",
    "The Payment Card Industry Data Security Standard (PCI DSS) v4.0.1 is an information security "
    "standard for entities that store, process, and/or transmit cardholder data.",
    by_default=False,
)
STANDARDS = (FSBP, PCI)

_LIVE = Control(
    STATE_MACHINE_LOGGING,
    "Step Functions state machines should have logging turned on",
    "MEDIUM",
    "AwsStepFunctionStateMachine",
    "step-functions-state-machine-logging-enabled",
    in_fsbp=True,
    pci="10.4.2",
    description="This control checks whether an AWS Step Functions state machine has logging "
    "turned on. The control fails if a state machine doesn't have logging turned on. If you "
    "provide a custom value for the logLevel parameter, the control passes only if the state "
    "machine has the specified logging level turned on.",
)


def _static(row: str) -> Control:
    identity, severity, kind, rule, member, verdicts, title = (
        cell.strip() for cell in row.split("|")
    )
    fsbp, _, pci = member.partition("+")
    return Control(
        identity,
        title,
        severity,
        kind,
        rule,
        in_fsbp=fsbp == "F",
        pci=pci or None,
        verdicts=tuple(verdicts.split(",")),
        description=f"This control checks the following: {title}.",
    )


CONTROLS: dict[str, Control] = {
    control.id: control
    for control in sorted(
        [_LIVE, *(_static(row) for row in ROWS.strip().splitlines())], key=lambda each: each.id
    )
}
LIVE = CONTROLS[STATE_MACHINE_LOGGING]


def standard_of(arn_or_key: str) -> Standard | None:
    """The standard named by a key, a StandardsArn, a subscription or a control ARN."""
    for standard in STANDARDS:
        if arn_or_key == standard.key or standard.path in arn_or_key:
            return standard
    return None
