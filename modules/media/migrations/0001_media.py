"""Feeds, items, stories, cases known of, bursts.

Revision ID: media_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "media_0001"
down_revision = None
branch_labels = ("media",)
depends_on = None

ID = sa.String(36)
TIME = sa.String(24)
WORD = sa.String(16)
NAME = sa.String(120)


def upgrade() -> None:
    _feeds_and_items()
    _stories()
    _cases_and_bursts()


def _feeds_and_items() -> None:
    op.create_table(
        "media_feed",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("etag", sa.String(300)),
        sa.Column("modified", sa.String(300)),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("failing_since", TIME),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("problem_vi", sa.String(300)),
        sa.Column("problem_en", sa.String(300)),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
    )
    op.create_table(
        "media_item",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("doubt", WORD, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("author", sa.String(32)),
        sa.Column("personal", sa.String(64)),
        sa.Column("reach", sa.Integer, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("tone", sa.Integer, nullable=False),
        sa.Column("placing", sa.Text, nullable=False),
        sa.Column("features", sa.Text),
        sa.Column("simhash", WORD, nullable=False),
        sa.Column("story", ID),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("media_item_state", "media_item", ["state", "received_at"])
    op.create_index("media_item_published", "media_item", ["published_at"])
    op.create_index("media_item_story", "media_item", ["story"])


def _stories() -> None:
    op.create_table(
        "media_story",
        sa.Column("id", ID, primary_key=True),
        sa.Column("topic", sa.String(32)),
        sa.Column("title", sa.Text),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("noticed_at", TIME, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("ward_code", WORD),
        sa.Column("placing", sa.Text, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.Column("posts", sa.Integer, nullable=False),
        sa.Column("authors", sa.Integer, nullable=False),
        sa.Column("negative", sa.Integer, nullable=False),
        sa.Column("said", sa.String(8), nullable=False),
        sa.Column("said_at", TIME),
        sa.Column("hinted_at", TIME),
        sa.Column("rumour_at", TIME),
        sa.Column("correlation", NAME),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("media_story_last", "media_story", ["last_at"])
    op.create_index("media_story_said", "media_story", ["said_at"])


def _cases_and_bursts() -> None:
    op.create_table(
        "media_case",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("correlation", NAME, nullable=False),
        sa.Column("desk", sa.Boolean, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("ward_code", WORD),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
    )
    op.create_index("media_case_opened", "media_case", ["opened_at"])
    op.create_table(
        "media_burst",
        sa.Column("id", ID, primary_key=True),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("band", sa.String(8), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("posts", sa.Integer, nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
    )
    op.create_index("media_burst_open", "media_burst", ["ended_at", "topic"])


def downgrade() -> None:
    for table in ("media_burst", "media_case", "media_story", "media_item", "media_feed"):
        op.drop_table(table)
