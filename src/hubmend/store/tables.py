"""The tables, as the newest migration leaves them.

Documents and moments are kept as text in core's one encoding: evidence must reload byte for byte,
and moments of fixed width sort as text in every database. There are no sequences, foreign keys,
secondary indexes or JSON columns, so that Aurora DSQL stays possible.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

metadata = MetaData()

scans = Table(
    "scans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("ending", Text),  # what there is to say of it as a whole; null until it ended
)

parts = Table(
    "parts",
    metadata,
    Column("scan", Text, primary_key=True),
    Column("target", BigInteger, primary_key=True, autoincrement=False),  # its number in the scan
    Column("body", Text, nullable=False),
)

resources = Table(
    "resources",
    metadata,
    Column("scan", Text, primary_key=True),
    # The target's number, then the row's within it: see scans.position.
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("arn", Text, nullable=False),
    Column("body", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("resource", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # the highest one stands
    Column("body", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started", Text, nullable=False),
    Column("finished", Text),
    Column("status", Text, nullable=False),
    Column("plan", Text, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("resource", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Text, nullable=False),
)
