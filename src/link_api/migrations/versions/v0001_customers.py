"""Table `customers`: a row for each proved contact's customer."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0001"
down_revision: Final = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "customers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("account_id", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(16), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("account_id", name="uq_customers_account_id"),
        sa.UniqueConstraint("phone", name="uq_customers_phone"),
        sa.UniqueConstraint("email", name="uq_customers_email"),
        sa.CheckConstraint(
            "phone IS NOT NULL OR email IS NOT NULL", name=op.f("ck_customers_has_contact")
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("customers")
