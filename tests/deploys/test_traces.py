"""Traces reach a collector by OTLP and hold closed words alone; without one there are none."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession

from link_api.auth.senders.webhook import open_hook_client
from link_dev.testkit.link_stack import LinkStack
from link_dev.testkit.reserved import reserved_phone
from link_dev.testkit.stack_thread import StackThread
from link_kernel.tracing.active import active
from link_kernel.tracing.exporting import exporting_traces
from link_kernel.tracing.upstream import traced_calls
from tests.deploys.deployed import Deployment, deployed
from tests.support.clients.bridge_client import API
from tests.support.logged import logged_text
from tests.support.servers.collector import Collector, collecting
from tests.support.servers.hook_receiver import hook_receiver
from tests.support.waiting import until

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
REFRESH, VERIFY = f"POST {API}/refresh", f"POST {API}/verify-otp"
HOME: Final = {"label": "Home", "street_address": "Ring Road 17", "city": "Accra", "region": "GA"}
FOREIGN: Final = "00-11111111111111111111111111111111-2222222222222222-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that takes everything."""
    with collecting() as collector:
        yield collector


async def test_whole_flows_of_both_services_are_traces_of_closed_words(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-ins, writes and refreshes leave no token, contact, code, id or address in any span."""
    monkeypatch.setenv(ENDPOINT, collector.url)
    secrets: set[str] = set()
    with logged_text() as logged:
        async with exporting_traces("both", os.environ):
            await asyncio.to_thread(play, secrets)

    assert 20 < len(collector.spans)
    assert 15 < len(secrets)
    everything = "".join(span.text for span in collector.spans)
    assert [] == [secret for secret in secrets if secret in everything]
    told = {key for span in collector.spans for key in span.attributes}
    assert told <= {
        *("http.request.method", "http.route", "http.response.status_code", "error.type"),
        *("db.system.name", "db.operation.name", "db.stored_procedure.name", "db.query.summary"),
        "server.address",
    }
    check_refresh(collector)
    check_code(collector)
    check_sql(collector)
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    traces = {line["trace_id"] for line in lines if line["message"] == "request"}
    assert traces == {span.trace for span in collector.spans}


def play(secrets: set[str]) -> None:
    """Sign customers in, save, refresh and be refused; note all that no trace may hold."""
    thread = StackThread()
    stack = LinkStack(thread.start(), thread)
    try:
        ama = stack.sign_in()
        address = ama.post("addresses", HOME)
        session = stack.elements_session(ama)
        before = dict(session.grant)
        session.refresh()  # the first one tells Redis the script
        session.refresh()
        contact = reserved_phone()
        guest = stack.elements_session()
        guest.prove(contact)
        forged = {"Authorization": "Bearer lnk_forgedforgedforged", "traceparent": FOREIGN}
        stack.call("GET", "data", headers=forged)
        stack.call("GET", f"addresses/{address['id']}/nothing/{contact}", headers=forged)
        codes = {sent.code for sent in stack.running.outbox.sent}
    finally:
        thread.stop()
    secrets |= codes | {ama.contact, contact, ama.contact[1:], contact[1:], FOREIGN[3:35]}
    secrets |= {ama.session_token, ama.refresh_token, ama.customer_id, address["id"], "Ring Road"}
    for grant in (before, session.grant, guest.grant):
        secrets |= {grant["access_token"], grant["refresh_token"], grant["session"]["id"]}


def check_refresh(collector: Collector) -> None:
    """A refresh is one span, and its script another below it."""
    _, refresh = collector.named(REFRESH)
    assert ("", 200) == (refresh.parent, refresh.attributes["http.response.status_code"])
    assert collector.below(refresh) == ["EVALSHA rotate_elements_session"]


def check_code(collector: Collector) -> None:
    """The bridge's call of the auth service goes on there, in the same trace."""
    [verify] = collector.named(VERIFY)
    [asked] = [span for span in collector.named("POST auth-service") if span.parent == verify.id]
    below = [span for span in collector.named("POST /v1/link/auth/verify-otp") if span.parent]
    assert [(asked.id, verify.trace)] == [(span.parent, span.trace) for span in below]


def check_sql(collector: Collector) -> None:
    """Statements are told by verb and table; a refusal by its code."""
    [saved] = collector.named("POST /v1/link/addresses")
    statements = [text for text in collector.below(saved) if not text.startswith("EVALSHA")]
    assert any("INSERT addresses" in text for text in statements), statements
    [refused] = collector.named("GET /v1/link/data")
    assert "UNAUTHENTICATED" == refused.attributes["error.type"]
    assert not refused.parent  # anybody may write a `traceparent`


@pytest.fixture
def deployment(redis_url: str, tmp_path: Path) -> Deployment:
    """A deployment on the test Redis."""
    return Deployment(redis_url, tmp_path)


async def test_workers_send_what_is_left_when_they_are_asked_to_end(
    deployment: Deployment, collector: Collector
) -> None:
    """The batch's time is an hour: what arrives was sent at SIGTERM, by each worker."""
    endpoint = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces"}
    others = {**endpoint, "OTEL_BSP_SCHEDULE_DELAY": "3600000"}
    settings = {"WORKERS": "2", "DRAIN_S": "0"}
    async with deployed(deployment, "bridge", settings, others=others) as process:
        inside = f"http://{process.at.host}:{process.at.internal_port}/authorize"
        forwarded = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/", "traceparent": FOREIGN}
        for _ in range(20):  # each on a connection of its own
            async with ClientSession() as http, http.get(inside, headers=forwarded) as answer:
                assert 401 == answer.status
            async with ClientSession() as http:
                url = f"http://{process.at.host}:{process.at.port}{API}/jwks.json"
                async with http.get(url, headers={"traceparent": FOREIGN}) as answer:
                    assert 200 == answer.status
        assert [] == collector.spans
        assert 0 == await process.service.stop()

    assert {"elements-bridge"} == {span.service for span in collector.spans}
    asked, keys = collector.named("GET /authorize"), collector.named(f"GET {API}/jwks.json")
    assert (20, 20, 2) == (len(asked), len(keys), collector.batches)
    assert {FOREIGN[3:35]} == {span.trace for span in asked}  # a caller inside
    assert FOREIGN[3:35] not in {span.trace for span in keys}  # anybody
    assert 20 == len({span.trace for span in keys})


async def test_a_collector_that_takes_nothing_is_told_once_and_holds_nobody_up(
    deployment: Deployment, collector: Collector
) -> None:
    """Calls are answered, the process ends, and each batch that is lost is no line."""
    collector.status = 400
    others = {ENDPOINT: collector.url, "OTEL_BSP_SCHEDULE_DELAY": "10"}
    async with deployed(deployment, "link-api", {"DRAIN_S": "0"}, others=others) as process:
        await process.call()
        await process.service.said("traces_not_exported")
        for _ in range(3):
            lost = collector.batches
            await process.call()
            await until(partial(collector.has_more_than, lost))
        assert 0 == await process.service.stop()
    assert 1 == process.service.heard["traces_not_exported"]
    assert not any("pentelemetry" in message for message in process.service.heard)


async def test_a_collector_without_the_packages_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A platform may set the variable for all: the service serves, and says what is missing."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    for name in [name for name in sys.modules if name.startswith("link_kernel.tracing.otlp")]:
        monkeypatch.delitem(sys.modules, name)
    with logged_text() as logged:
        async with exporting_traces("bridge", {ENDPOINT: "http://127.0.0.1:9"}):
            assert active() is None
    assert '"traces_need_the_extra_otel","setting":"OTEL_EXPORTER_OTLP_ENDPOINT"' in (
        logged.getvalue()
    )


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {ENDPOINT: "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
async def test_without_a_collector_nothing_is_made(environ: dict[str, str]) -> None:
    async with exporting_traces("bridge", environ):
        assert active() is None
        assert [] == traced_calls("auth-service", is_ours=True)


async def test_a_third_party_learns_of_no_trace(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway of messages gets the code and its signature; the span has its host alone."""
    monkeypatch.setenv(ENDPOINT, collector.url)
    async with hook_receiver() as receiver, exporting_traces("link-api", os.environ):
        spans = active()
        assert spans is not None
        async with open_hook_client(ssl.create_default_context()) as client:
            with spans.request("POST", None):
                sent = await client.post(f"{receiver.url}?key=secret", data=b"code")
                assert sent.status < 300
    [delivery] = receiver.deliveries
    assert "traceparent" not in delivery.headers
    [called] = collector.named("POST otp-webhook")
    assert "127.0.0.1" == called.attributes["server.address"]
    assert "secret" not in called.text
