"""The flame graph: stacks are added up, and drawn to scale."""

from xml.etree import ElementTree as ET

from benchmarks.flame import drawing, read_stacks

LOOP = "main (cli.py:9);run (uvloop/__init__.py:92)"
STACKS = (
    f"{LOOP};start (aiohttp/web_protocol.py:10);sign (es256.py:3) 30",
    f"{LOOP};start (aiohttp/web_protocol.py:12) 60",
    f"{LOOP};flush (logs.py:1) 10",
    "the exporter (metrics.py:1) 500",
)


def test_stacks_are_added_up_by_function_above_the_event_loop() -> None:
    """Lines of one function are one bar, and other threads are left out."""
    root = read_stacks(STACKS)
    started = root.calls["start (aiohttp/web_protocol.py)"]

    assert (root.samples, started.samples, root.depth) == (100, 90, 3)
    assert {name: bar.samples for name, bar in started.calls.items()} == {"sign (es256.py)": 30}


def test_a_bar_is_as_wide_as_its_share() -> None:
    """The drawing is XML without a script; a function that calls stands below what it calls."""
    drawn = ET.fromstring(drawing(read_stacks(STACKS)))  # noqa: S314  # our own text
    space = {"svg": "http://www.w3.org/2000/svg"}
    bars = {
        bar.findtext("svg:title", namespaces=space): bar.find("svg:rect", space)
        for bar in drawn.findall("svg:g", space)
    }
    whole, sign = bars["the event loop: 100.0%"], bars["sign (es256.py): 30.0%"]

    assert whole is not None
    assert sign is not None
    assert float(sign.attrib["width"]) == 0.3 * float(whole.attrib["width"])
    assert float(sign.attrib["y"]) < float(whole.attrib["y"])
    assert not drawn.findall(".//svg:script", space)
