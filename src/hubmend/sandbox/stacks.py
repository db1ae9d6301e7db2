"""CloudFormation's view of the machines that stacks own.

moto's CloudFormation drops LoggingConfiguration and cannot find a stack by a resource's physical
id, and it takes a second to import. The sample organization's stacks are therefore records kept
here; stacks made through the API are moto's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from hubmend.sandbox.wire import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubmend.sandbox.wire import Request

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
CREATED = "2026-10-01T00:00:00Z"
RESOURCE_TYPE = "AWS::StepFunctions::StateMachine"


@dataclass(frozen=True)
class Stack:
    """A stack that owns machines: logical id to physical id (ARN), and its template's text."""

    account: str
    region: str
    name: str
    template: str
    machines: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The stack id."""
        return (
            f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/"
            f"5d3e1c00-0000-4000-8000-{self.account}"
        )


class StacksSimulation:
    """Resources, template and description of the stacks registered here.

    Stacks not registered here are left to moto.
    """

    services = frozenset({"cloudformation"})

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = stacks

    def handle(self, request: Request) -> Response | None:
        """Answer for a registered stack; None for any other."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        stack = self._find(request, form)
        if stack is None:
            return None
        wanted = form.get("LogicalResourceId")
        members = "".join(
            _resource(stack, logical, physical)
            for logical, physical in stack.machines.items()
            if wanted in (None, logical)
        )
        if request.operation == "DescribeStackResources":
            return _xml(request.operation, f"<StackResources>{members}</StackResources>")
        if request.operation == "ListStackResources":
            listed = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
            return _xml(request.operation, listed)
        if request.operation == "GetTemplate":
            body = f"<TemplateBody>{escape(stack.template)}</TemplateBody>"
            return _xml(request.operation, body)
        if request.operation == "DescribeStacks":
            return _xml(request.operation, f"<Stacks>{_stack(stack)}</Stacks>")
        return None

    def _find(self, request: Request, form: dict[str, str]) -> Stack | None:
        physical, name = form.get("PhysicalResourceId"), form.get("StackName")
        for stack in self._stacks:
            here = (stack.account, stack.region) == (request.account, request.region)
            named = name in (stack.name, stack.arn)
            if here and (named or (physical and physical in stack.machines.values())):
                return stack
        return None


def _resource(stack: Stack, logical: str, physical: str) -> str:
    return (
        f"<member><StackId>{stack.arn}</StackId><StackName>{stack.name}</StackName>"
        f"<LogicalResourceId>{logical}</LogicalResourceId>"
        f"<PhysicalResourceId>{physical}</PhysicalResourceId>"
        f"<ResourceType>{RESOURCE_TYPE}</ResourceType>"
        f"<Timestamp>{CREATED}</Timestamp><LastUpdatedTimestamp>{CREATED}</LastUpdatedTimestamp>"
        "<ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
    )


def _stack(stack: Stack) -> str:
    return (
        f"<member><StackId>{stack.arn}</StackId><StackName>{stack.name}</StackName>"
        f"<CreationTime>{CREATED}</CreationTime>"
        "<StackStatus>CREATE_COMPLETE</StackStatus></member>"
    )


def _xml(operation: str, result: str) -> Response:
    text = (
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{result}'
        f"</{operation}Result></{operation}Response>"
    )
    return Response(200, text.encode(), {"Content-Type": "text/xml"})
