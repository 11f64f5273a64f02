"""The frame in the customer's language: the page's, else the browser's."""

from typing import Final

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import accessibility_faults, save_address
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import code_for, link_token
from tests.support.browser.visitor import FRENCH, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_MOUNT: Final = """(options) => window.handles.push(
  window.Link.mount({ businessId: 'bus_demo', target: '#elements', ...options }),
)"""
_SPOKEN: Final = "[document.documentElement.lang, document.documentElement.dir]"
_NAME: Final = "document.querySelector('#elements iframe').ariaLabel"


async def mounted(visitor: Visitor, element: str, **options: object) -> ShopPage:
    """Open a shop with one element, and wait until it asks its guest."""
    shop = await visitor.shop()
    await shop.page.evaluate(_MOUNT, {"element": element, **options})
    await expect(shop.element().locator("#contact")).to_be_visible()
    return shop


def language_files(visitor: Visitor) -> set[str]:
    """Return the files of languages that were asked for, by any document."""
    names = {request.url.rsplit("/", 1)[-1] for request in visitor.requests}
    return names & {"en.js", "fr.js"}


async def test_a_customer_whose_browser_is_french_reads_french_from_the_sign_in_to_the_form(
    visitor: Visitor, stack: Stack
) -> None:
    await visitor.context.add_init_script(FRENCH)
    shop = await mounted(visitor, "payment")
    element, frame = shop.element(), await shop.frame()
    assert ["fr", "ltr"] == await frame.evaluate(_SPOKEN)
    assert "Cimplify Link, vos portefeuilles" == await shop.page.evaluate(_NAME)
    await expect(element.locator("#lead")).to_have_text("Retrouvez vos portefeuilles partout.")
    await element.get_by_label("Numéro de téléphone ou e-mail").fill("awa.language@example.com")
    await element.get_by_role("button", name="Envoyer le code").click()
    await expect(element.get_by_text("Saisissez les 6 chiffres envoyés à")).to_be_visible()
    assert '"locale":"fr"' in (visitor.asked("request-otp")[-1].post_data or "")
    await expect(element.locator("#resend-wait")).to_have_text("dans 30\u00a0secondes")
    await element.get_by_label("Code", exact=True).fill("00")
    await element.get_by_role("button", name="Continuer", exact=True).click()
    await expect(element.locator("#code-problem")).to_have_text("Saisissez les 6 chiffres du code.")
    await element.get_by_label("Code", exact=True).fill(code_for(stack, "awa.language@example.com"))
    await element.get_by_role("button", name="Continuer", exact=True).click()
    await element.get_by_role("button", name="Ajouter un portefeuille").click()
    await element.get_by_role("button", name="Enregistrer").click()
    problem = element.get_by_text("Choisissez l\u2019opérateur de ce portefeuille.")
    await expect(problem).to_be_visible()
    assert [] == await accessibility_faults(shop)
    assert {"fr.js"} == language_files(visitor)


async def test_the_language_of_the_page_comes_before_that_of_the_browser(visitor: Visitor) -> None:
    """And its file in time for the first view, as the look of the shop does."""
    shop = await mounted(visitor, "address", locale="fr-CI")
    await expect(shop.element().locator("#dismiss")).to_have_text("Continuer sans Link")
    assert "Cimplify Link, vos adresses" == await shop.page.evaluate(_NAME)
    loaded = [request.url for request in visitor.requests if "/appearance.js" in request.url]
    assert ({"fr.js"}, []) == (language_files(visitor), loaded)

    await visitor.context.add_init_script(FRENCH)
    shop = await mounted(visitor, "address", locale="en")
    await expect(shop.element().locator("#dismiss")).to_have_text("Go on without Link")
    assert "en" == (await (await shop.frame()).evaluate(_SPOKEN))[0]


async def test_a_page_changes_its_language_while_its_elements_are_there(
    visitor: Visitor, stack: Stack
) -> None:
    shop = await mounted(visitor, "payment", locale="fr")
    element, frame = shop.element(), await shop.frame()
    await element.locator("#contact").fill("kofi.language@example.com")
    await element.locator("#request-code").click()
    await expect(element.locator("#otp-code")).to_be_visible()
    await element.locator("#otp-code").fill(code_for(stack, "kofi.language@example.com"))
    await element.locator("#verify-code").click()
    await expect(element.get_by_role("button", name="Ajouter un portefeuille")).to_be_visible()
    for locale, add, leave, lead in (
        ("en", "Add a wallet", "Sign out", "Find your wallets in every shop."),
        ("fr", "Ajouter un portefeuille", "Se déconnecter", "Retrouvez vos portefeuilles partout."),
        ("", "Add a wallet", "Sign out", "Find your wallets in every shop."),
    ):
        await shop.page.evaluate("(locale) => window.handles[0].update({ locale })", locale)
        await expect(element.get_by_role("button", name=add)).to_be_visible()
        await expect(element.get_by_role("button", name=leave)).to_be_visible()
        await expect(element.locator("#lead")).to_have_text(lead)
        assert [locale or "en", "ltr"] == await frame.evaluate(_SPOKEN)
    assert {"fr.js"} == language_files(visitor)


async def test_where_the_language_does_not_come_the_element_is_there_in_english(
    visitor: Visitor,
) -> None:
    visitor.expect_error("ERR_FAILED")
    await visitor.context.add_init_script(FRENCH)
    await visitor.context.route("**/fr.js*", lambda route: route.abort())
    shop = await mounted(visitor, "payment")
    await expect(shop.element().locator("#dismiss")).to_have_text("Go on without Link")
    assert ["en", "ltr"] == await (await shop.frame()).evaluate(_SPOKEN)


async def test_what_stands_in_place_of_a_sign_in_is_in_the_language_too(visitor: Visitor) -> None:
    await visitor.context.add_init_script(FRENCH)
    shop = await visitor.shop("payment", "address")
    aside = shop.element(1).locator("#aside")
    await expect(aside).to_contain_text("Vos adresses s\u2019affichent ici après connexion.")
    await expect(aside.get_by_role("button")).to_have_text("Se connecter")


async def test_the_answers_to_a_question_in_french_share_a_line_at_320_px(
    visitor: Visitor,
) -> None:
    await visitor.context.add_init_script(FRENCH)
    token = await link_token(visitor.servers, "aya.language@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop("address", link_token=token)
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    element = shop.element()
    await element.get_by_role("button", name="Supprimer").click()
    boxes = [
        await element.get_by_role("button", name=name).bounding_box()
        for name in ("Supprimer Home définitivement", "Garder Home")
    ]
    assert 1 == len({box["y"] for box in boxes if box})
