"""Pairs and reports."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the three tables, empty."""
    op.create_table(
        "pairs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("a_name", sa.JSON, nullable=False),
        sa.Column("a_sha256", sa.String(64), nullable=False),
        sa.Column("a_bytes", sa.Integer, nullable=False),
        sa.Column("b_name", sa.JSON, nullable=False),
        sa.Column("b_sha256", sa.String(64), nullable=False),
        sa.Column("b_bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pairs"),
        sa.Index("ix_pairs_a_sha256", "a_sha256"),
        sa.Index("ix_pairs_b_sha256", "b_sha256"),
        sa.Index("ix_pairs_owner_created", "owner", "created"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("pair_id", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_reports_pair_id", ondelete="CASCADE"),
        sa.Index("ix_reports_pair_id_created", "pair_id", "created"),
        sa.Index("ix_reports_key_created", "key", "created"),
    )
    create_report_images()


def create_report_images() -> None:
    """Create the table of the reports' pictures: by name, the digest of the file that holds each."""
    op.create_table(
        "report_images",
        sa.Column("report_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("report_id", "name", name="pk_report_images"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_images_report_id", ondelete="CASCADE"),
        sa.Index("ix_report_images_sha256", "sha256"),
    )


def downgrade() -> None:
    """Drop the tables with all that they hold; the files stay."""
    for table in ("report_images", "reports", "pairs"):
        op.drop_table(table)
