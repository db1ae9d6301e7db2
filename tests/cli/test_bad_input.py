"""Bad input, case by case: one message, the documented exit code, nothing on standard output."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.journey.terminal import SECRET, Terminal, in_sandbox
from tests.sandbox.calls import ACCOUNT, REGION, Aws, unique

NAME = "orders"
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}"
ELSEWHERE = "arn:aws:states:us-east-1:999988887777:stateMachine:orders"
GROUPS = "arn:aws:logs:{}:{}:log-group:/audit:*"
ENABLE = ("decide", ARN, "--enable", "--by", "ana")
SUPPRESS = ("decide", ARN, "--suppress", "--by", "ana", "--reason", "test only")
USAGE, FAILED = 2, 1


@pytest.fixture(scope="module")
def ground(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that knows one failing machine, a plan for it, and a run of another."""
    folder = tmp_path_factory.mktemp("ground")
    terminal = in_sandbox(folder, aws.sandbox.environment())
    aws.machine(name=NAME)
    terminal.run("scan", "--regions", REGION, code=1)
    terminal.run(*ENABLE)
    terminal.run("plan", "-o", "plan.json")
    return folder


@pytest.fixture
def there(aws: Aws, ground: Path, tmp_path: Path) -> Terminal:
    """A terminal that stands where `ground` left off, free to damage what it finds."""
    for name in ("hubmend.sqlite", "plan.json"):
        shutil.copy(ground / name, tmp_path / name)
    return in_sandbox(tmp_path, aws.sandbox.environment())


@dataclass(frozen=True)
class Case:
    """A command, what its message says, how it ends; `files` are written before."""

    arguments: tuple[str, ...]
    says: tuple[str, ...]
    code: int = USAGE
    variables: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, str | bytes] = field(default_factory=dict)


