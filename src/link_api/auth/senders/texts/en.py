"""English."""

from typing import Final

from link_api.auth.records import Change, CodePurpose
from link_api.auth.senders.texts.texts import Texts

EN: Final = Texts(
    of_shop=(
        "{code} is your Cimplify Link code for {name}. Give it to nobody.",
        "{code} is your Cimplify Link code for {name}.",
    ),
    of_nobody=(
        "{code} is your Cimplify Link code. Give it to nobody.",
        "{code} is your Cimplify Link code.",
    ),
    for_a_deed=(
        "{code} is your Cimplify Link code to {deed}. Give it to nobody.",
        "{code} is your Cimplify Link code to {deed}.",
    ),
    deeds={
        CodePurpose.ADD_CONTACT: "add a contact to your account",
        CodePurpose.REMOVE_CONTACT: "remove a contact from your account",
        CodePurpose.CLOSE_ACCOUNT: "delete your account",
        CodePurpose.EXPORT_ACCOUNT: "download your data",
        CodePurpose.NEW_CONTACT: "add this contact to an account",
        CodePurpose.FORMER_CONTACT: "get an earlier account back",
    },
    news={
        Change.CONTACT_ADDED: "{contact} was added to your Cimplify Link account."
        " If that was not you, sign in and remove it.",
        Change.CONTACT_REMOVED: "{contact} was removed from your Cimplify Link account."
        " If that was not you, sign in and add it again.",
        Change.CONTACT_LEAVES: "{contact} leaves your Cimplify Link account in 7 days."
        " If that was not you, sign in with it before then.",
        Change.CONTACT_STAYS: "{contact} stays in your Cimplify Link account: somebody signed in"
        " with it. If that was not you, remove it again.",
        Change.NUMBER_LEFT: "{contact} left your Cimplify Link account, unused for long. If it is"
        " yours, sign in with it and get the earlier account back by this contact.",
        Change.NUMBER_ADDED: "{contact} left your Cimplify Link account, unused for long: whoever"
        " has it now has added it to another account.",
        Change.ACCOUNT_CLOSED: "Your Cimplify Link account was deleted, by a code to {contact}.",
    },
    a_contact="A contact",
    news_subject="Your Cimplify Link account has changed",
    mail_subject="Your Cimplify Link code",
    mail="""\
Your Cimplify Link code{what_for} is {code}

It is good for {minutes} minutes. Enter it only on the page where you asked for it, and give it to
nobody: we never ask for it.

If you did not ask for a code, you need not do anything.
""",
    mail_at_shop=" for {name}",
    mail_for_a_deed=" to {deed}",
)
