"""The platform's tables. Modules have their own, in `modules/<name>/tables.py`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

from ioc.store.columns import Number, UtcTime

metadata = MetaData()

# The observation log may lie in a file of its own, so it has a metadata (and a migration tree) of its own.
observation_metadata = MetaData()

event = Table(
    "event",
    metadata,
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("module", String, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("dataclass", String, nullable=False),
    Column("partitionkey", String, nullable=False),
    Column("correlationid", String, nullable=False, index=True),
    Column("subject", String),
    Column("time", UtcTime, nullable=False, index=True),
    Column("recordedtime", UtcTime, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("ward_code", String),
    Column("simulated", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_event_type_position", "type", "position"),
    Index("ix_event_module_position", "module", "position"),
)

platform = Table(
    "platform",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

accepted = Table(
    "accepted",
    metadata,
    Column("door", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

cursor = Table(
    "cursor",
    metadata,
    Column("consumer", String, primary_key=True),
    Column("position", Number, nullable=False),
    Column("fence", Number, nullable=False),
    Column("owner", String, nullable=False),
    Column("beat", UtcTime, nullable=False),
    Column("takes", Integer, nullable=False, server_default="0"),  # since it last moved
    Column("trying", Number),
    Column("trying_item", Integer),  # of what lies at that position, where it is a batch: those before it are done
    Column("tries", Integer, nullable=False, server_default="0"),
)

# Who does a part's work (a module's, the desk's, the cameras'); nobody where the owner is null.
seat = Table(
    "seat",
    metadata,
    Column("part", String, primary_key=True),
    Column("turn", Number, nullable=False),
    Column("beats", Number, nullable=False),
    Column("owner", String),
    Column("machine", String, nullable=False),
    Column("host", String, nullable=False),
)

handler_state = Table(
    "handler_state",
    metadata,
    Column("module", String, primary_key=True),
    Column("handler", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("consumer", String, primary_key=True),
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("partitionkey", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("payload_hash", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_dead_letter_key", "consumer", "partitionkey"),
)

latest = Table(
    "latest",
    metadata,
    Column("topic", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("ts", UtcTime, nullable=False),
    Column("rt", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seq", Number, nullable=False, unique=True),
)

personal = Table(
    "personal",
    metadata,
    Column("ref", String, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("created", UtcTime, nullable=False, index=True),
    Column("erased", UtcTime),
)

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", String, primary_key=True),
    Column("scope", String, nullable=False),
    Column("object", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("released_by", String),
    Column("released_at", UtcTime),
    Column("released_because", Text),
)

legal_hold_ref = Table(
    "legal_hold_ref",
    metadata,
    Column("hold", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Index("ix_legal_hold_ref", "ref"),
)

personal_value = Table(
    "personal_value",
    metadata,
    Column("ref", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object", String, nullable=False, index=True),
    Column("detail", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

dead_replay = Table(
    "dead_replay",
    metadata,
    Column("consumer", String, primary_key=True),
    Column("partitionkey", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),  # begun and not ended
)

source_life = Table(
    "source_life",
    metadata,
    Column("owner", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("life", String, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

feature = Table(
    "feature",
    metadata,
    Column("collection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("name", String, nullable=False),
    Column("properties", LargeBinary, nullable=False),
    Column("geometry", LargeBinary, nullable=False),
    Column("west", Float, nullable=False),
    Column("south", Float, nullable=False),
    Column("east", Float, nullable=False),
    Column("north", Float, nullable=False),
)

# Pictures of a camera about an event; the files lie beside the database, their hashes in `body`.
evidence = Table(
    "evidence",
    metadata,
    Column("event", String, primary_key=True),
    Column("camera", String, nullable=False),
    Column("type", String, nullable=False),
    Column("module", String, nullable=False),
    Column("correlation", String, nullable=False, index=True),
    Column("dataclass", String, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("since", UtcTime),
    Column("made", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("owner", String),
    Column("fence", Number, nullable=False, server_default="0"),
    Column("wrapped_key", LargeBinary),  # of the sealed originals; gone with them
    Column("open_gone", UtcTime),
    Column("original_gone", UtcTime),
    Column("body", LargeBinary, nullable=False),
    Index("ix_evidence_state", "state", "camera"),
    Index("ix_evidence_at", "at", "event"),
    Index("ix_evidence_camera", "camera", "at"),
)

# Pictures and clips of cameras that were to leave the control room; they lie sealed in `personal_value`.
picture_release = Table(
    "picture_release",
    metadata,
    Column("id", String, primary_key=True),
    Column("camera", String, nullable=False),
    Column("module", String),
    Column("dataclass", String, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("begun_by", String, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("released_by", String),
    Column("released_at", UtcTime),
    Column("purpose", Text),
    Column("sha256", String),
    Column("withdrawn_by", String),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_because", Text),
    Column("kind", String, nullable=False, server_default="picture"),
    Column("refused_by", String),
    Column("refused_at", UtcTime),
    Column("refused_because", Text),
    Index("ix_picture_release_begun", "begun_at", "id"),
    Index("ix_picture_release_by", "begun_by", "begun_at"),
)

observation_batch = Table(
    "observation_batch",
    observation_metadata,
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("door", String, nullable=False),
    Column("key", String),
    Column("at", UtcTime, nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # The first word of its readings' kinds; empty for a batch of an older build, which may hold several owners'.
    Column("owner", String, nullable=False, server_default=""),
    Index("ix_observation_batch_key", "door", "key", "owner", unique=True),
    Index("ix_observation_batch_owner", "owner", "position"),
)
