"""The table of bad input: a command, what its message must say, and the code it ends with."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.journey.terminal import SECRET
from tests.sandbox.calls import ACCOUNT, REGION

NAME = "orders"
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}"
ELSEWHERE = "arn:aws:states:us-east-1:999988887777:stateMachine:orders"
GROUPS = "arn:aws:logs:{}:{}:log-group:/audit:*"
ENABLE = ("decide", ARN, "--enable", "--by", "ana")
CONTROL_OFF = ("decide", "--account", ACCOUNT, "--by", "ana", "--reason", "x", "--disable-control")
SUPPRESS = ("decide", ARN, "--suppress", "--by", "ana", "--reason", "test only")
USAGE, FAILED = 2, 1


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
    "enable and suppress": Case(
        (*SUPPRESS, "--enable", "--until", "2099-01-01"),
        ("--enable and --suppress contradict each other: give one of them",),
    ),
    "two levels": Case(
        (*CONTROL_OFF[:-1], "--parameter-level", "ALL", "--level", "ERROR"),
        ("--parameter-level and --level contradict each other",),
    ),
    "enable an account": Case((*ENABLE, "--account", ACCOUNT), ("--account is for",)),
    "suppress at a level": Case(
        (*SUPPRESS, "--until", "2099-01-01", "--level", "ERROR"), ("--level is for --enable",)
    ),
    "disable at a level": Case((*CONTROL_OFF, "--level", "ERROR"), ("--level is for --enable",)),
    "disable for nobody's account": Case(
        ("decide", "--account", "222233334445", *CONTROL_OFF[3:]),
        ("account 222233334445 was not seen by the last scan", "check the id"),
    ),
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
    "canary below none": Case(("apply", "p.json", "--canary", "-1"), ("-1 is not in the range",)),
    "canary wait": Case(("apply", "p.json", "--canary-wait", "soon"), ("write 90s, 3m or 1h",)),
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
