"""Reports that somebody else than the pair's owner asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the mark; what is there counts as the owner's, as it did."""
    op.add_column("reports", sa.Column("guest", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop the mark, and with it the reports that have it: they would be listed as the owner's."""
    op.execute("DELETE FROM reports WHERE guest")
    op.drop_column("reports", "guest")