NO_KEYS: dict[str, str | None] = {
    "AWS_ACCESS_KEY_ID": None,
    "AWS_SECRET_ACCESS_KEY": None,
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
CREDENTIALS = {
    "none at all": Case(("scan",), ("no usable AWS credentials", "aws sso login"), USAGE, NO_KEYS),
    "a key without its secret": Case(
        ("scan",), ("no usable AWS credentials",), USAGE, {"AWS_SECRET_ACCESS_KEY": None}
    ),
    "expired": Case(("scan",), ("expired",), USAGE, {"AWS_ACCESS_KEY_ID": "EXPIREDKEY0000000000"}),
    "a profile there is none of": Case(
        ("scan", "--profile", "nobody"), ("profile (nobody) could not be found",)
    ),
    "a profile of the environment": Case(
        ("scan",), ("profile (nobody) could not be found",), USAGE, {"AWS_PROFILE": "nobody"}
    ),
    "a profile of the environment, with regions": Case(
        ("scan", "--regions", REGION),
        ("(nobody) could not be found",),
        USAGE,
        {"AWS_PROFILE": "nobody"},
    ),
    "nobody answers": Case(
        ("scan",), ("no connection to AWS",), FAILED, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    ),
}
SCOPE = {
    "region typo": Case(("scan", "--regions", "us-east-11"), ("did you mean us-east-1?",)),
    "region of nowhere": Case(("scan", "--regions", "moon"), ("'moon' is not a region",)),
    "region of the environment": Case(
        ("scan",), ("us-esat-1",), USAGE, {"AWS_REGION": "us-esat-1", "AWS_DEFAULT_REGION": None}
    ),
    "no region": Case(
        ("scan",),
        ("no region: give --regions",),
        USAGE,
        {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, "AWS_CONFIG_FILE": "/dev/null"},
    ),
    "account id too short": Case(("scan", "--accounts", "1234"), ("expected 12 digits",)),
    "all without an organization": Case(
        ("scan", "--accounts", "all"), ("organizations:ListAccounts", "list accounts")
    ),
}
ARNS = {
    "malformed": Case(("decide", "orders", "--enable", "--by", "ana"), ("'orders' is not an ARN",)),
    "of another account": Case(
        ("decide", ELSEWHERE, "--enable", "--by", "ana"),
        ("was not seen by the last scan", ELSEWHERE),
    ),
    "of another account, in plan": Case(("plan", ELSEWHERE), ("was not seen by the last scan",)),
    "of a version": Case(
        ("decide", f"{ARN}:7", "--enable", "--by", "ana"), ("no version, no alias, no execution",)
    ),
    "of an alias": Case(
        ("decide", f"{ARN}:live", "--enable", "--by", "ana"), ("is not the ARN of a state machine",)
    ),
    "of an execution": Case(
        (
            "decide",
            f"arn:aws:states:{REGION}:{ACCOUNT}:execution:orders:1",
            "--enable",
            "--by",
            "a",
        ),
        ("is not the ARN of a state machine",),
    ),
    "of a bucket": Case(
        ("decide", "arn:aws:s3:::orders", "--enable", "--by", "ana"),
        ("is not the ARN of a state machine",),
    ),
}
DECISIONS = {
    "log group in another region": Case(
        (*ENABLE, "--log-group", GROUPS.format("eu-west-1", ACCOUNT)),
        ("eu-west-1", "its own account and region only"),
    ),
    "log group in another account": Case(
        (*ENABLE, "--log-group", GROUPS.format(REGION, "999988887777")),
        ("999988887777", "its own account and region only"),
    ),
    "not a log group": Case((*ENABLE, "--log-group", ARN), ("is not the ARN of a log group",)),
    "a name CloudWatch refuses": Case(
        (*ENABLE, "--log-group", "what is this"), ("cannot be a log group's name",)
    ),
    "level typo": Case((*ENABLE, "--level", "EROR"), ("'EROR' is not one of ALL, ERROR, FATAL",)),
    "level OFF": Case((*ENABLE, "--level", "OFF"), ("'OFF' is not one of",)),
    "retention not offered": Case((*ENABLE, "--retention-days", "42"), ("42 days", "30, 60")),
    "retention not a number": Case((*ENABLE, "--retention-days", "long"), ("'long'",)),
    "until in the past": Case((*SUPPRESS, "--until", "2020-01-01"), ("2020-01-01 is in the past",)),
    "until no date": Case((*SUPPRESS, "--until", "soon"), ("'soon' does not match",)),
    "suppressed for ever": Case(SUPPRESS, ("--until is needed",)),
    "suppressed without reason": Case(
        ("decide", ARN, "--suppress", "--by", "ana", "--until", "2099-01-01"),
        ("--reason is needed",),
    ),
    "by nobody": Case(("decide", ARN, "--enable", "--by", " "), ("say who decides",)),
    "by is missing": Case(("decide", ARN, "--enable"), ("--by",)),
    "nothing decided": Case(("decide", ARN, "--by", "ana"), ("say what is decided",)),
    "no machine named": Case(("decide", "--enable", "--by", "ana"), ("name at least one",)),
    "disable for a machine": Case(
        ("decide", ARN, "--disable-control", "--by", "ana", "--reason", "x"), ("for one account",)
    ),
}
TOML = "[defaults]\nretention_days = 365\n\n{}\n"
POLICY = {
    "not TOML": Case(
        ("scan",), ("hubmend.toml", "line 4"), files={"hubmend.toml": TOML.format("[[")}
    ),
    "unknown key": Case(
        ("scan",),
        ("hubmend.toml, line 4", "levle is not known", "level"),
        files={"hubmend.toml": TOML.format('levle = "ALL"')},
    ),
    "unknown level": Case(
        ("scan",),
        ("hubmend.toml, line 4", "'all'", "ALL, ERROR, FATAL"),
        files={"hubmend.toml": TOML.format('level = "all"')},
    ),
    "wrong type": Case(
        ("scan",),
        ("hubmend.toml, line 4", "must be a bool"),
        files={"hubmend.toml": TOML.format('include_execution_data = "no"')},
    ),
    "suppression without owner": Case(
        ("scan",),
        ("hubmend.toml, line 5", "reason, owner and until are needed"),
        files={"hubmend.toml": TOML.format('[[rules]]\ndecision = "suppress"')},
    ),
    "not text": Case(
        ("scan",), ("hubmend.toml cannot be read",), files={"hubmend.toml": b"\xff\xfe\x00"}
    ),
    "missing": Case(("scan", "--config", "none.toml"), ("none.toml cannot be read",)),
    "missing in the environment": Case(
        ("scan",), ("none.toml cannot be read",), USAGE, {"HUBMEND_CONFIG": "none.toml"}
    ),
}
PASSWORD = f"postgresql://hub:{SECRET}@127.0.0.1:1/evidence"
STORE = {
    "not writable": Case(
        ("decisions", "--store", "sqlite:////proc/hubmend/x.sqlite"), ("--store",)
    ),
    "a folder": Case(("decisions", "--store", "sqlite:////proc"), ("/proc", "store")),
    "some other file": Case(
        ("decisions", "--store", "sqlite:///notes.txt"),
        ("not a database",),
        files={"notes.txt": "milk, bread, eggs, and a long line to be longer than a header" * 40},
    ),
    "not a URL": Case(("decisions", "--store", "evidence.db"), ("not a store's URL", "sqlite:///")),
    "another database": Case(
        ("decisions", "--store", f"mysql://hub:{SECRET}@db/x"), ("no store can be kept in 'mysql'",)
    ),
    "postgres that is not there": Case(
        ("decisions", "--store", PASSWORD), ("hub:***@127.0.0.1:1",)
    ),
    "postgres of the environment": Case(
        ("decisions",), ("hub:***@127.0.0.1:1",), USAGE, {"HUBMEND_STORE": PASSWORD}
    ),
    "nothing scanned": Case(
        ("plan", "--store", "sqlite:///new.sqlite"), ("nothing has been scanned yet",)
    ),
}
RUNS = {
    "verify": Case(("verify", "20260101-000000-aaaaaa"), ("is not in the store",)),
    "rollback": Case(("rollback", "nonsense", "--yes"), ("'nonsense' is not in the store",)),
    "report": Case(("report", "nonsense", "-o", "x.html"), ("'nonsense' is not in the store",)),
    "report --check": Case(("report", "nonsense", "--check"), ("'nonsense' is not in the store",)),
    "resume": Case(("apply", "--resume", "nonsense", "--yes"), ("'nonsense' is not in the store",)),
}
FILES = {
    "input is not JSON": Case(
        ("verify", "x", "--execute", "--input", "{amount: 1}", "--yes"),
        ("not JSON (line 1, column 2",),
    ),
    "input file is missing": Case(
        ("verify", "x", "--execute", "--input", "@none.json", "--yes"), ("none.json",)
    ),
    "input file is not JSON": Case(
        ("verify", "x", "--execute", "--input", "@in.json", "--yes"),
        ("not JSON",),
        files={"in.json": "[1,"},
    ),
    "input is missing": Case(("verify", "x", "--execute", "--yes"), ("--input",)),
    "wait is no duration": Case(("verify", "x", "--wait", "soon"), ("write 90s, 3m or 1h",)),
    "nobody to ask": Case(("apply", "plan.json"), ("add --yes",)),
    "no plan": Case(("apply",), ("hubmend apply plan.json",)),
    "plan is missing": Case(("apply", "none.json", "--yes"), ("none.json cannot be read",)),
    "plan is a folder": Case(("apply", ".", "--yes"), ("cannot be read",)),
    "plan is empty": Case(
        ("apply", "p.json", "--yes"), ("p.json is not whole JSON",), files={"p.json": ""}
    ),
    "plan is binary": Case(
        ("apply", "p.json", "--yes"), ("p.json cannot be read",), files={"p.json": b"\x80\x81PK"}
    ),
    "plan is other JSON": Case(
        ("apply", "p.json", "--yes"), ("not a hubmend plan",), files={"p.json": "[1, 2]"}
    ),
    "plan is nested beyond reason": Case(
        ("apply", "p.json", "--yes"), ("p.json",), files={"p.json": "[" * 200_000}
    ),
    "report to nowhere": Case(("report", "-o", "none/x.html"), ("none/x.html cannot be written",)),
    "report of another kind": Case(("report", "-o", "x.pdf"), (".html, .json, .csv",)),
    "report without a place": Case(("report",), ("-o report.html",)),
    "plan to nowhere": Case(("plan", "-o", "none/p.json"), ("none/p.json cannot be written",)),
    "output to nowhere": Case(
        ("decisions", "--format", "json", "--output", "none/x"), ("none/x cannot be written",)
    ),
    "unknown command": Case(("remediate",), ("No such command 'remediate'",)),
    "unknown option": Case(("scan", "--fast"), ("No such option", "--fast")),
    "unknown format": Case(("plan", "--format", "xml"), ("'xml' is not one of",)),
}
CASES = {
    f"{topic}: {name}": case
    for topic, cases in (
        ("credentials", CREDENTIALS), ("scope", SCOPE), ("arn", ARNS), ("decide", DECISIONS),
        ("policy", POLICY), ("store", STORE), ("run", RUNS), ("file", FILES),
    )
    for name, case in cases.items()
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_input_is_told_in_one_message(there: Terminal, case: Case) -> None:
    for name, content in case.files.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (there.folder / name).write_bytes(raw)
    done = there.with_variables(**case.variables).call(*case.arguments, code=case.code)
    assert done.out == ""
    for part in case.says:
        assert part in done.err
    told = [line for line in done.err.splitlines() if line.startswith(("hubmend: ", "Error: "))]
    assert len(told) == 1


def _without_its_end(text: str) -> str:
    return text[: len(text) // 2]


def _edited(text: str) -> str:
    return text.replace('"ERROR"', '"FATAL"')


def _newer(text: str) -> str:
    return json.dumps(json.loads(text) | {"schema": "hubmend/plan/2"})


def _without_fingerprint(text: str) -> str:
    return json.dumps({k: v for k, v in json.loads(text).items() if k != "fingerprint"})


def _lacking(text: str) -> str:
    return json.dumps({k: v for k, v in json.loads(text).items() if k != "changes"})


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_without_its_end, "is not whole JSON"),
        (_edited, "was changed after it was made"),
        (_newer, "hubmend/plan/2"),
        (_without_fingerprint, "was changed after it was made"),
        (_lacking, "is not a whole plan"),
    ],
)
def test_a_plan_that_was_touched_is_refused(
    there: Terminal, aws: Aws, damage: Callable[[str], str], says: str
) -> None:
    plan = there.folder / "plan.json"
    damaged = damage(plan.read_text())
    assert damaged != plan.read_text()
    plan.write_text(damaged)
    done = there.run("apply", "plan.json", "--yes", code=USAGE)
    assert says in done.err
    assert done.out == ""
    shown = aws.client("stepfunctions").describe_state_machine(stateMachineArn=ARN)
    assert shown["loggingConfiguration"]["level"] == "OFF"


