"""What a job may do inside the commit. The work of each method lies in the file of its concept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CompoundSelect, Connection, CursorResult, Select
from sqlalchemy.sql.base import Executable

from ioc.contract.deciding import Sealed
from ioc.contract.readings import Latest, Write
from ioc.core.envelope import Envelope, Recorded
from ioc.store import (
    accepted,
    audit,
    cursors,
    dead,
    event_partitions,
    features,
    held_stories,
    latest,
    log,
    personal,
    seats,
    states,
)
from ioc.store.partitions import Part
from ioc.store.vault import Vault

T = TypeVar("T")


@dataclass(slots=True)
class Numbers:
    """The last numbers given out in this commit; None until the first is needed. `part` is where they go."""

    position: int | None = None
    part: Part | None = None
    latest: int | None = None
    audit: audit.ChainEnd | None = None
    series: int | None = None  # only good to tell a change

    def copy(self) -> Numbers:
        """As they are now, to return to when a job fails."""
        return replace(self)

    def restore(self, before: Numbers) -> None:
        """Back to what they were."""
        self.position, self.part = before.position, before.part
        self.latest, self.audit, self.series = before.latest, before.audit, before.series


class Pending(list[log.EventRow]):
    """Rows of events that are appended and not yet inserted; `ids` are of all that have older partitions."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []


