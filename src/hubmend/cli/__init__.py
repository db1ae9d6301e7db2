"""The command line: each command is a thin face over one verb, imported when it is run.

Nothing is imported here: `hubmend --help` answers at once, and click (most of a tenth of a
second) is paid for only by a command.
"""

from __future__ import annotations

import gc
import sys

import hubmend
from hubmend.cli.output import Messages, Output

# Objects made before the rare collections: what a command makes is gone soon, or needed to the end.
# Measured on a scan of 5,000 machines: a sixth less processor time, a tenth more memory.
RARELY = (100_000, 50, 100)
# name: (module, one line for hubmend --help), in the order of the journey
COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("scan", "Judge every state machine in scope."),
    "decide": ("decide", "Record what is to happen to a state machine, and who said so."),
    "decisions": ("decide", "Show which decisions stand, from whom, until when."),
    "plan": ("plan", "Turn decisions into changes, each with its undo."),
    "apply": ("apply", "Run a plan, journalled call by call."),
    "verify": ("verify", "Prove with log records that a run works."),
    "rollback": ("apply", "Take a run back."),
    "report": ("report", "Evidence of a run or of the whole scope, as one file."),
    "check": ("check", "Judge the state machines in source files."),
    "fix": ("fix", "Write logging into source files, as a diff or for good."),
    "policy": ("policy", "Check the policy file, and show what its rules catch."),
    "events": ("events", "Show which events each level writes."),
    "doctor": ("doctor", "Show what credentials, permissions and settings allow."),
    "iam-policy": ("iam_policy", "Print the least privilege hubmend needs."),
    "sandbox": ("sandbox", "Serve an embedded AWS with a sample organization."),
    "demo": ("demo", "Watch the whole journey on the embedded AWS."),
}

ABOUT = """\
Usage: hubmend [OPTIONS] COMMAND [ARGS]...

  Take Security Hub control StepFunctions.1 from FAILED to PASSED, with proof,
  and back.

  The journey:  scan > decide > plan > apply > verify > report   (and rollback)
  Try it:       hubmend demo

  Exit codes: 0 done and nothing failing; 1 failing resources remain or a
  change failed; 2 wrong usage or configuration; 3 incomplete.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
"""


def help_text() -> str:
    """Return what `hubmend --help` prints."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {text}\n" for name, (_, text) in COMMANDS.items()]
    return ABOUT + "".join(rows)


def main() -> None:
    """Run the command line; whatever ends it, the exit code is a documented one."""
    # Not cast, since nothing imports typing yet.
    sys.stdout = Output(sys.stdout)
    sys.stderr = Messages(sys.stderr)
    try:
        if sys.argv[1:] in ([], ["--help"], ["-h"]):
            sys.stdout.write(help_text())
            sys.stdout.flush()
        else:
            _command()
    except KeyboardInterrupt:  # in the first hundredths of a second
        from hubmend.cli.running import fail
        from hubmend.core.errors import INCOMPLETE

        fail("stopped by the user", INCOMPLETE)
    except hubmend.HubmendError as error:
        from hubmend.cli.running import fail

        fail(str(error), error.exit_code)


def _command() -> None:
    from hubmend.cli import stopping

    stopping.outside_verbs()
    gc.set_threshold(*RARELY)
    from hubmend.cli.group import verbs

    try:
        verbs()
    finally:
        # All there is ends with the process; looking it through first takes a tenth of a second.
        gc.freeze()
        stopping.over()
