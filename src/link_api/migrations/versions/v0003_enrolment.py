"""Tables of preferences and linked orders."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0003"
down_revision: Final = "v0002"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "preferences",
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("enrollment_business_id", sa.String(40), nullable=True),
        sa.Column("preferred_order_type", sa.String(16), nullable=True),
        sa.Column("notify_on_order", sa.Boolean(), nullable=False),
        sa.Column("notify_on_payment", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_preferences"),
        _customer("preferences"),
    )
    op.create_table(
        "order_owners",
        sa.Column("business_id", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(100), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "order_id", name="pk_order_owners"),
        sa.UniqueConstraint(
            "business_id",
            "order_id",
            "customer_id",
            name="uq_order_owners_business_id_order_id_customer_id",
        ),
        _customer("order_owners"),
    )
    op.create_index("ix_order_owners_customer_id", "order_owners", ["customer_id"])
    _create_linked_orders()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("linked_orders", "order_owners", "preferences"):
        op.drop_table(table)


def _create_linked_orders() -> None:
    op.create_table(
        "linked_orders",
        sa.Column("business_id", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(100), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("order_type", sa.String(16), nullable=False),
        sa.Column("address_id", sa.String(40), nullable=True),
        sa.Column("mobile_money_id", sa.String(40), nullable=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "business_id", "order_id", "customer_id", "order_type", name="pk_linked_orders"
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id", "customer_id"],
            ["order_owners.business_id", "order_owners.order_id", "order_owners.customer_id"],
            name="fk_linked_orders_business_id_order_id_customer_id",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=f"fk_linked_orders_{column}",
                ondelete="SET NULL",
            )
            for table, column in (("addresses", "address_id"), ("mobile_money", "mobile_money_id"))
        ),
    )
    for column in ("address_id", "mobile_money_id"):
        op.create_index(f"ix_linked_orders_{column}", "linked_orders", [column])


def _customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["customer_id"], ["customers.id"], name=f"fk_{table}_customer_id"
    )
