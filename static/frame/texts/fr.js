/** The texts of `en.js` in French: formal, as a bank writes. A narrow no-break space (`\u202f`) stands before `:`, `;`, `!` and `?`. */

export const LANGUAGE = 'fr';
export const DIRECTION = 'ltr';

export const BY_FORM = 'Vous pouvez remplir le formulaire de la boutique.';

export const DOCUMENT = {
  maker: 'par Cimplify',
  connecting: 'Connexion…',
  contact: 'Numéro de téléphone ou e-mail',
  sendCode: 'Envoyer le code',
  haveCode: 'J’ai un code',
  codeSentTo: 'Saisissez les 6 chiffres envoyés à',
  change: 'Modifier',
  code: 'Code',
  verify: 'Continuer',
  sendAgain: 'Renvoyer le code',
  goBack: 'Retour',
  notYou: 'Ce n’est pas vous\u202f?',
  signOut: 'Se déconnecter',
  loading: 'Chargement…',
  tryAgain: 'Réessayer',
};
export const GO_ON = 'Continuer sans Link';

export const THINGS = { auth: 'vos informations', address: 'vos adresses', payment: 'vos portefeuilles' };
export const HEADING = 'Link par Cimplify\u202f: {things}';
export const LEAD = 'Retrouvez {things} partout.';

export const NO_CONNECTION = 'Link est injoignable pour le moment. Vérifiez votre connexion et réessayez.';
export const FALLBACK = 'Une erreur est survenue. Veuillez réessayer.';

export const PROBLEMS = {
  __proto__: /** @type {any} */ (null),
  OFFLINE: 'Vous semblez hors ligne. Vérifiez votre connexion et réessayez.',
  NETWORK: NO_CONNECTION,
  UPSTREAM_UNAVAILABLE: NO_CONNECTION,
  STORE_UNAVAILABLE: NO_CONNECTION,
  OTP_INVALID: 'Ce code est incorrect. Vérifiez-le et réessayez.',
  OTP_EXPIRED: 'Ce code a déjà servi ou a expiré. Demandez-en un nouveau.',
  OTP_ATTEMPTS_EXCEEDED: 'Trop d’essais incorrects. Redemandez un code\u202f; ce sera peut-être le même.',
  COUNTRY_NOT_SUPPORTED: 'Les numéros de ce pays ne sont pas acceptés ici. Saisissez une adresse e-mail.',
  VALIDATION_ERROR: 'Vérifiez votre saisie et réessayez.',
  RESERVED_CONTACT: 'Ce contact est réservé aux tests. Saisissez-en un autre.',
  too_short: 'Ce numéro est trop court. Saisissez tous ses chiffres, indicatif compris.',
  too_long: 'Ce numéro est trop long. Vérifiez ses chiffres et son pays.',
  not_mobile: 'Ce n’est pas un numéro mobile. Saisissez un numéro mobile.',
  unknown_country: 'Aucun pays n’a cet indicatif. Vérifiez les chiffres après le +.',
  unknown_range: 'Ce numéro n’est pas valide. Vérifiez ses chiffres.',
  country_not_served: 'Les numéros de ce pays ne sont pas acceptés ici. Saisissez celui d’un autre pays.',
  not_shown: 'Est-ce le bon numéro et le bon pays\u202f? Si oui, appuyez de nouveau.',
};
export const TOO_MANY_TRIES = 'Trop d’essais.';
export const TRY_LATER = 'Réessayez plus tard.';
export const TRY_IN = 'Réessayez dans {time}.';
export const CANNOT_LOAD = 'Impossible d’afficher {things} pour le moment.';

export const STOPPED = {
  __proto__: /** @type {any} */ (null),
  insecure_context: 'Link exige une connexion sécurisée (https).',
  unsupported_browser: 'Link exige un navigateur plus récent.',
  disconnected: 'Link n’est pas connecté à cette boutique.',
  network: 'Link est injoignable pour le moment.',
  slow: 'Le chargement de Link prend du temps.',
  offline: 'Vous semblez hors ligne. Link reprendra dès votre retour en ligne.',
  rate_limited: 'Link est très sollicité. Réessayez dans un instant.',
  signed_out: 'La déconnexion de Link est effectuée.',
  session_expired: 'Votre session Link a expiré.',
  session_revoked: 'Votre session Link a été fermée.',
};
export const STOPPED_ALONE = {
  __proto__: /** @type {any} */ (null),
  top_level: 'Ceci fonctionne dans la page de paiement d’une boutique.',
  dismissed: 'Poursuite sans Link.',
};
export const UNAVAILABLE = 'Link n’est pas disponible dans cette boutique.';
export const USE_LINK = 'Utiliser Link';
export const SIGN_IN = 'Se connecter';
export const START_AGAIN = 'Recommencer';

