"""The course: what was done, asked and answered, what is due again; and whose an upload is."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Add the columns and create the tables."""
    op.add_column("progress", sa.Column("done_at", sa.DateTime(timezone=True)))
    op.add_column("progress", sa.Column("outcome", sa.JSON))
    op.create_table(
        "asked",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("learner_id", sa.String(64), sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False),
        sa.Column("question_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("right", sa.Boolean),
        sa.Column("misconception", sa.String(64), nullable=False),
    )
    op.create_index("asked_by_learner", "asked", ["learner_id", "answered_at"])
    op.create_table(
        "reviews",
        sa.Column("learner_id", sa.String(64), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("question_id", sa.String(64), primary_key=True),
        sa.Column("card", sa.JSON, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("reviews_by_due", "reviews", ["learner_id", "due_at"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("learner_id", sa.String(64), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