class Transaction:
    """One job's view of the commit: SQLAlchemy Core, synchronous. `now` is one moment for the whole job.

    A job must do nothing but use this object: when its group fails it is run again. `pending` holds events appended
    but not yet inserted; jobs of one group share it, so that their events go in together.
    """

    def __init__(self, connection: Connection, now: datetime, numbers: Numbers, vault: Vault, pending: Pending) -> None:
        self.connection = connection
        self.now = now
        self.numbers = numbers
        self.vault = vault
        self._pending = pending

    def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Runs a SQLAlchemy Core statement (with a list of parameters: once for each)."""
        self.flush()
        return self.connection.execute(statement, parameters)

    def look(self, query: Any) -> Any:
        """Runs a query of a module, which may only look; raises TypeError for a statement that changes something."""
        if not isinstance(query, Select | CompoundSelect):
            raise TypeError(f"only to look: {type(query).__name__}")
        return self.execute(query)

    def apply(self, write: Write) -> None:
        """Makes a module's change to a table of its own."""
        self.flush()
        self.connection.execute(cast(Executable, write.statement), write.values)

    def append(self, envelope: Envelope) -> int:
        """Puts an event at the end of the log; its position is contiguous and in commit order.

        The id must be new: a second event of the same id fails the whole job.
        """
        numbers = self.numbers
        if numbers.position is None:
            numbers.position, numbers.part = event_partitions.end_of_log(self.connection)
        numbers.position += 1
        if numbers.part is not None:
            if numbers.position >= numbers.part.after:
                numbers.part = event_partitions.part_of(self.connection, numbers.position)
            if numbers.part.first:
                self._pending.ids.append(envelope.id)
        self._pending.append(log.to_row(numbers.position, envelope))
        return numbers.position

    def latest(self, value: Latest) -> None:
        """Keeps a last-known value, unless a newer one (by source time) is already there."""
        latest.put(self, value)

    def seal(self, sealed: Sealed) -> None:
        """Encrypts personal values under their reference."""
        personal.seal(self, sealed)

    def audit(self, who: str, action: str, object: str, detail: dict[str, Any]) -> int:
        """Adds a line to the audit chain and returns its number."""
        return audit.add(self, who, action, object, detail)

    def accept(self, wanted: Sequence[accepted.Accepting]) -> list[accepted.Earlier]:
        """For each: None the first time its key is seen in 48 h (and its reply is kept), the stored reply on a repeat,
        Problem 409 `key-reused` when the key came with another fingerprint."""
        return accepted.accept(self, wanted)

    def accepted(self, asked: accepted.Asked) -> accepted.Earlier:
        """The same for one key that stays new when it is."""
        return accepted.known(self.connection, asked)

    def move(self, held: cursors.Held, to_position: int) -> cursors.Held:
        """Moves a cursor; raises Fenced when another owner took it or it is not at `held.position`."""
        return cursors.move(self, held, to_position)

    def attempt(self, held: cursors.Held, position: int, item: int | None = None) -> int:
        """Notes that an event (or an item of a batch) is about to be handled by itself; how often that was noted since
        the cursor moved. Raises Fenced when the cursor is another's."""
        return cursors.attempt(self, held, position, item)

    def check(self, seated: seats.Seated) -> None:
        """Lets this commit fail with Fenced unless the part's seat is still ours."""
        seats.check(self, seated)

    def save_state(self, module: str, handler: str, key: str, body: bytes | None) -> None:
        """Keeps what a handler remembers of a key; None forgets it."""
        states.save(self, module, handler, key, body)

    def save_states(self, module: str, bodies: Mapping[tuple[str, str], bytes]) -> None:
        """Keeps what a module's handlers remember, by handler and key, in one go."""
        states.save_all(self, module, bodies)

    def bury(self, consumer: str, recorded: Recorded, reason: str, trace: str) -> None:
        """Puts an event that cannot be handled among the dead letters."""
        dead.bury(self, consumer, recorded, reason, trace)

    def rebury(self, consumer: str, position: int, reason: str, trace: str) -> bool:
        """Notes that a dead or parked event failed when it was handled again; False when it was there no more."""
        return dead.rebury(self, consumer, position, reason, trace)

    def bury_readings(self, consumer: str, recorded: Recorded, reason: str, trace: str) -> None:
        """Puts readings of one batch that cannot be handled among the dead letters, beside others of that batch."""
        dead.bury_readings(self, consumer, recorded, reason, trace)

    def park(self, consumer: str, recorded: Recorded) -> None:
        """Sets an event aside because an earlier one of its key is a dead letter."""
        dead.park(self, consumer, recorded)

    def release(self, consumer: str, position: int) -> bool:
        """Takes a dead or parked event out again, in the commit that has handled it; False when it was not there."""
        return dead.release(self, consumer, position)

    def try_alone(self, consumer: str, partitionkey: str, before: int) -> None:
        """Has a key's dead letters handled again by themselves, as if that had begun `before` times already."""
        dead.try_alone(self, consumer, partitionkey, before)

    def begin_replay(self, consumer: str, partitionkey: str) -> int:
        """Notes that the replay of a key's dead letters begins; how often it has, without coming to an end."""
        return dead.begin_replay(self, consumer, partitionkey)

    def take_back_replay(self, consumer: str, partitionkey: str) -> None:
        """The replay of a key was no try: it counts as not begun."""
        dead.take_back_replay(self, consumer, partitionkey)

    def count_anew(self, consumer: str, partitionkey: str) -> None:
        """Says that the replay of a key's dead letters got on: what it began before counts no more."""
        dead.count_anew(self, consumer, partitionkey)

    def answer_replay(self, consumer: str, partitionkey: str) -> None:
        """Says that the replay of a key's dead letters is over, one way or the other."""
        dead.answer(self, consumer, partitionkey)

    def put_feature(self, feature: features.Feature) -> None:
        """Keeps one feature of a layer, in place of the same one with the same first day."""
        features.put(self, feature)

    def finish(self) -> None:
        """Writes the events appended so far, and refuses an id that an older partition of the log has; at the end of a
        job or of a group of them. Raises sqlalchemy's IntegrityError."""
        self.flush()
        if self._pending.ids and self.numbers.part is not None:
            event_partitions.refuse_repeats(self.connection, self.numbers.part.first, self._pending.ids)
            self._pending.ids.clear()

    def flush(self) -> None:
        """Writes the events appended so far; called by itself before other statements."""
        if self._pending:
            rows = list(self._pending)
            self._pending.clear()
            log.insert_all(self.connection, rows)
            held_stories.cover_appended(self.connection, log.told(rows))


Job = Callable[[Transaction], T]