export const ENTER_CONTACT = 'Saisissez un numéro de téléphone ou un e-mail.';
export const CHOOSE_COUNTRY = 'Choisissez le pays de ce numéro, ou commencez-le par +.';
export const ENTER_CODE = 'Saisissez le code envoyé à {contact}.';
export const CODE_FILLED_IN = 'Le code reçu par message a été saisi.';
export const BAD_CODE = 'Saisissez les 6 chiffres du code.';
export const ASK_LATER = 'Un autre code ne peut pas encore être envoyé. Si vous en avez déjà un, saisissez-le.';
export const SENT_AGAIN = 'Le code a été renvoyé.';
export const WAIT = 'dans {time}';
export const OTHER_WAYS = { __proto__: /** @type {any} */ (null), sms: 'L’envoyer par SMS', whatsapp: 'L’envoyer par WhatsApp', voice: 'Le recevoir par appel', email: 'L’envoyer par e-mail' };
export const ANOTHER_WAY = 'L’envoyer autrement';
export const AT_WORK = { 'request-code': 'Envoi…', 'verify-code': 'Vérification…', resend: 'Envoi…', 'other-way': 'Envoi…', 'sign-out': 'Déconnexion…' };

export const SIGNED_IN = 'Connexion établie\u202f: {owner}';
export const SIGNED_IN_BY_SHOP = 'Connexion par cette boutique';
export const SIGN_OUT_FAILED = 'La déconnexion a échoué. Vérifiez votre connexion et réessayez.';

export const COUNTRY = 'Pays';
export const COUNTRY_IS = 'Pays\u202f: {name}';
export const OR = ' ou ';

export const ELSEWHERE = { auth: 'Une seule connexion suffit pour toute la page.', address: 'Vos adresses s’affichent ici après connexion.', payment: 'Vos portefeuilles s’affichent ici après connexion.' };
export const SIGN_IN_HERE = 'Se connecter';

export const PICKER = {
  label: 'Pays',
  search: 'Nom ou indicatif du pays',
  none: 'Aucun pays de ce nom ou de cet indicatif.',
  one: '{count} pays',
  other: '{count} pays',
};

export const ADDRESS = {
  legend: 'Livrer à',
  empty: 'Vous n’avez pas encore d’adresse enregistrée.',
  why: 'Enregistrez-en une\u202f: elle sera prête dans chaque boutique avec Link, sans rien ressaisir.',
  add: 'Ajouter une adresse',
  save: 'Enregistrer',
  use: 'Utiliser cette adresse',
  chosen: 'Adresse choisie',
  stepUp: 'Pour modifier vos adresses, confirmez par un code que vous êtes',
  gone: 'Cette adresse n’est plus enregistrée.',
  conflict: 'Cette adresse a changé entre-temps. Vérifiez-la.',
  full: 'Vous pouvez enregistrer {limit} adresses. Supprimez-en d’abord une.',
};
export const ADDRESS_FIELDS = {
  street: 'Adresse',
  apartment: 'Appartement ou étage',
  city: 'Ville',
  phone: 'Téléphone de livraison',
  phoneHint: 'Pour que le livreur puisse appeler.',
  instructions: 'Consignes de livraison',
  instructionsHint: 'Ce qui aide à vous trouver, comme un repère ou un portail.',
  labelHint: 'Ou un nom de votre choix. À défaut, ce sera celui de la ville.',
  home: 'Domicile',
  work: 'Bureau',
  noCountry: 'Choisissez le pays.',
  noStreet: 'Saisissez l’adresse.',
  noCity: 'Saisissez la ville.',
  noPhone: 'Saisissez un numéro de téléphone, par exemple 07 01 23 45 67.',
};
export const REGIONS = { region: 'Région', county: 'Comté', department: 'Département', district: 'District', province: 'Province', state: 'État' };
export const NO_REGION = { region: 'Saisissez la région.', county: 'Saisissez le comté.', department: 'Saisissez le département.', district: 'Saisissez le district.', province: 'Saisissez la province.', state: 'Saisissez l’État.' };
export const EDIT_ADDRESS = 'Modifier {title}';
export const SAVED_ADDRESS = 'Adresse enregistrée';
export const PHONE_IS = 'Tél. {phone}';
export const INSTRUCTIONS_ARE = 'Consignes\u202f: {instructions}';

