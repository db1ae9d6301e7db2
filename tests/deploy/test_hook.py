"""The pre-commit hook and the GitHub Action, by the tools that read them, and at work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hubmend.iac import LANGUAGES

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
ACTION = ROOT / "action.yml"
OFF = 'resource "aws_sfn_state_machine" "m" {\n}\n'
ON = OFF.replace(
    "{\n", '{\n  logging_configuration {\n    level = "ALL"\n    log_destination = "x"\n  }\n', 1
)


def run(*command: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command with this Python's scripts first."""
    scripts = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def hook() -> dict[str, Any]:
    (found,) = yaml.safe_load(MANIFEST.read_text())
    return dict(found)


def steps() -> dict[str, dict[str, Any]]:
    return {one.get("name", ""): one for one in yaml.safe_load(ACTION.read_text())["runs"]["steps"]}


def test_the_hook_is_asked_about_every_file_a_language_reads() -> None:
    for language in LANGUAGES:
        for suffix in language.suffixes:
            assert re.search(hook()["files"], f"folder/name{suffix}"), suffix


def test_pre_commit_takes_the_manifest(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    done = run("pre-commit", "validate-manifest", str(MANIFEST), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("source", "code"), [(OFF, 1), (ON, 0)])
def test_the_hook_keeps_a_machine_without_logging_out(
    tmp_path: Path, source: str, code: int
) -> None:
    pytest.importorskip("pre_commit")
    local = {**hook(), "language": "system"}  # installed here already
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(json.dumps(config))
    (tmp_path / "main.tf").write_text(source)
    (tmp_path / "notes.txt").write_text("aws_sfn_state_machine\n")
    for command in (("git", "init", "-q"), ("git", "add", ".")):
        run(*command, cwd=tmp_path)
    done = run(
        "pre-commit", "run", "--all-files", cwd=tmp_path, PRE_COMMIT_HOME=str(tmp_path / "home")
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("main.tf:1" in done.stdout) is bool(code)


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [one["uses"] for one in steps().values() if "uses" in one]
    assert len(used) == 2
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)


def test_no_input_reaches_a_shell_but_through_its_environment() -> None:
    assert not [one for one in steps().values() if "${{" in one.get("run", "")]


def test_zizmor_finds_nothing_unsafe_in_the_action(tmp_path: Path) -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor is not installed")
    done = run(zizmor, "--offline", "--persona", "pedantic", str(ACTION), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("source", "code"), [(OFF, "1"), (ON, "0"), ("x = [\n" + OFF, "3")])
def test_the_action_writes_sarif_and_hands_on_the_exit_code(
    tmp_path: Path, source: str, code: str
) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    (folder / "main.tf").write_text(source)
    scripts = tmp_path / "hubmend" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "hubmend").symlink_to(Path(sys.executable).parent / "hubmend")
    output = tmp_path / "output"
    done = run(
        "bash", "-e", "-o", "pipefail", "-c", steps()["Check"]["run"],
        cwd=tmp_path, RUNNER_TEMP=str(tmp_path), GITHUB_OUTPUT=str(output),
        PATHS="with space\n\n", SARIF="out.sarif",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert output.read_text() == f"exit-code={code}\n"
    (log,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert len(log["results"]) == (1 if code == "1" else 0)
    verdict = run("bash", "-c", steps()["Verdict"]["run"], cwd=tmp_path, CODE=code)
    assert str(verdict.returncode) == code
