"""Column `chosen_provider` of wallets; a release before this one leaves it null."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0004"
down_revision: Final = "v0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("mobile_money", sa.Column("chosen_provider", sa.String(16), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("mobile_money", "chosen_provider")