export const WALLET = {
  legend: 'Payer avec',
  empty: 'Vous n’avez pas encore de portefeuille enregistré.',
  why: 'Enregistrez-en un et payez avec lui dans chaque boutique avec Link, sans ressaisir son numéro.',
  add: 'Ajouter un portefeuille',
  save: 'Enregistrer',
  use: 'Utiliser ce portefeuille',
  chosen: 'Portefeuille choisi',
  stepUp: 'Connexion par cette boutique. Pour modifier vos portefeuilles, confirmez par un code que vous êtes',
  gone: 'Ce portefeuille n’est plus enregistré.',
  conflict: 'Ce portefeuille est déjà enregistré.',
  full: 'Vous pouvez enregistrer {limit} portefeuilles. Supprimez-en d’abord un.',
};
export const WALLET_FIELDS = {
  number: 'Numéro du portefeuille',
  provider: 'Opérateur',
  chooseOne: 'Choisissez',
  found: 'Déduit du numéro. Modifiez-le si le numéro a changé d’opérateur.',
  labelHint: 'Par exemple Personnel ou Professionnel.',
  noNumber: 'Saisissez le numéro du portefeuille.',
  noProvider: 'Choisissez l’opérateur de ce portefeuille.',
  noCountry: 'Saisissez le numéro du portefeuille et choisissez son pays.',
};
export const A_WALLET = 'Portefeuille';
export const THE_PROVIDER = 'l’opérateur';
export const VERIFYING = 'Demande à {provider} si ce numéro a un portefeuille, sans débit.';

export const SAVE_AS = 'Enregistrer sous';
export const OPTIONAL = ' (facultatif)';
export const SUGGESTIONS = 'Suggestions, ou un autre nom';
export const DEFAULT = 'Par défaut';
export const VERIFIED = 'Vérifié';
export const BUTTONS = {
  change: 'Modifier',
  edit: 'Modifier',
  verify: 'Vérifier',
  makeDefault: 'Définir par défaut',
  remove: 'Supprimer',
  keep: 'Garder',
  cancel: 'Annuler',
  showAll: 'Tout afficher',
  showLess: 'Réduire',
};
export const BUTTON_OF = '{button}\u202f: {title}';
export const CHANGE_CHOSEN = 'Modifier\u202f: {chosen}, {title}';
export const SHOW_ALL_OF = 'Afficher les {count}';
export const REMOVE_THIS = 'Supprimer {title}\u202f?';
export const REMOVE_FOR_GOOD = 'Supprimer {title} définitivement';
export const KEEP_THIS = 'Garder {title}';

export const SAVING = 'En cours…';
export const REMOVING = 'Suppression…';
export const CHOSEN_IS = '{chosen}\u202f: {title}.';
export const DONE = {
  saved: 'C’est enregistré.',
  isDefault: 'C’est désormais le choix par défaut.',
  verified: 'Vérification réussie\u202f: {title}.',
  removed: 'Suppression effectuée\u202f: {title}.',
};
export const NOT_REMOVED = 'La suppression a échoué\u202f: {title}. Vérifiez votre connexion et réessayez.';
export const MAY_BE_SAVED = 'L’enregistrement a peut-être réussi\u202f: enregistrez de nouveau sans rien changer, ou annulez pour voir.';
export const MAY_BE_DONE = 'L’opération a peut-être réussi.';
export const TYPE_AGAIN = 'Ressaisissez ce champ, en lettres et chiffres simples.';
export const NO_SUCH_WALLET = 'L’opérateur ne connaît pas le portefeuille {title}. Vérifiez le numéro\u202f: vous pouvez supprimer ce portefeuille et ajouter le bon.';
export const NOT_VERIFIED_NOW = 'Les portefeuilles ne peuvent pas être vérifiés pour le moment. Celui-ci reste enregistré.';
export const NOT_HERE = 'Cette boutique ne permet pas cette modification.';

