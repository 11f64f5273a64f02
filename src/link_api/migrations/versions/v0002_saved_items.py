"""Tables of addresses, defaults and stored responses; column `name` of customers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0002"
down_revision: Final = "v0001"


def upgrade() -> None:
    """Add the tables and the column."""
    op.add_column("customers", sa.Column("name", sa.String(100), nullable=True))
    op.create_table(
        "addresses",
        *_saved_item(),
        sa.Column("street_address", sa.String(120), nullable=False),
        sa.Column("apartment", sa.String(120), nullable=True),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("region", sa.String(120), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("postal_code", sa.String(120), nullable=True),
        sa.Column("delivery_instructions", sa.String(500), nullable=True),
        sa.Column("phone_for_delivery", sa.String(16), nullable=True),
        sa.Column("latitude", sa.Float(53), nullable=True),
        sa.Column("longitude", sa.Float(53), nullable=True),
        *_scoped("addresses"),
    )
    op.create_index("ix_addresses_customer_id", "addresses", ["customer_id"])
    op.create_table(
        "mobile_money",
        *_saved_item(),
        sa.Column("provider", sa.String(8), nullable=False),
        sa.Column("phone_number", sa.String(16), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        *_scoped("mobile_money"),
        sa.UniqueConstraint(
            "customer_id",
            "provider",
            "phone_number",
            name="uq_mobile_money_customer_id_provider_phone_number",
        ),
    )
    op.create_index("ix_mobile_money_customer_id", "mobile_money", ["customer_id"])
    op.create_table(
        "defaults",
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("address_id", sa.String(40), nullable=True),
        sa.Column("mobile_money_id", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name="pk_defaults"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_defaults_customer_id"),
        sa.ForeignKeyConstraint(
            ["customer_id", "address_id"],
            ["addresses.customer_id", "addresses.id"],
            name="fk_defaults_customer_id_address_id",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "mobile_money_id"],
            ["mobile_money.customer_id", "mobile_money.id"],
            name="fk_defaults_customer_id_mobile_money_id",
        ),
    )
    op.create_table(
        "kept_answers",
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "customer_id", "method", "path", "key_hash", name="pk_kept_answers"
        ),
    )
    op.create_index("ix_kept_answers_created_at", "kept_answers", ["created_at"])


def downgrade() -> None:
    """Drop the tables and the column."""
    for table in ("kept_answers", "defaults", "mobile_money", "addresses"):
        op.drop_table(table)
    with op.batch_alter_table("customers") as customers:
        customers.drop_column("name")


def _saved_item() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("usage_count", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    ]


def _scoped(table: str) -> list[sa.Constraint]:
    """Return the constraints by which an item is one customer's."""
    return [
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("customer_id", "id", name=f"uq_{table}_customer_id_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=f"fk_{table}_customer_id"),
    ]
