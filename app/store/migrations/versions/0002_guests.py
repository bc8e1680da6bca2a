"""Reports that were not requested by the pair's owner."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; existing reports count as the owner's."""
    op.add_column("reports", sa.Column("guest", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop the column and all guests' reports, which would otherwise be listed as the owner's."""
    op.execute("DELETE FROM reports WHERE guest")
    op.drop_column("reports", "guest")
