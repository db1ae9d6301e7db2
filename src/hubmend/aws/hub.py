"""What Security Hub says of the control: parameter, findings, and the score by AWS's formula.

No API returns a security score; it is computed from the findings of the enabled standards
(F§1.6, F§1.7). ASFF is parsed defensively: every part of a finding may be missing (F§2.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubmend.core import asff
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.once import Once
from hubmend.core.ports import Gateway
from hubmend.core.resource import Finding, Score
from hubmend.core.score import DISABLED, score_of, with_status
from hubmend.flow.denied import NOT_SUBSCRIBED

# A score takes a page per 100 findings at 3 pages a second (F§4.2): beyond this it is not asked.
MOST_SCORE_PAGES = 30
_WORTH_SAYING = {ErrorKind.CREDENTIALS, ErrorKind.UNREACHABLE, ErrorKind.THROTTLED,
                 ErrorKind.UNCERTAIN, ErrorKind.REGION_OFF}  # fmt: skip


class SecurityHub:
    """Implements core.ports.Hub."""

    def __init__(self, gateway: Gateway, control: str, kind: str) -> None:
        self._gateway, self._control, self._kind = gateway, control, kind
        self._offered = Once(self._available)

    async def parameters(self, target: Target) -> str | None:
        """Return the control's customised logLevel, None where it has none (F§1.2).

        Raise AwsError where AWS refuses to tell: then nobody knows which level passes.
        """
        call = Call(
            "securityhub", "BatchGetSecurityControls", {"SecurityControlIds": [self._control]}
        )
        try:
            answer = await self._gateway.read(target, call)
        except AwsError as error:
            if error.kind is ErrorKind.DENIED and error.code != NOT_SUBSCRIBED:
                raise
            _pass_over(error)
            return None
        controls: list[dict[str, Any]] = list(answer.get("SecurityControls") or ({},))
        parameter = (controls[0].get("Parameters") or {}).get("logLevel") or {}
        value = (parameter.get("Value") or {}).get("Enum")
        return str(value) if value and parameter.get("ValueType") == "CUSTOM" else None

    async def findings(self, target: Target) -> Mapping[str, Finding] | None:
        """Return the finding that speaks for each resource (core.asff.spokesman)."""
        filters = _filters(target, ComplianceSecurityControlId=[self._control])
        found: dict[str, list[Finding]] = {}
        try:
            async for page in self._gateway.pages(target, _get(filters)):
                for one in page.get("Findings", ()):
                    for claim in asff.parse(one, self._control, self._kind).claims:
                        found.setdefault(claim.arn, []).append(asff.finding_of(one))
        except AwsError as error:
            _pass_over(error)
            return None
        return {arn: asff.spokesman(findings) for arn, findings in found.items()}

    async def scores(self, target: Target) -> tuple[Score, ...] | None:
        """Return the score per enabled standard; None where there are too many findings to ask."""
        try:
            enabled = await self._gateway.read(
                target, Call("securityhub", "GetEnabledStandards", {})
            )
            standards = [
                _short(one["StandardsArn"]) for one in enabled.get("StandardsSubscriptions", ())
            ]
            statuses = await self._statuses(target, standards) if standards else {}
            off = await self._disabled(target) if statuses else frozenset()
        except AwsError as error:
            _pass_over(error)
            return None
        if statuses is None:
            return None
        scores = [
            score_of(target, standard, statuses.get(standard, {}), self._control)
            for standard in standards
        ]
        return tuple(with_status(one, DISABLED) if one.standard in off else one for one in scores)

    async def offered(self, region: str) -> bool:
        """Whether AWS offers the control in a region (F§1.3): asked once, in the caller's account.

        True where there is no answer: it is no reason to say anything.
        """
        return await self._offered.of(region)

    async def _available(self, region: str) -> bool:
        asked = {"SecurityControlId": self._control}
        call = Call("securityhub", "GetSecurityControlDefinition", asked)
        try:
            own = await self._gateway.identity()
            answer = await self._gateway.read(Target(own.account, region), call)
        except AwsError:
            return True
        definition = answer.get("SecurityControlDefinition") or {}
        return bool(definition.get("CurrentRegionAvailability") != "UNAVAILABLE")

    async def _disabled(self, target: Target) -> frozenset[str]:
        """Return the standards in which the control is disabled: findings stay a while (F§1.6)."""
        call = Call(
            "securityhub", "ListStandardsControlAssociations", {"SecurityControlId": self._control}
        )
        found = set()
        try:
            async for page in self._gateway.pages(target, call):
                for one in page.get("StandardsControlAssociationSummaries", ()):
                    if one.get("AssociationStatus") == "DISABLED":
                        found.add(_short(one["StandardsArn"]))
        except AwsError as error:
            _pass_over(error)
        return frozenset(found)

    async def _statuses(
        self, target: Target, standards: Sequence[str]
    ) -> dict[str, dict[str, set[str]]] | None:
        """Return the compliance values seen per standard and control, suppressed ones ignored."""
        filters = _filters(target, ComplianceAssociatedStandardsId=standards)
        seen: dict[str, dict[str, set[str]]] = {one: {} for one in standards}
        count = 0
        async for page in self._gateway.pages(target, _get(filters)):
            count += 1
            if count > MOST_SCORE_PAGES:
                return None
            for one in page.get("Findings", ()):
                _tally(one, seen)
        return seen


def _get(filters: Mapping[str, Any]) -> Call:
    return Call("securityhub", "GetFindings", {"Filters": filters, "MaxResults": 100})


def _filters(target: Target, **conditions: Sequence[str]) -> dict[str, Any]:
    wanted: dict[str, Sequence[str]] = {
        "AwsAccountId": [target.account],
        "Region": [target.region],
        "RecordState": ["ACTIVE"],
        **conditions,
    }
    return {
        key: [{"Value": value, "Comparison": "EQUALS"} for value in values]
        for key, values in wanted.items()
    }


def _tally(one: Mapping[str, Any], seen: dict[str, dict[str, set[str]]]) -> None:
    finding = asff.finding_of(one)
    for standard in asff.standards_of(one):
        statuses = seen.get(standard)
        if statuses is not None and (control := asff.control_of(one)):
            values = statuses.setdefault(control, set())
            if not finding.suppressed:
                values.add(finding.compliance_status)


def _short(standards_arn: str) -> str:
    """Return a standard's id as findings carry it: standards/NAME/v/VERSION."""
    return standards_arn.rsplit(":", maxsplit=1)[-1].lstrip("/")


def _pass_over(error: AwsError) -> None:
    """Pass over a refusal; anything that may be different in a minute is raised."""
    if error.kind in _WORTH_SAYING:
        raise error
