"""The frame accepts one `init`, from its parent, for its own challenge, and no other message."""

import pytest

from tests.support.browser.merchant import PLAIN_PAGE, Merchant, init
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

HALF = {"ns": "cimplify.link", "v": 1}
NOISE: tuple[object, ...] = (
    *(None, 0, "refresh", [], {}, HALF),
    {**HALF, "type": "refresh"},
    {**HALF, "type": "refresh", "id": 1},
    {**HALF, "type": "refresh", "id": "lnk_0123456789abcdef"},
    {**HALF, "type": "fetch", "id": "c1", "url": "http://evil.localhost"},
    {**HALF, "type": "initialized", "state": "authenticated"},
    {**HALF, "type": "logout", "id": "c1", "padding": "x" * 16_384},
    {**HALF, "v": 2, "type": "logout", "id": "c1"},
)


async def test_check_10_replayed_init(visitor: Visitor) -> None:
    """The same init twice at once and once later: 1 POST /init."""
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    challenge = await merchant.challenge()
    message = init(challenge, await merchant.bootstrap(challenge))

    await merchant.post(message)
    await merchant.post(message)
    await merchant.heard_on_port(0, "initialized")
    await merchant.post(message)

    assert 1 == len(visitor.asked("init"))
    assert 1 == len(await visitor.servers.called("init"))
    assert [[], []] == (await merchant.ports())[1:]


async def test_check_12_init_for_an_earlier_document(visitor: Visitor) -> None:
    """An init with the challenge of the document before is ignored; the right one works."""
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    old = await merchant.challenge()
    old_token = await merchant.bootstrap(old)
    await merchant.reload()
    challenge = await merchant.challenge(other_than=old)

    await merchant.post(init(old, old_token))
    assert [] == visitor.asked("init")

    await merchant.post(init(challenge, await merchant.bootstrap(challenge)))
    assert "guest" == (await merchant.heard_on_port(1, "initialized"))["state"]
    assert [] == (await merchant.ports())[0]


async def test_check_13_init_from_a_sibling(visitor: Visitor) -> None:
    """A frame of the shop's own beside ours posts a right init: ignored; the parent's works."""
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    challenge = await merchant.challenge()
    message = init(challenge, await merchant.bootstrap(challenge))
    await merchant.post(None)  # so that deliveries are counted
    sibling = f"{visitor.origin('shop')}/sibling"
    await visitor.serve(sibling, PLAIN_PAGE)
    await merchant.page.evaluate("(url) => window.merchant.embed(url, {})", sibling)
    await merchant.page.frame_locator("iframe >> nth=1").locator("body").wait_for(state="attached")

    await merchant.post_from_sibling(message, sibling=1)
    assert [] == visitor.asked("init")

    await merchant.post(message)
    await merchant.heard_on_port(1, "initialized")


async def test_check_14_malformed_or_double_init(visitor: Visitor) -> None:
    """No port, two ports and any other shape are ignored; then a good init works."""
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    challenge = await merchant.challenge()
    token = await merchant.bootstrap(challenge)
    good = init(challenge, token)

    await merchant.post(good, ports=0)
    await merchant.post(good, ports=2)
    for message in (
        {**good, "v": 2},
        {**good, "ns": "cimplify"},
        {**good, "type": "ready"},
        {**good, "bootstrap_token": "elb_"},
        {**good, "bootstrap_token": None},
        {**good, "padding": "x" * 16_384},
        {**good, "options": {"session": "lnk_" + "A" * 32}},
        {**good, "link_token": "lnk_" + "A" * 32},
    ):
        await merchant.post(message)
    assert [] == visitor.asked("init")

    await merchant.post({**good, "options": {"unknown": 1}, "unknown": "field"})
    await merchant.heard_on_port(len(await merchant.ports()) - 1, "initialized")
    assert 1 == len(await visitor.servers.called("init"))


async def test_check_32_noise_on_the_port(visitor: Visitor) -> None:
    """The shop posts junk into its port: dropped; a valid command is answered."""
    merchant = await Merchant.open(visitor)
    await merchant.embed()
    challenge = await merchant.challenge()
    await merchant.post(init(challenge, await merchant.bootstrap(challenge)))
    await merchant.heard_on_port(0, "initialized")
    for command in NOISE:
        await merchant.command(0, command)
    await merchant.command(0, {**HALF, "type": "refresh", "id": "right", "unknown": "field"})

    answer = await merchant.heard_on_port(0, "token_refreshed")
    assert ("right", 300) == (answer["id"], answer["expires_in"])
    assert 1 == len(visitor.asked("refresh"))
    assert [] == visitor.asked("logout")
