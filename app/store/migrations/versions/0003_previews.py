"""Previews of the pictures of a pair, drawn when a page first shows them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "previews",
        sa.Column("pair_id", sa.String(32), nullable=False),
        sa.Column("side", sa.String(1), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], "fk_previews_pair_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pair_id", "side", name="pk_previews"),
    )
    op.create_index("ix_previews_sha256", "previews", ["sha256"])


def downgrade() -> None:
    """Drop the table; `sweep` removes the files."""
    op.drop_table("previews")
