"""What may not be in any file of the repository: this machine, a package index, a secret."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each is written so that it does not match its own line.
FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"/(?:[w]ork/(?:main|shared)|[r]oot/|[h]ome/\w+/)"),
    "the address of a package index": re.compile(
        r"pypi\.[o]rg|pythonhosted\.[o]rg|registry\.[n]pmjs|file:[/]{2}[a-z/]|/opt/[p]ypi"
    ),
    # A real one is base32: no 0, 1, 8 or 9. The sandbox's made-up keys carry one of those.
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z2-7]{16}\b"),
    "an AWS secret key": re.compile(
        r"(?i)secret_?(?:access_?)?key[\"']?\s*[=:]\s*[\"']?(?!\S*EXAMPLE)[A-Za-z0-9/+]{40}\b"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE [K]EY-----"),
}
INDEX_OPTIONS = re.compile(r"--(?:extra-)?index-url|--find-links|^-f |^-i |@ file:", re.MULTILINE)


def tracked() -> Iterator[Path]:
    """Yield every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name]
    assert names, "git lists no file: run the tests in a clone"
    yield from (path for name in names if (path := ROOT / name).is_file())


def text_of(path: Path) -> str:
    """Return the text of a file, or nothing for a picture or another binary."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        for match in FORBIDDEN[what].finditer(text_of(path))
    ]
    assert not found


def test_requirement_locks_hash_every_package_and_name_no_index() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        content = lock.read_text(encoding="utf-8")
        assert not INDEX_OPTIONS.search(content), lock
        for requirement in re.split(
            r"\n(?=[A-Za-z])", re.sub(r"^#.*\n", "", content, flags=re.MULTILINE)
        ):
            assert "--hash=sha256:" in requirement, f"{lock.name}: {requirement.splitlines()[0]}"


def test_the_ci_script_is_the_command_a_contributor_types() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().endswith("exec make test")
