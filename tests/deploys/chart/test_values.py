"""Values that cannot be right are refused before anything is installed, in plain words."""

import re
from collections.abc import Mapping

import pytest

from tests.deploys.chart.releases import CHART, ChartRefused, Helm, my_values


def _refusal(helm: Helm, values: Mapping[str, object], *files: str) -> str:
    with pytest.raises(ChartRefused) as refused:
        helm.rendered(files or [my_values()], values)
    return str(refused.value)


@pytest.mark.parametrize(
    ("values", "where", "why"),
    [
        ({"sidekar": True}, "''", "'sidekar' not allowed"),
        ({"bridge": {"setings": {}}}, "/bridge", "'setings' not allowed"),
        (
            {"bridge": {"settings": {"ELEMENTS_MODES": "test"}}},
            "/bridge/settings",
            "'ELEMENTS_MODES' not allowed",
        ),
        (
            {"linkApi": {"settings": {"ELEMENTS_DRAIN_S": 5}}},
            "/linkApi/settings",
            "'ELEMENTS_DRAIN_S' not allowed",
        ),
        ({"mode": "staging"}, "/mode", "'live', 'test'"),
        ({"publicUrl": "https://api.example/"}, "/publicUrl", "does not match pattern"),
        ({"trustedProxies": ["10.0.0.1"]}, "/trustedProxies/0", "does not match pattern"),
        ({"bridge": {"replicas": "2"}}, "/bridge/replicas", "want integer"),
        (
            {"bridge": {"secrets": {"ELEMENTS_REDIS_URL": {"key": None}}}},
            "/bridge/secrets/ELEMENTS_REDIS_URL",
            "missing property 'key'",
        ),
        (
            {"bridge": {"secrets": {"ELEMENTS_INTERNAL_TOKEN": None}}},
            "/bridge/secrets",
            "missing property 'ELEMENTS_INTERNAL_TOKEN'",
        ),
        ({"networkPolicy": {"gateway": [{}]}}, "/networkPolicy/gateway/0", "minProperties"),
        ({"networkPolicy": {"egress": {"redis": {"ports": ["x"]}}}}, "/redis/ports/0", "integer"),
    ],
)
def test_a_name_or_a_value_that_the_chart_does_not_know_is_refused_where_it_stands(
    helm: Helm, values: Mapping[str, object], where: str, why: str
) -> None:
    said = _refusal(helm, values)
    assert where in said
    assert why in said


def test_a_secret_has_no_place_in_the_values(helm: Helm) -> None:
    """Whoever writes one there is refused, and does not read it in what is installed."""
    url = "redis://:hunter2@redis:6379"
    for part, place in (("settings", "ELEMENTS_REDIS_URL"), ("secrets", "ELEMENTS_REDIS_URL")):
        assert f"/bridge/{part}" in _refusal(helm, {"bridge": {part: {place: url}}})


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("trustedProxies: .*", "Set trustedProxies: the networks of your gateway's"),
        ("image: {repository: registry.example/elements-bridge,", "Set bridge.image.repository:"),
        ("image: {repository: registry.example/link-api,", "Set linkApi.image.repository:"),
    ],
)
def test_what_only_an_operator_knows_is_asked_for(helm: Helm, missing: str, said: str) -> None:
    mine, times = re.subn(missing, lambda found: "image: {" if "{" in found[0] else "", my_values())
    assert 1 == times
    assert said in _refusal(helm, {}, mine)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"linkApi": {"enabled": False}}, "Set bridge.authServiceUrl: where the auth service"),
        ({"sidecar": True, "bridge": {"enabled": False}}, "so both must be enabled"),
        ({"bridge": {"enabled": False}, "linkApi": {"enabled": False}}, "Nothing to install"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(
    helm: Helm, values: Mapping[str, object], said: str
) -> None:
    assert said in _refusal(helm, values)


def test_the_link_api_may_be_installed_alone(helm: Helm) -> None:
    release = helm.render("values-single.yaml", {"bridge": {"enabled": False}})
    [deployment] = release.of_kind("Deployment")
    assert "cimplify-link-api" == deployment["metadata"]["name"]


def test_an_image_has_the_chart_s_release_where_no_tag_is_named(helm: Helm) -> None:
    """Which is the one of the project."""
    release = helm.render("values-single.yaml", {"bridge": {"image": {"tag": ""}}})
    [container] = release.named("Deployment", "cimplify-bridge")["spec"]["template"]["spec"][
        "containers"
    ]
    project = (CHART.parents[2] / "pyproject.toml").read_text("utf-8")
    [version] = re.findall(r'^version = "(.*)"$', project, re.MULTILINE)
    assert f"registry.example/elements-bridge:{version}" == container["image"]
