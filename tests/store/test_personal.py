"""People's data: never in clear on the disk, never seen without a trace, and gone for good when erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, select, text, update

from ioc.contract import Principal, Sealed
from ioc.core.errors import Problem
from ioc.store import Store, WrongCity, WrongKey
from ioc.store.errors import Unidentified
from ioc.store.tables import personal, personal_value, platform
from ioc.store.vault import Vault
from tests.events import an_event

FIELDS = {"name": "Trần Thị Mộng Cầm", "phone": "0912345678", "text": "Nước ngập đến đầu gối"}
PHOTO = b"\xff\xd8 photo of a street \xff\xd9" * 50
CAM = Sealed("ref-1", FIELDS, {"photo": PHOTO})


async def test_sealed_values_come_back(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    assert await store.personal.reveal("ref-1", by=operator, reason="gọi lại") == FIELDS
    assert await store.personal.blob("ref-1", "photo", by=operator, reason="xem ảnh") == PHOTO


async def test_every_look_leaves_a_trace(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    await store.personal.reveal("ref-1", by=operator, reason="gọi lại")
    [line] = await store.audit.list(object="ref-1")
    assert (line.who, line.action, line.detail["reason"]) == ("op-1", "personal.revealed", "gọi lại")
    assert "0912345678" not in str(line)


async def test_without_the_class_nothing_is_shown_and_the_try_is_noted(store: Store, wall: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    for asked in (
        store.personal.reveal("ref-1", by=wall, reason="x"),
        store.personal.blob("ref-1", "photo", by=wall, reason="x"),
    ):
        with pytest.raises(Problem) as refused:
            await asked
        assert refused.value.status == 403
    assert [line.action for line in await store.audit.list()] == ["personal.refused"] * 2


async def test_a_reason_is_needed(store: Store, operator: Principal) -> None:
    with pytest.raises(Problem) as refused:
        await store.personal.reveal("ref-1", by=operator, reason="  ")
    assert refused.value.status == 422


async def test_unknown_references(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    for asked in (
        store.personal.reveal("unknown", by=operator, reason="x"),
        store.personal.blob("ref-1", "unknown", by=operator, reason="x"),
        store.personal.erase("unknown", by=operator, reason="x"),
    ):
        with pytest.raises(Problem) as refused:
            await asked
        assert refused.value.status == 404


async def test_erased_is_gone_and_does_not_come_back(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    await store.personal.erase("ref-1", by=operator, reason="theo yêu cầu")
    with pytest.raises(Problem) as gone:
        await store.personal.reveal("ref-1", by=operator, reason="x")
    with pytest.raises(Problem) as refused:
        await store.write(lambda tx: tx.seal(CAM))
    assert (gone.value.status, refused.value.status) == (404, 404)
    async with store.read() as connection:
        assert (await connection.execute(text("select count(*) from personal_value"))).scalar_one() == 0
    assert [line.action for line in await store.audit.list()] == ["personal.erased"]


async def test_later_values_join_and_replace(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))
    await store.write(lambda tx: tx.seal(Sealed("ref-1", {"phone": "0987654321", "note": "gọi sau 17h"})))
    shown = await store.personal.reveal("ref-1", by=operator, reason="x")
    assert shown == {**FIELDS, "phone": "0987654321", "note": "gọi sau 17h"}


async def test_nothing_is_in_clear_on_the_disk(sqlite_store: Store, sqlite_url: str, operator: Principal) -> None:
    await sqlite_store.write(lambda tx: tx.seal(CAM))
    await sqlite_store.personal.reveal("ref-1", by=operator, reason="x")
    disk = _disk(sqlite_url)
    assert b"ref-1" in disk
    for secret in (*FIELDS.values(), *(value.split()[0] for value in FIELDS.values())):
        assert secret.encode() not in disk
    assert PHOTO[:20] not in disk


async def test_an_erased_key_is_not_left_on_the_disk(sqlite_store: Store, sqlite_url: str, operator: Principal) -> None:
    await sqlite_store.write(lambda tx: tx.seal(CAM))
    async with sqlite_store.read() as connection:
        wrapped = (await connection.execute(text("select wrapped_key from personal"))).scalar_one()
    assert wrapped in _disk(sqlite_url)
    await sqlite_store.personal.erase("ref-1", by=operator, reason="x")
    assert wrapped not in _disk(sqlite_url)


def _disk(url: str) -> bytes:
    return b"".join(path.read_bytes() for path in Path(url.removeprefix("sqlite:///")).parent.iterdir())


async def test_a_value_moved_to_another_reference_does_not_open(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: [tx.seal(CAM), tx.seal(Sealed("ref-2", {"name": "Lê Văn Hai"}))])

    def steal(tx):
        tx.execute(personal_value.delete().where(personal_value.c.ref == "ref-2"))
        tx.execute(update(personal_value).where(personal_value.c.kind == "text").values(ref="ref-2"))

    await store.write(steal)
    with pytest.raises(InvalidTag):
        await store.personal.reveal("ref-2", by=operator, reason="x")


async def test_a_wrapped_key_moved_to_another_reference_does_not_open(store: Store, operator: Principal) -> None:
    await store.write(lambda tx: tx.seal(CAM))

    def rename(tx):
        tx.execute(update(personal).values(ref="ref-9"))
        tx.execute(update(personal_value).values(ref="ref-9"))

    await store.write(rename)
    with pytest.raises(InvalidTag):
        await store.personal.reveal("ref-9", by=operator, reason="x")


async def test_another_master_key_is_noticed(store: Store, store_settings) -> None:
    from dataclasses import replace

    with pytest.raises(WrongKey):
        await Store.open(replace(store_settings, key=b"\1" * 32))


@pytest.mark.parametrize("name", ["city", "key_check"])
async def test_a_store_that_says_no_longer_whose_it_is_takes_no_key_for_its_own(
    store: Store, store_settings, name: str
) -> None:
    await store.write(lambda tx: tx.append(an_event()))
    await store.write(lambda tx: tx.execute(delete(platform).where(platform.c.name == name)))
    with pytest.raises(Unidentified):
        await Store.open(store_settings)
    async with store.read() as connection:
        rows = (await connection.execute(select(platform.c.name))).scalars().all()
    assert name not in rows, "nothing is put in its place"


async def test_another_citys_store_is_not_opened(store: Store, store_settings) -> None:
    from dataclasses import replace

    with pytest.raises(WrongCity) as refused:
        await Store.open(replace(store_settings, city="thanh-hoa"))
    assert "kyanh" in refused.value.title.vi and "thanh-hoa" in refused.value.title.en
    again = await Store.open(store_settings)  # the refusal changed nothing
    await again.close()


def test_the_same_value_never_looks_the_same() -> None:
    vault = Vault(b"k" * 32, "kyanh")
    key, _ = vault.new_key("r")
    assert vault.seal(key, "r", "phone", b"113") != vault.seal(key, "r", "phone", b"113")


def test_the_key_of_another_city_does_not_open() -> None:
    key, wrapped = Vault(b"k" * 32, "kyanh").new_key("r")
    assert Vault(b"k" * 32, "kyanh").unwrap("r", wrapped) == key
    with pytest.raises(InvalidTag):
        Vault(b"k" * 32, "thanhhoa").unwrap("r", wrapped)
