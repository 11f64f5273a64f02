"""Drives the shop's page `/embed`: its elements, the events it received, and its commands."""

import json
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Frame, FrameLocator, Locator, Page, expect

from tests.support.browser.servers import DEADLINE_S

Json = dict[str, Any]

DEADLINE_MS: Final = DEADLINE_S * 1000
_LOOK_MS: Final = 20
_MOUNT: Final = """(options) => {
  const handle = window.Link.mount(options);
  const index = window.handles.push(handle) - 1;
  const { element } = options;
  for (const type of ['initialized', 'authenticated', 'token_refreshed', 'height_change',
      'selected', 'error', 'loaderror', 'logout_complete']) {
    handle.on(type, (payload) => window.events.push({ index, element, type, payload }));
  }
  return index;
}"""
_MESSAGES: Final = """() => window.messages.map(({ via, origin = null, data }) => {
  try {
    return { via, origin, data: JSON.stringify(data) ?? 'null' };
  } catch {
    return { via, origin, data: 'null' }; // not JSON, so not a message of ours
  }
})"""
_GROWN: Final = """() => new Promise((done) => {
  const card = document.getElementById('card');
  const look = () => (card.offsetHeight <= innerHeight ? done() : requestAnimationFrame(look));
  look();
})"""
expect.set_options(timeout=DEADLINE_MS)


@dataclass(frozen=True)
class Told:
    """One event that one handle received."""

    index: int
    type: str
    payload: Json


@dataclass
class ShopPage:
    """A page with elements in it."""

    page: Page
    origin: str

    async def open(self, path: str) -> None:
        """Go to a page of the shop and wait until it has mounted its elements."""
        await self.page.goto(self.origin + path)
        await self.until("window.embedded")

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript expression of the page is true."""
        await self.page.wait_for_function(
            f"() => {condition}", timeout=DEADLINE_MS, polling=_LOOK_MS
        )

    async def mount(self, element: str, **options: object) -> int:
        """Mount one element more, listen to it, and return its number."""
        mounting = {"businessId": "bus_demo", "target": "#elements", "element": element, **options}
        return int(await self.page.evaluate(_MOUNT, mounting))

    async def mount_all(self, *elements: str) -> None:
        """Mount elements in one task, as a page does that knows what it needs."""
        mounting = [
            {"businessId": "bus_demo", "target": "#elements", "element": element}
            for element in elements
        ]
        await self.page.evaluate(f"(all) => all.forEach({_MOUNT})", mounting)

    async def told(self, kind: str | None = None) -> list[Told]:
        """Return the events so far, those of one type if it is given."""
        events = await self.page.evaluate("window.events")
        told = [Told(event["index"], event["type"], event["payload"]) for event in events]
        return [event for event in told if kind in {None, event.type}]

    async def hear(self, kind: str, times: int = 1) -> list[Told]:
        """Wait until all handles together received an event `times`; return these events."""
        await self.until(f"window.events.filter((e) => e.type === {kind!r}).length >= {times}")
        return await self.told(kind)

    async def failure(self) -> Json:
        """Wait for the first `error` event and return its payload."""
        return (await self.hear("error"))[0].payload

    async def command(self, command: str, index: int = 0) -> Json:
        """Call a command and return the fields of its answer, or `{"code": …}` of its error."""
        answer: Json = await self.page.evaluate(
            """([index, command]) => window.handles[index][command]()
                 .then((payload) => ({ ...payload }), ({ code }) => ({ code }))""",
            [index, command],
        )
        return answer

    async def state(self, index: int = 0) -> str:
        """Return the `state` of a handle."""
        return str(await self.page.evaluate("(index) => window.handles[index].state", index))

    async def messages(self) -> list[Json]:
        """Return every message that the page received, on its window and on its ports."""
        messages: list[Json] = await self.page.evaluate(_MESSAGES)
        return [{**message, "data": json.loads(message["data"])} for message in messages]

    async def challenges(self) -> list[str]:
        """Return the challenges that the page received, without duplicates, in order."""
        said = [message["data"] for message in await self.messages() if message["via"] == "window"]
        found = [data["code_challenge"] for data in said if data["type"] == "ready"]
        return list(dict.fromkeys(found))

    def element(self, index: int = 0) -> FrameLocator:
        """Return a locator inside one of the iframes."""
        return self.page.frame_locator("#elements iframe").nth(index)

    def iframe(self, index: int = 0) -> Locator:
        """Return one of the iframes."""
        return self.page.locator("#elements iframe").nth(index)

    async def frame(self, index: int = 0) -> Frame:
        """Return the browsing context of one of the iframes."""
        handle = await self.iframe(index).element_handle()
        frame = await handle.content_frame()
        assert frame is not None
        return frame

    async def grown(self, index: int = 0) -> None:
        """Wait until an iframe is as high as its card: before, a test's click may miss its button.

        Playwright scrolls the document of an iframe that cuts its card, aims, and presses some
        milliseconds later. The iframe has grown by then, and nothing is scrolled any more: the last
        button of a list was 229 px from where it had been. No person scrolls and presses in those
        100 ms; what changes between a person's down and up is in test_presses.py.
        """
        await (await self.frame(index)).evaluate(_GROWN)
