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
        Change.CONTACT_ADDED: "{contact} : ajouté à votre compte Cimplify Link."
        " Si ce n'était pas vous, connectez-vous et retirez-le.",
        Change.CONTACT_REMOVED: "{contact} : retiré de votre compte Cimplify Link."
        " Si ce n'était pas vous, connectez-vous et ajoutez-le.",
        Change.CONTACT_LEAVES: "{contact} : quitte votre compte Cimplify Link dans 7 jours."
        " Si ce n'était pas vous, connectez-vous avec lui avant.",
        Change.CONTACT_STAYS: "{contact} : reste dans votre compte Cimplify Link, on s'est connecté"
        " avec lui. Si ce n'était pas vous, retirez-le.",
        Change.NUMBER_LEFT: "{contact} : sorti de votre compte Cimplify Link, longtemps inactif."
        " S'il est à vous, connectez-vous avec lui et retrouvez l'ancien compte.",
        Change.NUMBER_ADDED: "{contact} : sorti de votre compte Cimplify Link, longtemps inactif."
        " Qui l'a maintenant l'a ajouté à un autre compte.",
        Change.ACCOUNT_CLOSED: "{contact} : un code envoyé là a supprimé votre compte Cimplify"
        " Link.",
    },
    a_contact="Un contact",
    news_subject="Votre compte Cimplify Link a changé",
    mail_subject="Votre code Cimplify Link",
    mail="""\
Votre code Cimplify Link{what_for} est {code}

Il est valable {minutes} minutes. Ne le saisissez que sur la page où vous l'avez demandé, et ne le
donnez à personne : nous ne le demandons jamais.

Si vous n'avez pas demandé de code, vous n'avez rien à faire.
""",
    mail_at_shop=" pour {name}",
    mail_for_a_deed=" pour {deed}",
)