def test_a_port_out_of_range_is_told(there: Terminal) -> None:
    assert "99999 is not in the range" in there.run("sandbox", "--port", "99999", code=USAGE).err


def test_a_taken_port_is_told(there: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = there.run("sandbox", "--port", port, code=USAGE)
    assert f"port {port} cannot be used" in done.err


@pytest.fixture
def planned(aws: Aws, terminal: Terminal) -> Iterator[tuple[Terminal, str, dict[str, Any]]]:
    """A machine of the test's own with a fresh plan, and how it was created."""
    made: dict[str, Any] = {"name": unique("stale"), "roleArn": aws.role()}
    arn = aws.machine(**made)
    terminal.run("scan", "--regions", REGION, code=1)
    terminal.run("decide", arn, "--enable", "--by", "ana")
    terminal.run("plan", arn, "-o", "plan.json")
    yield terminal, arn, made
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _refused(terminal: Terminal, status: str) -> str:
    done = terminal.json("apply", "plan.json", "--yes", code=FAILED)
    (row,) = done["resources"]
    assert row["status"] == status
    return str(row["error"])


def _groups(aws: Aws, made: dict[str, Any]) -> list[Any]:
    prefix = f"/aws/vendedlogs/states/{made['name']}"
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return list(found)


def test_a_machine_that_was_changed_since_the_plan_is_stale(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").update_state_machine(stateMachineArn=arn, roleArn=aws.role())
    said = _refused(terminal, "stale")
    assert "since the plan was made" in said
    assert "Make the plan again" in said
    assert _groups(aws, made) == []


def test_a_machine_that_was_deleted_since_the_plan_is_told(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    done = terminal.json("apply", "plan.json", "--yes", code=FAILED)
    assert "StateMachineDoesNotExist" in done["resources"][0]["error"]
    assert _groups(aws, made) == []


def test_a_machine_that_was_made_again_since_the_plan_is_stale(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    assert aws.machine(**made) == arn
    assert "its created was" in _refused(terminal, "stale")
    assert _groups(aws, made) == []
