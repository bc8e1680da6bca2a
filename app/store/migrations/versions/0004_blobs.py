"""The sizes of the stored pictures. Store fills the table, as sizes are on the disk."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
        sa.Index("ix_blobs_bytes", "bytes"),
    )


def downgrade() -> None:
    """Drop the table; the pictures stay."""
    op.drop_table("blobs")
