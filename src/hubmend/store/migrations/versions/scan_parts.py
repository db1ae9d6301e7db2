"""A part for each target of a scan, kept when the target is whole, so that a scan can be resumed.

Scans of before keep what could not be read, and scores, in their ending.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "parts",
        sa.Column("scan", sa.Text, primary_key=True),
        sa.Column("target", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
