"""The page on infrastructure as code shows what `fix` really prints for Terraform."""

from __future__ import annotations

from pathlib import Path

from hubmend.core.ports import Silence
from hubmend.flow.fix import fix
from hubmend.iac.source import Wanted
from tests.fakes.sources import FakeTree
from tests.iac.terraform.sources import TERRAFORM

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "infrastructure-as-code.md"
SOURCE = """resource "aws_sfn_state_machine" "orders" {
  name       = "orders-${var.environment}"
  role_arn   = aws_iam_role.orders.arn
  definition = templatefile("${path.module}/orders.asl.json", {})
}

resource "aws_iam_role" "orders" {
  name               = "orders-${var.environment}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""


def test_the_diff_on_the_page_is_the_one_fix_prints() -> None:
    tree = FakeTree({"infra/orders.tf": SOURCE})
    made = fix(tree, ["infra"], Wanted(), Silence(), languages=[TERRAFORM])
    _, _, rest = PAGE.read_text(encoding="utf-8").partition("```diff\n")
    shown, _, _ = rest.partition("```")
    assert made.diff == shown
