"""A SAM template that its translator accepts is accepted with its patch, and logs then."""

from __future__ import annotations

from typing import Any

import pytest
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from hubmend.iac.source import Wanted
from tests.iac.template.corpus import files, needs_corpus
from tests.iac.template.patches import fixed

_LOCAL = {"CodeUri", "DefinitionUri", "ContentUri"}


class _NoPolicies:
    """A loader of managed policies that asks nobody."""

    def load(self) -> dict[str, str]:
        return {"AWSLambdaRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"}


def _transformed(text: str) -> dict[str, Any] | None:
    template = yaml_parse(text)
    try:
        for one in template["Resources"].values():
            for name in _LOCAL & {*one.get("Properties", {})}:
                one["Properties"][name] = "s3://bucket/key"  # as `sam package` would
        return dict(transform(template, {}, _NoPolicies()))
    except (InvalidDocumentException, KeyError, TypeError, AttributeError, ValueError):
        return None


@needs_corpus
def test_what_was_transformed_before_is_transformed_with_its_logging(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    number = 0
    for file, rows in files().values():
        if rows[0]["kind"] != "sam-yaml" or rows[0]["verdict"] == "parse-error":
            continue
        after, patch = fixed(file, Wanted())
        if not patch.fixed or _transformed(file.text) is None:
            continue
        template = _transformed(after.text)
        assert template, file.path
        for one in patch.fixed:
            logging = template["Resources"][one.id]["Properties"]["LoggingConfiguration"]
            assert logging["Level"] in {"ALL", "ERROR"}
            number += 1
    assert number > 50
