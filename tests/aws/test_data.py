"""The SDK's data is what botocore's own loader makes of it."""

from __future__ import annotations

from pathlib import Path

import botocore.loaders
import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError

from hubmend.aws.data import Loader

SERVICES = (
    "cloudformation", "cloudtrail", "cloudwatch", "config", "ec2", "iam", "kms", "lambda", "logs",
    "organizations", "resourcegroupstaggingapi", "securityhub", "stepfunctions", "sts",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_read_as_botocore_reads_it(service: str, kind: str) -> None:
    theirs = botocore.loaders.create_loader().load_service_model(service, kind)
    ours = Loader().load_service_model(service, kind)
    assert ours == theirs
    assert list(ours) == list(theirs)


def test_a_service_there_is_none_of_is_told_as_botocore_tells_it() -> None:
    with pytest.raises(UnknownServiceError, match="nosuchservice"):
        Loader().load_service_model("nosuchservice", "service-2")


def test_a_kind_of_data_a_service_has_none_of_is_missing() -> None:
    with pytest.raises(DataNotFoundError):
        Loader().load_service_model("sts", "resources-1")


def test_a_folder_of_models_that_is_not_there_is_no_matter(tmp_path: Path) -> None:
    loader = Loader(extra_search_paths=[str(tmp_path / "none")])
    assert loader.load_service_model("sts", "service-2")["operations"]
