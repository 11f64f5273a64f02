"""French."""

from typing import Final

from link_api.auth.records import Change, CodePurpose
from link_api.auth.senders.texts.texts import Texts

FR: Final = Texts(
    of_shop=(
        "{code} est votre code Cimplify Link pour {name}. Ne le donnez à personne.",
        "{code} est votre code Cimplify Link pour {name}.",
    ),
    of_nobody=(
        "{code} est votre code Cimplify Link. Ne le donnez à personne.",
        "{code} est votre code Cimplify Link.",
    ),
    for_a_deed=(
        "{code} est votre code Cimplify Link pour {deed}. Ne le donnez à personne.",
        "{code} est votre code Cimplify Link pour {deed}.",
    ),
    deeds={
        CodePurpose.ADD_CONTACT: "ajouter un contact à votre compte",
        CodePurpose.REMOVE_CONTACT: "retirer un contact de votre compte",
        CodePurpose.CLOSE_ACCOUNT: "supprimer votre compte",
        CodePurpose.EXPORT_ACCOUNT: "télécharger vos données",
        CodePurpose.NEW_CONTACT: "ajouter ce contact à un compte",
        CodePurpose.FORMER_CONTACT: "récupérer un ancien compte",
    },
    news={
        Change.CONTACT_ADDED: "{contact} a été ajouté à votre compte Cimplify Link."
        " Si ce n'était pas vous, connectez-vous et retirez-le.",
        Change.CONTACT_REMOVED: "{contact} a été retiré de votre compte Cimplify Link."
        " Si ce n'était pas vous, connectez-vous et ajoutez-le à nouveau.",
        Change.CONTACT_LEAVES: "{contact} quittera votre compte Cimplify Link dans 7 jours."
        " Si ce n'était pas vous, connectez-vous d'ici là avec ce contact.",
        Change.CONTACT_STAYS: "{contact} reste dans votre compte Cimplify Link, il a servi à une"
        " connexion. Si ce n'était pas vous, retirez-le à nouveau.",
        Change.NUMBER_LEFT: "{contact} a quitté votre compte Cimplify Link, longtemps inactif."
        " S'il est à vous, connectez-vous avec, puis retrouvez l'ancien compte par ce contact.",
        Change.NUMBER_ADDED: "{contact} a quitté votre compte Cimplify Link, longtemps inactif."
        " Son nouveau titulaire l'a ajouté à un autre compte.",
        Change.ACCOUNT_CLOSED: "Votre compte Cimplify Link a été supprimé. Le code a été envoyé à :"
        " {contact}.",
    },
    a_contact="Un contact",
    news_subject="Votre compte Cimplify Link a changé",
    mail_subject="Votre code Cimplify Link",
    mail="""\
Votre code Cimplify Link{what_for} est {code}

Il est valable pendant {minutes} minutes. Ne le saisissez que sur la page
où vous l'avez demandé, et ne le donnez à personne : nous ne le demandons jamais.

Si vous n'avez pas demandé de code, vous n'avez rien à faire.
""",
    mail_at_shop=" pour {name}",
    mail_for_a_deed=" pour {deed}",
)
