"""Table `contacts`: every proved contact of a customer, which may be several.

Columns of `customers`: the last day of a proved sign-in or refresh, null until there is one, and
whose a phone was before; when an account was closed. The columns `phone` and `email` stay for the
release before, which knows no other contacts.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "v0005"
down_revision: Final = "v0004"


def upgrade() -> None:
    """Add the table, with the contacts that there are; their ids are made of their customers'."""
    contacts = op.create_table(
        "contacts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("contact_type", sa.String(5), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("proved_at", sa.BigInteger(), nullable=False),
        sa.Column("goes_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("address", name="uq_contacts_address"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_contacts_customer_id"),
    )
    op.create_index("ix_contacts_customer_id", "contacts", ["customer_id"])
    op.add_column("customers", sa.Column("closed_at", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("names_left", sa.Text(), nullable=True))
    customers = sa.table("customers", *map(sa.column, ("id", "phone", "email", "created_at")))
    for kind in ("phone", "email"):
        column = customers.c[kind]
        found = sa.select(
            sa.literal("con_").concat(sa.func.substr(customers.c.id, 5)).concat(kind[0]),
            customers.c.id,
            sa.literal(kind),
            column,
            customers.c.created_at,
        )
        names = ["id", "customer_id", "contact_type", "address", "proved_at"]
        op.execute(sa.insert(contacts).from_select(names, found.where(column.is_not(None))))
    # Last: sign-ins wait from here on until the transaction ends.
    op.add_column("customers", sa.Column("active_on", sa.Integer(), nullable=True))
    op.add_column("customers", sa.Column("former_since", sa.Integer(), nullable=True))
    op.add_column("customers", sa.Column("former_id", sa.String(40), nullable=True))
    op.create_index("ix_customers_former_since", "customers", ["former_since"])


def downgrade() -> None:
    """Drop the table and the columns."""
    op.drop_table("contacts")
    op.drop_index("ix_customers_former_since", "customers")
    with op.batch_alter_table("customers") as customers:
        for column in ("former_id", "former_since", "active_on", "names_left", "closed_at"):
            customers.drop_column(column)
