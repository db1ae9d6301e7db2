"""The ASFF shapes, and that they are what botocore's model knows."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

from tests.sandbox.hub.bench import ACCOUNT, REGION, Bench


def _unknown(shape: Shape, value: object, path: str = "") -> list[str]:
    """Paths in a document that the service model does not have."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        missing = [f"{path}.{key}" for key in value if key not in shape.members]
        for key in value.keys() & shape.members.keys():
            missing += _unknown(shape.members[key], value[key], f"{path}.{key}")
        return missing
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [miss for one in value for miss in _unknown(shape.member, one, f"{path}[]")]
    return []


@pytest.mark.parametrize("consolidated", [True, False])
def test_every_field_is_in_the_service_model(bench: Bench, consolidated: bool) -> None:
    bench.machines.put("flow", tags={"env": "dev"}, tracing={"enabled": True})
    bench.machines.put("logged", "ERROR")
    bench.hub.enable(ACCOUNT, REGION, consolidated=consolidated)
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.shape_for("AwsSecurityFinding")
    answer = bench.ask("GetFindings", MaxResults=100)
    assert [miss for one in answer["Findings"] for miss in _unknown(shape, one)] == []


def test_a_consolidated_finding_names_both_standards_once(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    finding = bench.finding(arn)
    assert finding["GeneratorId"] == "security-control/StepFunctions.1"
    assert [each["StandardsId"] for each in finding["Compliance"]["AssociatedStandards"]] == [
        "standards/aws-foundational-security-best-practices/v/1.0.0",
        "standards/pci-dss/v/4.0.1",
    ]
    assert finding["Compliance"]["RelatedRequirements"] == ["PCI DSS v4.0.1/10.4.2"]
    assert "Product" not in finding["Severity"]
    assert "SecurityControlParameters" not in finding["Compliance"]


def test_unconsolidated_there_is_one_finding_per_standard(bench: Bench) -> None:
    bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION, consolidated=False)
    findings = bench.findings()
    assert len(findings) == 2
    fields = findings[0]["ProductFields"]
    assert fields["ControlId"] == "StepFunctions.1"
    assert findings[0]["Title"].startswith("StepFunctions.1 ")
    assert findings[0]["Severity"]["Product"] == 40
    assert f":{ACCOUNT}:subscription/" in findings[0]["Id"]


def test_details_and_tags_are_missing_at_times_and_always_for_the_same_machine(
    bench: Bench,
) -> None:
    for number in range(40):
        bench.machines.put(f"flow-{number}", tags={"env": "dev"})
    bench.hub.enable(ACCOUNT, REGION)
    first, again = bench.findings(), bench.findings()
    with_details = [one for one in first if "Details" in one["Resources"][0]]
    with_tags = [one for one in first if "Tags" in one["Resources"][0]]
    assert 0 < len(with_details) < 40
    assert 0 < len(with_tags) < 40
    assert first == again


def test_the_rule_name_differs_per_region(bench: Bench) -> None:
    names = set()
    for region in (REGION, "eu-west-1"):
        bench.machines.put("flow", region=region)
        bench.hub.enable(ACCOUNT, region)
        (finding,) = bench.findings(region=region)
        names.add(finding["ProductFields"]["RelatedAWSResources:0/name"])
    assert len(names) == 2
