"""The SDK accepts `ready` from its own frame's window and origin, and no other message."""

import json

import pytest
from playwright.async_api import Frame

from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

SILENT = "<!doctype html><title>Nothing</title><link rel=icon href=data:,>"
LISTENING = f"""{SILENT}<script>
window.heard = [];
addEventListener('message', ({{ data, ports }}) => heard.push([data, ports.length]));
</script>"""


LAST = [["last", 0]]
COUNT_CHANNELS = """
window.channels = 0;
window.MessageChannel = class extends MessageChannel {
  constructor() { super(); window.channels += 1; }
};
"""


def ready(challenge: str, versions: tuple[int, ...] = (1,)) -> dict[str, object]:
    """Return what a frame says first."""
    return {
        "ns": "cimplify.link",
        "v": 1,
        "type": "ready",
        "code_challenge": challenge,
        "versions": list(versions),
    }


async def window_messages(shop: ShopPage, count: int) -> list[dict[str, object]]:
    """Wait for so many window messages, and until all that the SDK did about them has set out."""
    await shop.until(f"window.messages.filter(({{ via }}) => via === 'window').length >= {count}")
    await shop.page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    return [message for message in await shop.messages() if message["via"] == "window"]


async def test_check_07_wrong_child_origin(visitor: Visitor) -> None:
    """The iframe shows evil's copy of the frame: its ready is ignored; `embed_blocked`."""
    await visitor.take_clock()
    copy = f"{visitor.origin('evil')}/copy"
    message = json.dumps(ready("E" * 43))
    await visitor.serve(copy, f"{LISTENING}<script>parent.postMessage({message}, '*')</script>")
    shop = await visitor.shop()
    await shop.page.evaluate(
        """(copy) => {
          const append = HTMLElement.prototype.append;
          HTMLElement.prototype.append = function (iframe) {
            iframe.src = copy;
            return append.call(this, iframe);
          };
        }""",
        copy,
    )
    await shop.mount("payment")

    [heard] = await window_messages(shop, 1)
    assert visitor.origin("evil") == heard["origin"]
    await visitor.pass_foreign_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    assert [] == visitor.asked("bootstrap")
    assert [] == await (await shop.frame()).evaluate("window.heard")


async def test_check_08_spoofed_ready_of_another_frame(visitor: Visitor) -> None:
    """Another frame of the elements origin says ready: ignored; the element's own is heard."""
    silent = f"{visitor.origin('link')}/elements/payment"
    other = f"{visitor.origin('link')}/other-page"
    await visitor.serve(silent, SILENT)
    await visitor.serve(other, SILENT)
    shop = await visitor.shop("payment")
    await (await shop.frame()).wait_for_load_state()
    await shop.page.evaluate(
        """(url) => new Promise((resolve) => {
          const iframe = document.createElement('iframe');
          iframe.onload = resolve;
          iframe.src = url;
          document.querySelector('#elements').append(iframe);
        })""",
        other,
    )
    say = "([message, shop]) => parent.postMessage(message, shop)"

    await (await shop.frame(1)).evaluate(say, [ready("S" * 43), shop.origin])
    [heard] = await window_messages(shop, 1)
    assert visitor.origin("link") == heard["origin"]
    assert [] == visitor.asked("bootstrap")

    await (await shop.frame(0)).evaluate(say, [ready("S" * 43), shop.origin])
    await visitor.servers.called("bootstrap")


async def test_a_repeated_ready_is_one_handshake(visitor: Visitor) -> None:
    """The frame repeats `ready` until it is answered: one bootstrap."""
    await visitor.serve(f"{visitor.origin('link')}/elements/payment", SILENT)
    shop = await visitor.shop("payment")
    frame = await shop.frame()
    await frame.wait_for_load_state()

    for _ in range(3):
        await frame.evaluate(
            "([message, shop]) => parent.postMessage(message, shop)",
            [ready("R" * 43), shop.origin],
        )
    await window_messages(shop, 3)

    assert 1 == len(visitor.asked("bootstrap"))


async def test_check_15_frame_navigated_to_evil(visitor: Visitor) -> None:
    """After the handshake the frame is evil's and says ready: it gets no token, no command."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    evil = f"{visitor.origin('evil')}/listening"
    await visitor.serve(evil, LISTENING)
    await shop.iframe().evaluate("(iframe, url) => { iframe.src = url; }", evil)
    frame = await shop.frame()
    await frame.wait_for_url(evil)

    await frame.evaluate("(message) => parent.postMessage(message, '*')", ready("E" * 43))
    heard = await window_messages(shop, 2)
    assert visitor.origin("evil") == heard[-1]["origin"]
    await shop.page.evaluate("() => void [window.handles[0].refresh(), window.handles[0].logout()]")

    assert LAST == await heard_after_last(shop, frame)
    assert 1 == len(visitor.asked("bootstrap"))
    assert [] == visitor.asked("refresh") + visitor.asked("logout")


async def heard_after_last(shop: ShopPage, frame: Frame) -> list[list[object]]:
    """Post a last message to a `LISTENING` frame, and return all that it heard up to it."""
    await shop.page.evaluate("window.frames[0].postMessage('last', '*')")
    await frame.wait_for_function("() => window.heard.at(-1)?.[0] === 'last'", polling=20)
    heard: list[list[object]] = await frame.evaluate("window.heard")
    return heard


async def test_check_15_frame_navigated_before_init(visitor: Visitor) -> None:
    """The frame becomes evil's while the bootstrap is on its way: evil gets no token, no port."""
    await visitor.context.add_init_script(COUNT_CHANNELS)
    held = await visitor.hold("bootstrap")
    shop = await visitor.shop("payment")
    await held.request()
    evil = f"{visitor.origin('evil')}/listening"
    await visitor.serve(evil, LISTENING)
    await shop.iframe().evaluate("(iframe, url) => { iframe.src = url; }", evil)
    frame = await shop.frame()
    await frame.wait_for_url(evil)

    await held.release()
    await shop.until("window.channels === 1")  # in the task that posts init

    assert LAST == await heard_after_last(shop, frame)


