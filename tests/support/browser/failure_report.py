"""What a failed browser test adds to its report: what was on the screen and on the wire."""

from typing import Final

from playwright.async_api import BrowserContext, Error, Frame, Request

_UNANSWERED: Final = -1  # `responseEnd` of a request that has no whole response


async def what_was_seen(context: BrowserContext, requests: list[Request]) -> str:
    """Return the text of every frame, and how far every request came; no query and no body."""
    frames = [await _text(frame) for page in context.pages for frame in page.frames]
    return "\n".join([*frames, *map(_line, requests)])


async def _text(frame: Frame) -> str:
    try:
        text = await frame.evaluate("document.body.innerText")
    except Error as error:  # a closed page; the report is of another failure
        text = error.message
    return f"--- {_without_query(frame.url)}\n{text}"


def _line(request: Request) -> str:
    done = request.timing["responseEnd"] != _UNANSWERED
    outcome = request.failure or ("answered" if done else "UNANSWERED")
    return f"{request.method} {_without_query(request.url)}: {outcome}"


def _without_query(url: str) -> str:
    return url.partition("?")[0]