export const ACCOUNT = {
  title: 'Contacts et compte',
  phone: 'Téléphone',
  email: 'E-mail',
  leaves: 'Sera supprimé le {day}, sauf connexion avec ce contact d’ici là.',
  only: 'C’est votre seul moyen de connexion. Avec un second contact, vous gardez votre compte si vous perdez le premier.',
  add: 'Ajouter un contact',
  former: 'Retrouver un ancien compte', export: 'Obtenir vos données',
  close: 'Fermer le compte',
  closing: 'Fermeture…',
  loading: 'Chargement…',
  back: 'Retour',
  stepUp: 'Pour modifier vos contacts ou votre compte, confirmez par un code que vous êtes',
};
export const ACCOUNT_CODES = {
  sendCode: 'Envoyer le code', sending: 'Envoi…', sendAgain: 'Renvoyer le code',
  codeSentTo: 'Saisissez les 6 chiffres envoyés à', code: 'Code', verify: 'Continuer', checking: 'Vérification…',
};
export const ACCOUNT_ASKING = {
  to: 'Envoyer le code à',
  add: 'Un premier code confirme que ce compte est le vôtre. Vous ajouterez ensuite le nouveau contact.',
  newContact: 'Nous envoyons un second code au nouveau contact.', other: 'Autre numéro ou e-mail de ce compte',
  former: 'Aviez-vous déjà un compte avec votre numéro\u202f? Un autre contact de ce compte permet de le retrouver.',
  formerContact: 'Saisissez un autre contact de ce compte. Nous y envoyons un second code\u202f; si le compte est retrouvé, vous devrez vous reconnecter, sans ce que vous avez enregistré depuis.',
  contact: 'Nouveau numéro ou e-mail',
  remove: 'Vous ne pourrez plus l’utiliser pour vous connecter. Vos autres contacts recevront un message.',
  atOnce: 'Avec un code envoyé à ce contact, il est supprimé aussitôt.',
  later: 'Avec un code envoyé à un autre contact, il est supprimé après 7 jours, sauf connexion avec lui d’ici là.',
  closeTitle: 'Fermer votre compte Link\u202f?',
  closeGoes: 'Vos adresses, portefeuilles, contacts et réglages enregistrés sont supprimés, et vos sessions prennent fin dans toutes les boutiques.',
  closeStays: 'Vos commandes restent dans les boutiques où vous les avez passées, mais plus rien ici ne permet de remonter jusqu’à vous.',
  closeEnds: 'C’est irréversible. Une nouvelle connexion avec vos contacts repartira de zéro.',
  export: 'Vous obtenez toutes les données que Link conserve sur vous\u202f: contacts, adresses, portefeuilles, réglages, commandes et sessions. Toute personne qui les détient peut les lire.',
};
export const ACCOUNT_DONE = {
  added: '{contact} a été ajouté.', leaves: '{contact} sera supprimé le {day}.',
  former: 'Si ce contact appartient à un compte avec votre numéro, ce compte est de retour\u202f: reconnectez-vous.', closed: 'Votre compte Link est fermé.',
  saved: 'Le fichier a été remis à votre navigateur.',
  copied: 'Le texte est copié.', selected: 'Le texte est sélectionné. Copiez-le.',
};
export const ACCOUNT_PROBLEMS = {
  taken: 'Ce contact appartient à un autre compte Link. Ajoutez-en un autre.',
  last: 'C’est votre seul contact. Ajoutez-en d’abord un autre.',
  full: 'Vous pouvez avoir {count} contacts. Supprimez-en d’abord un.',
  gone: 'Ce contact n’est plus le vôtre.',
  tooLate: 'Cela a pris trop de temps. Demandez un nouveau code.',
};
export const ACCOUNT_WAIT = 'Un autre code pourra être envoyé dans {time}.';
export const ACCOUNT_EXPORT = {
  ready: 'Enregistrez le fichier. Si votre navigateur n’enregistre rien ici, copiez le texte.',
  save: 'Enregistrer',
  copy: 'Copier',
  text: 'Vos données',
};
export const OFFER = {
  why: 'Un numéro de téléphone peut changer de titulaire. Avec un second contact, ce que vous avez enregistré reste à vous.',
  add: 'Ajouter un contact',
  no: 'Non merci',
  failed: 'Chargement impossible. Vérifiez votre connexion et réessayez.',
};
