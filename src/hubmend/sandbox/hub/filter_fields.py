"""Where each filter attribute of GetFindings lives in an ASFF document.

The attribute names and their kinds come from botocore's model, so an attribute AWS adds is known
here as soon as botocore knows it; only the paths that differ from the naming rule are listed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import botocore.session

from hubmend.sandbox.hub.lifecycle import Asff

if TYPE_CHECKING:
    from botocore.model import StructureShape

# The paths that control findings can have; a list on the way is walked through.
_PATHS = {
    "Type": "Types",
    "SeverityLabel": "Severity.Label",
    "SeverityNormalized": "Severity.Normalized",
    "SeverityProduct": "Severity.Product",
    "RecommendationText": "Remediation.Recommendation.Text",
    "ResourceType": "Resources.Type",
    "ResourceId": "Resources.Id",
    "ResourcePartition": "Resources.Partition",
    "ResourceRegion": "Resources.Region",
    "ResourceTags": "Resources.Tags",
    "ResourceDetailsOther": "Resources.Details.Other",
    "ResourceApplicationName": "Resources.ApplicationName",
    "ResourceApplicationArn": "Resources.ApplicationArn",
    "ComplianceStatus": "Compliance.Status",
    "ComplianceSecurityControlId": "Compliance.SecurityControlId",
    "ComplianceAssociatedStandardsId": "Compliance.AssociatedStandards.StandardsId",
    "ComplianceSecurityControlParametersName": "Compliance.SecurityControlParameters.Name",
    "ComplianceSecurityControlParametersValue": "Compliance.SecurityControlParameters.Value",
    "WorkflowStatus": "Workflow.Status",
    "NoteText": "Note.Text",
    "NoteUpdatedAt": "Note.UpdatedAt",
    "NoteUpdatedBy": "Note.UpdatedBy",
    "RelatedFindingsProductArn": "RelatedFindings.ProductArn",
    "RelatedFindingsId": "RelatedFindings.Id",
    "FindingProviderFieldsConfidence": "FindingProviderFields.Confidence",
    "FindingProviderFieldsCriticality": "FindingProviderFields.Criticality",
    "FindingProviderFieldsRelatedFindingsId": "FindingProviderFields.RelatedFindings.Id",
    "FindingProviderFieldsRelatedFindingsProductArn": (
        "FindingProviderFields.RelatedFindings.ProductArn"
    ),
    "FindingProviderFieldsSeverityLabel": "FindingProviderFields.Severity.Label",
    "FindingProviderFieldsSeverityOriginal": "FindingProviderFields.Severity.Original",
    "FindingProviderFieldsTypes": "FindingProviderFields.Types",
}


@functools.cache
def kinds() -> Mapping[str, str]:
    """Attribute name to filter shape name (StringFilterList, ...), read at first use."""
    model = botocore.session.get_session().get_service_model("securityhub")
    members = cast("StructureShape", model.shape_for("AwsSecurityFindingFilters")).members
    return {name: shape.name for name, shape in members.items()}


def values(name: str, finding: Asff) -> list[Any]:
    """Every value the finding has for a filter attribute; none where it lacks the field."""
    found: list[Any] = [finding]
    for step in _PATHS.get(name, name).split("."):
        found = [part[step] for part in found if isinstance(part, Mapping) and step in part]
        found = [one for part in found for one in (part if isinstance(part, list) else [part])]
    return found