async def test_check_16_frame_reload(visitor: Visitor) -> None:
    """The frame reloads: a second `initialized`, a new challenge, the old port closed."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await shop.page.evaluate("""() => {
      window.closedPorts = 0;
      const close = MessagePort.prototype.close;
      MessagePort.prototype.close = function () { window.closedPorts += 1; close.call(this); };
    }""")

    frame = await shop.frame()
    await frame.evaluate("() => void setTimeout(() => location.reload())")

    await shop.hear("initialized", 2)
    assert 2 == len(await shop.challenges())
    assert 1 == await shop.page.evaluate("window.closedPorts")
    sessions = {call["session"]["id"] for call in await visitor.servers.called("init", 2)}
    assert 2 == len(sessions)
    assert {"expires_in": 300} == await shop.command("refresh")


NOISE = """(send) => {
  const half = { ns: 'cimplify.link', v: 1 };
  const cyclic = { ...half, type: 'ready' };
  cyclic.self = cyclic;
  const deep = { ...half, type: 'init' };
  let level = deep;
  for (let i = 0; i < 500; i += 1) { level.options = {}; level = level.options; }
  const noise = [
    null, undefined, 0, -1, NaN, Infinity, true, '', 'ready', '{"type":"ready"}', [], [null], {},
    half, cyclic, deep, new Map([['type', 'ready']]), new Date(0), new Error('x'), 10n ** 30n,
    { ...half, type: null }, { ...half, type: 'ready' }, { ...half, type: 'init' },
    { ...half, type: '__proto__' }, { ...half, type: 'constructor' }, { ...half, type: 'error' },
    { ...half, type: 'ready', code_challenge: 1, versions: [1] },
    { ...half, type: 'ready', code_challenge: 'A'.repeat(43), versions: 'all' },
    { ...half, type: 'ready', code_challenge: 'A'.repeat(43), versions: Array(1e4).fill(1) },
    { ...half, type: 'ready', code_challenge: 'A'.repeat(42), versions: [1] },
    { ...half, type: 'logout', id: 'x' }, { ...half, type: 'authenticated' },
    { type: 'ready' }, { ns: 'cimplify.link', v: '1', type: 'ready' }, 'x'.repeat(2 ** 20),
    new ArrayBuffer(2 ** 20), new Blob(['x']),
  ];
  for (const message of noise) send(message);
  return noise.length;
}"""


async def test_check_32_foreign_noise(visitor: Visitor) -> None:
    """Junk is posted to the page and to the frame: no exception, and the element works."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    link = visitor.origin("link")
    await (await shop.frame()).evaluate("() => { window.deliveredByTest = 0; }")
    await (await shop.frame()).evaluate(
        "() => addEventListener('message', () => { window.deliveredByTest += 1; })"
    )

    to_self = f"() => ({NOISE})((message) => window.postMessage(message, location.origin))"
    to_shop = f"() => ({NOISE})((message) => parent.postMessage(message, '{shop.origin}'))"
    to_frame = f"() => ({NOISE})((message) => window.frames[0].postMessage(message, '{link}'))"
    count = await shop.page.evaluate(to_self)
    await (await shop.frame()).evaluate(to_shop)
    await shop.page.evaluate(to_frame)

    await window_messages(shop, 1 + 2 * count)
    await (await shop.frame()).wait_for_function(f"() => window.deliveredByTest >= {count}")
    assert {"expires_in": 300} == await shop.command("refresh")
    assert 1 == len(visitor.asked("bootstrap"))
    assert 1 == len(visitor.asked("init"))
    assert [] == await shop.told("error")


async def test_a_frame_of_another_version_is_unsupported(visitor: Visitor) -> None:
    """The frame speaks no version in common: `unsupported_version`, and no bootstrap."""
    shop = await visitor.shop()
    message = json.dumps(ready("V" * 43, versions=(2, 3)))
    document = f"{SILENT}<script>parent.postMessage({message}, '{shop.origin}')</script>"
    await visitor.serve(f"{visitor.origin('link')}/elements/payment", document)

    await shop.mount("payment")

    assert "unsupported_version" == (await shop.failure())["code"]
    assert [] == visitor.asked("bootstrap")
