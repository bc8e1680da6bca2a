"""The bytes of each pair that count towards MAX_STORAGE. Store fills the column, as it knows those of all pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, 0 where the bytes are not known yet."""
    op.add_column("pairs", sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_pairs_bytes", "pairs", ["bytes"])


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("ix_pairs_bytes", "pairs")
    op.drop_column("pairs", "bytes")
