"""hubmend iam-policy and doctor at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hubmend.cli.group import verbs
from hubmend.cli.iam_policy import KINDS
from hubmend.core.permission import Document


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verbs, arguments)


def document(*arguments: str) -> dict[str, Any]:
    result = run("iam-policy", *arguments)
    assert result.exit_code == 0, result.output
    made: dict[str, Any] = json.loads(result.stdout)
    return made


def test_every_kind_of_policy_can_be_asked_for() -> None:
    assert set(KINDS) == {one.value for one in Document}


@pytest.mark.parametrize("kind", KINDS)
def test_standard_output_is_one_policy_document(kind: str) -> None:
    made = document(kind)
    assert made["Version"] == "2012-10-17"
    sids = [one["Sid"] for one in made["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids)


def test_the_partition_follows_the_region_or_the_option() -> None:
    assert "arn:aws-cn:states" in json.dumps(document("audit", "--regions", "cn-north-1"))
    assert "arn:aws-us-gov:states" in json.dumps(document("audit", "--partition", "aws-us-gov"))
    assert "arn:aws:states" in json.dumps(document("audit"))


def test_the_partition_follows_the_configured_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-gov-west-1")
    assert "arn:aws-us-gov:states" in json.dumps(document("audit"))


def test_the_policy_file_names_roles_and_log_groups(tmp_path: Path) -> None:
    config = tmp_path / "hubmend.toml"
    config.write_text('[scope]\naudit_role = "Look"\n[defaults]\nlog_group = "/audit/{name}"\n')
    assert "role/Look" in json.dumps(document("operator", "--config", str(config)))
    audit = json.dumps(document("audit", "--config", str(config), "--log-group", "/old/*"))
    assert "log-group:/audit/*" in audit
    assert "log-group:/old/*" in audit


def test_text_explains_and_output_goes_to_a_file(tmp_path: Path) -> None:
    assert "iam:PassRole" in run("iam-policy", "remediate", "--format", "text").stdout
    file = tmp_path / "policy.json"
    assert run("iam-policy", "decide", "--output", str(file)).stdout == ""
    assert json.loads(file.read_text())["Version"] == "2012-10-17"


def test_a_wrong_policy_file_is_wrong_usage(tmp_path: Path) -> None:
    config = tmp_path / "hubmend.toml"
    config.write_text("nonsense = 1\n")
    result = run("iam-policy", "audit", "--config", str(config))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nonsense" in result.stderr


def test_doctor_without_credentials_ends_with_two() -> None:
    result = run("doctor", "--regions", "us-east-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no usable AWS credentials" in result.stderr
