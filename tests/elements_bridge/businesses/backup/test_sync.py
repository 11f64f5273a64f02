"""`business export` and `business sync`: businesses have a home in a file, and a way back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.admin import BusinessCommands, CommandError
from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.ids import new_id
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from tests.support.redis_content import empty
from tests.support.servers.redis_batches import batches_to_redis

AMA, KOFI = "bus_00000000000000Ama", "bus_0000000000000Kofi"
SHOP, OTHER = "https://shop.example", "https://*.other.example"


@pytest.fixture
def commands(redis: Redis) -> BusinessCommands:
    """The commands on the test Redis, with two businesses there."""
    return BusinessCommands(RedisBusinesses(redis), RedisRejectedOrigins(redis))


@pytest.fixture
async def two(commands: BusinessCommands) -> BusinessCommands:
    """The commands, with two businesses that differ in every field."""
    ama = StoredBusiness(AMA, "Ama's Shop\n", "enabled", "live", (SHOP, OTHER), country="GH")
    kofi = StoredBusiness(
        KOFI, "Kofi", "disabled", "test", ("http://shop.localhost:4242",), dpop="required"
    )
    for business in (ama, replace(kofi, reload="keep")):
        assert await commands.businesses.put(business)
    return commands


def file_with(folder: Path, businesses: object, **members: object) -> Path:
    """Write a file of businesses."""
    path = folder / "businesses.json"
    path.write_text(json.dumps({"format": 1, "businesses": businesses, **members}), "utf-8")
    return path


def files_in(folder: Path) -> list[str]:
    """Return the names of all files, temporary ones included."""
    return [path.name for path in folder.iterdir()]


async def synced(
    commands: BusinessCommands, file: Path, *, prune: bool = False, dry_run: bool = False
) -> list[str]:
    """Return what a sync says."""
    return (await commands.sync_businesses(file, prune=prune, dry_run=dry_run)).lines


async def faults_of(commands: BusinessCommands, file: Path) -> list[str]:
    """Return the faults for which a file is refused."""
    with pytest.raises(CommandError) as refused:
        await commands.sync_businesses(file, prune=True, dry_run=False)
    return [line.removeprefix(f"{file}: ") for line in str(refused.value).splitlines()]


async def test_an_emptied_redis_gets_back_every_business_as_it_was(
    two: BusinessCommands, redis: Redis, tmp_path: Path
) -> None:
    before, file = await two.businesses.all(), tmp_path / "businesses.json"
    await two.export_businesses(file)
    await empty(redis)

    assert await synced(two, file) == [
        f"{AMA}: added, enabled, live, 2 origins",
        f"{KOFI}: added, disabled, test, 1 origins",
    ]

    after = await two.businesses.all()
    assert [replace(each, origins=tuple(sorted(each.origins))) for each in before] == after
    assert await synced(two, file) == [f"nothing changes: 2 businesses are as {file} says"]


async def test_an_export_is_the_same_bytes_whatever_the_order_of_the_changes(
    two: BusinessCommands, redis: Redis, tmp_path: Path
) -> None:
    first = "\n".join((await two.export_businesses(None)).lines) + "\n"
    held = await two.businesses.get(AMA)
    assert held is not None
    await two.businesses.put(replace(held, origins=(OTHER, SHOP)))

    await two.export_businesses(tmp_path / "b.json")

    assert (tmp_path / "b.json").read_text("utf-8") == first
    assert files_in(tmp_path) == ["b.json"]
    assert "version" not in first


async def test_each_difference_is_a_line_and_a_dry_run_says_the_same_without_writing(
    two: BusinessCommands, tmp_path: Path
) -> None:
    new = new_id("bus")
    ama = {"name": "Ama", "mode": "live", "country": "NG", "reload": "keep", "origins": [SHOP]}
    file = file_with(tmp_path, {AMA: ama, new: {"name": "New", "mode": "live"}})
    changed = 'name "Ama\'s Shop\\n" -> Ama, country GH -> NG, reload forget -> keep'
    expected = [
        f'{AMA}: {changed}, origin -"{OTHER}"',
        f"{new}: added, enabled, live, 0 origins",
    ]
    before = await two.businesses.all()

    dry = await two.sync_businesses(file, prune=False, dry_run=True)
    assert (sorted(dry.lines), dry.is_no) == (sorted(expected), True)
    assert await two.businesses.all() == before
    done = await two.sync_businesses(file, prune=False, dry_run=False)

    assert (sorted(done.lines), done.is_no) == (sorted(expected), False)
    again = await two.sync_businesses(file, prune=False, dry_run=True)
    assert not again.is_no


async def test_prune_disables_what_the_file_does_not_name(
    two: BusinessCommands, tmp_path: Path
) -> None:
    """It keeps its mode, list and version, so that the next file undoes a slip."""
    kofi: dict[str, object] = {"name": "Kofi", "mode": "test", "state": "disabled"}
    kofi |= {"dpop": "required", "reload": "keep", "origins": ["http://shop.localhost:4242"]}
    file = file_with(tmp_path, {KOFI: kofi})

    assert (await synced(two, file))[0].startswith("nothing changes")
    assert await synced(two, file, prune=True) == [f"{AMA}: disabled, not in the file"]

    held = await two.businesses.get(AMA)
    assert held is not None
    assert (held.state, len(held.origins), held.version) == ("disabled", 2, 2)
    assert (await synced(two, file, prune=True))[0].startswith("nothing changes")
    assert await faults_of(two, file_with(tmp_path, {})) == [
        "the file names no business, and --prune would disable them all"
    ]


async def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_written(
    two: BusinessCommands, tmp_path: Path
) -> None:
    before = await two.businesses.all()
    good: dict[str, object] = {"name": "x", "mode": "live"}
    many = [f"https://shop{number}.example" for number in range(101)]
    businesses: dict[str, object] = {
        "bus_short": good,
        new_id("bus"): {**good, "origins": ["https://*.com", SHOP, "HTTPS://shop.example/", "x"]},
        AMA: {**good, "origins": [SHOP, "https://SHOP.example"]},
        new_id("bus"): {**good, "origins": many},
        new_id("bus"): {"name": 7, "colour": "red", "state": "on", "country": "Ghana"},
    }
    text = json.dumps({"format": 1, "businesses": businesses, "comment": "x"})
    text = text.replace(f'"{AMA}": {{', f'"{AMA}": {{}}, "{AMA}": {{"name": "y", ', 1)
    file = tmp_path / "businesses.json"
    file.write_text(text, "utf-8")

    found = "\n".join(await faults_of(two, file))

    for part in (
        f"{AMA} stands twice",
        f"{AMA}: name stands twice",
        "bus_short: a business id is bus_",
        'origins: 0: "https://*.com": Anyone can register',
        'origins: 3: "x": Write the whole origin',
        f'{AMA}: origins: "{SHOP}" stands twice',
        "origins: a business lists at most 100 origins, not 101",
        "name: Input should be a valid string",
        "mode: is missing",
        "colour: is no field",
        "state: Input should be 'enabled' or 'disabled'",
        "country: must be a country",
        "comment: is no field",
    ):
        assert part in found
    assert await two.businesses.all() == before


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "the file: is no object"),
        ("null", "the file: is no object"),
        ('{"format": 2, "shops": []}', "its format is not 1: a newer release wrote it"),
        ("{}", "format: is missing"),
        ('{"format": 1, "businesses": []}', "businesses: is no object"),
        ('{"format": 1, "businesses": {"bus_demo": null}}', "bus_demo: is no object"),
        ('{"format": 1, "businesses": {"bus_demo": {"name": "\\ud800", "mode": "test"}}}', "name"),
    ],
)
async def test_what_is_no_file_of_businesses_says_so(
    commands: BusinessCommands, tmp_path: Path, text: str, fault: str
) -> None:
    file = tmp_path / "businesses.json"
    file.write_text(text, "utf-8")
    assert any(fault in line for line in await faults_of(commands, file))
    file.write_bytes(b"\xff")
    assert await faults_of(commands, file) == ["is not UTF-8"]
    file.unlink()
    assert await faults_of(commands, file) == ["No such file or directory"]


async def test_a_mode_never_changes_and_no_other_business_is_written(
    two: BusinessCommands, tmp_path: Path
) -> None:
    named = {each: {"name": "x", "mode": "live"} for each in (new_id("bus"), KOFI)}
    assert await faults_of(two, file_with(tmp_path, named)) == [
        f"{KOFI}: mode: it exists in mode test; a mode never changes"
    ]
    assert len(await two.businesses.all()) == 2


async def test_a_change_that_came_between_is_compared_again(
    two: BusinessCommands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_with(tmp_path, {AMA: {"name": "Ama", "mode": "live"}})
    put_all = RedisBusinesses.put_all
    meddled = False

    async def meddling(self: RedisBusinesses, changes: list[StoredBusiness]) -> frozenset[str]:
        nonlocal meddled
        if not meddled:
            meddled = True
            held = await self.get(AMA)
            assert held is not None
            assert await self.put(replace(held, name="Somebody else's"))
        return await put_all(self, changes)

    monkeypatch.setattr(RedisBusinesses, "put_all", meddling)

    [line] = await synced(two, file)

    assert '"Somebody else\'s" -> Ama' in line
    held = await two.businesses.get(AMA)
    assert held is not None
    assert (held.name, held.version) == ("Ama", 3)


async def test_what_another_program_wrote_wrong_is_left_out_and_corrected_by_a_file(
    two: BusinessCommands, redis: Redis, tmp_path: Path
) -> None:
    await redis.hset(redis_keys.business(KOFI), mapping={"origins": "x", "version": "y"})
    await redis.hset(redis_keys.business("shop"), "name", "x")
    await redis.hset(redis_keys.business(AMA), "origins", json.dumps([SHOP, "https://*.com"]))

    answer = await two.export_businesses(None)

    assert json.loads("".join(answer.lines))["businesses"].keys() == {AMA}
    left_out = [warning.split(" ")[0].rstrip(":") for warning in answer.warnings]
    assert left_out == [AMA, KOFI, "shop"]
    file = file_with(tmp_path, {KOFI: {"name": "Kofi", "mode": "test"}})
    [line] = await synced(two, file)
    assert line == f"{KOFI}: corrected, another program wrote it malformed"
    held = await two.businesses.get(KOFI)
    assert held is not None
    assert (held.state, held.is_malformed) == ("enabled", False)


async def test_a_thousand_businesses_take_few_round_trips(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    named = {new_id("bus"): {"name": "x", "mode": "live", "origins": [SHOP]} for _ in range(1000)}
    file = file_with(tmp_path, named)
    async with connect(redis_url) as client:
        commands = BusinessCommands(RedisBusinesses(client), RedisRejectedOrigins(client))
        with batches_to_redis() as trips:
            assert len(await synced(commands, file)) == 1000
            assert (await synced(commands, file))[0].startswith("nothing changes")
        assert len(trips) < 100  # a Cluster has several primaries
