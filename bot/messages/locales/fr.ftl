### Français

face-happy = A l’air joyeux, sûr à { NUMBER($share, style: "percent") }
face-sad = A l’air triste, sûr à { NUMBER($share, style: "percent") }
face-too-small = Difficile à dire : le visage est trop petit
face-too-close = Difficile à dire : entre joyeux et triste
face-neither = Difficile à dire : n’a l’air ni joyeux ni triste
face-turned-away = Difficile à dire : le visage est détourné
face-covered = Difficile à dire : la bouche est couverte
face-unclear = Difficile à dire : on ne voit pas bien le visage
advice-too-small = Essayez une photo prise de plus près, ou envoyez celle-ci comme fichier.
advice-turned-away = Essayez une photo où le visage est tourné vers l’objectif.
advice-covered = Essayez une photo où l’on voit la bouche.
advice-unclear = Essayez une photo où le visage est net et où rien ne le cache.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } visage
       *[other] { $faces } visages
    } — joyeux : { $happy }, tristes : { $sad }, incertains : { $unsure }
no-face = Je ne trouve aucun visage. Essayez une photo où le visage est plus grand et tourné vers l’objectif.
clip-happy =
    Surtout joyeux : { $seen ->
        [one] { $seen } image
       *[other] { $seen } images
    } sur { $looks }
clip-sad =
    Surtout triste : { $seen ->
        [one] { $seen } image
       *[other] { $seen } images
    } sur { $looks }
clip-unsure =
    Le plus souvent difficile à dire : { $seen ->
        [one] { $seen } image
       *[other] { $seen } images
    } sur { $looks }
clip-mixed =
    Changeant — joyeux : { $happy }, triste : { $sad }, incertain : { $unsure }, sur { $looks ->
        [one] { $looks } image
       *[other] { $looks } images
    }
clip-no-face =
    J’ai regardé { $moments ->
        [one] { $moments } image
       *[other] { $moments } images
    } du clip et n’ai trouvé aucun visage. Essayez un clip où le visage est plus grand et tourné vers l’objectif.
note-clip =
    J’ai regardé { $moments ->
        [one] { $moments } image
       *[other] { $moments } images
    } du clip, et dans chacune le plus grand visage.
note-cover = Je n’ai regardé que l’image de couverture, pas tout le clip.
note-damaged = Le fichier est endommagé : j’ai jugé la partie encore visible.
album-photo = Photo { $number }
album-why = Pour savoir pourquoi, répondez à l’une des photos par /emotion.
gathered-title =
    { $photos ->
        [one] Encore une photo arrivée pendant une minute chargée :
       *[other] Encore { $photos } photos arrivées pendant une minute chargée :
    }
please-wait =
    { $photos ->
        [one] Encore une de vos photos attend. Je réponds l’une après l’autre ; un instant, s’il vous plaît.
       *[other] Encore { $photos } de vos photos attendent. Je réponds l’une après l’autre ; un instant, s’il vous plaît.
    }
long-queue = De très nombreuses photos attendent en ce moment. La vôtre est bien arrivée et son tour viendra ; inutile de la renvoyer.

problem-empty = Le fichier est vide. Renvoyez la photo, s’il vous plaît.
problem-too-many-bytes = Le fichier est trop gros : je peux lire jusqu’à { $megabytes } Mo. Envoyez-le comme photo, Telegram le réduira.
problem-too-many-pixels = L’image a trop de pixels pour moi. Envoyez-la comme photo, Telegram la réduira.
problem-too-complex = Ce fichier est fait de telle sorte qu’il est trop long à ouvrir. Faites une capture d’écran de l’image et envoyez-la.
problem-not-an-image = Je ne peux pas ouvrir ceci comme image. Envoyez une photo, ou un fichier JPEG, PNG ou WebP.
problem-unsupported-format = Je ne peux pas ouvrir les fichiers { $format }. Envoyez-le comme photo, ou comme fichier JPEG, PNG ou WebP.
problem-heic = Je ne peux pas ouvrir les fichiers HEIC que font les iPhone. Envoyez-le comme photo plutôt que comme fichier, Telegram le convertira.
problem-damaged = Le fichier est endommagé et je ne peux pas l’ouvrir. Renvoyez la photo, s’il vous plaît.
problem-deadline = Cette image m’a pris trop de temps et j’ai abandonné. Essayez-en une plus petite.
problem-worker-lost = J’ai échoué deux fois sur cette image et j’ai abandonné. Essayez une autre photo, ou une capture d’écran de celle-ci.
problem-busy = J’ai trop de photos à regarder en ce moment. Renvoyez celle-ci dans une minute, s’il vous plaît.
problem-download-failed = Je n’ai pas pu récupérer la photo chez Telegram. Renvoyez-la dans une minute, s’il vous plaît.
problem-file-gone = Telegram n’a plus ce fichier. Renvoyez la photo, s’il vous plaît.
problem-no-cover = Telegram n’a pas fait d’image de couverture, je n’ai donc rien à regarder. Envoyez plutôt une photo.
problem-internal = Quelque chose a échoué de mon côté. Réessayez dans une minute, s’il vous plaît.
problem-too-late = Pendant trop longtemps, je n’ai pas réussi à vous faire parvenir de réponse et j’ai abandonné. Renvoyez-le, s’il vous plaît.

button-why = Pourquoi ?
button-details = Détails
button-expired = Ce bouton ne fonctionne plus. Renvoyez la photo.
button-pause = Un instant, s’il vous plaît : appuyez de nouveau dans quelques secondes.
button-photo-gone = Je ne garde pas les photos, et celle-ci n’est plus là. Renvoyez-la.
why-caption = Les couleurs chaudes montrent ce qui parlait pour joyeux, les froides ce qui parlait pour triste.
why-not-available = Ce modèle ne peut pas montrer où il a regardé.
details-title = Quel air a chaque visage :
details-face = Joyeux { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") } (visage de { $pixels } px)
details-neither = Joyeux { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") }, ni l’un ni l’autre { NUMBER($neither, style: "percent") } (visage de { $pixels } px)
details-unreadable = { $answer } (visage de { $pixels } px)
fewer-faces = Seuls les { $shown } premiers visages sur { $faces } sont montrés.
details-note = Les chiffres portent sur l’expression dans l’image, pas sur ce que quelqu’un ressent.

button-right = Juste
button-wrong = Faux
button-give = M’aider à apprendre
button-yes = Oui
button-no = Non
button-take-back = Retirer mon accord
label-happy = joyeux
label-sad = triste
label-neither = ni l’un ni l’autre
feedback-noted = Merci, c’est noté.
feedback-counted = Merci. C’est compté, sans votre nom et sans la photo.
feedback-which-face = De quel visage parlez-vous ?
feedback-another-face = Un autre visage aussi ?
feedback-which-label = Quel air a le visage { $number } ?
consent-question =
    Puis-je garder ce visage pour améliorer le modèle ? N’appuyez sur « Oui » que si c’est le vôtre ou si toutes les personnes montrées sont d’accord.

    Si vous appuyez sur « Oui », je redemande la photo à Telegram et je garde, chiffrés, pendant { $time } : le visage { $number } découpé dans la photo, sa taille et son inclinaison sur la photo, l’étiquette « { $label } » et ce que j’ai répondu. Ni le reste de la photo ni votre nom ne servent. Votre accord ne vaut que pour cette photo.

    Vous pouvez retirer votre accord à tout moment, avec le bouton qui apparaîtra ici ou avec /forget. Ce qu’un modèle en a déjà appris ne peut pas être annulé ; le prochain entraînement le laisse de côté.
consent-time =
    { $days ->
        [one] { $days } jour
       *[other] { $days } jours
    }
correction-kept = Le visage est gardé jusqu’au { DATETIME($date, dateStyle: "long") }. Merci !
correction-declined = Très bien, rien n’est gardé.
correction-enough = Je garde déjà { $limit } visages que vous m’avez donnés, et pas plus d’une même personne. Rien n’est gardé de celui-ci.
correction-face-gone = Je n’ai pas retrouvé ce visage, donc rien n’est gardé.
correction-forgotten = Entre-temps, vous m’avez demandé de vous oublier, donc rien n’est gardé.
correction-taken-back = Le visage est effacé. Ce qu’un modèle en a déjà appris ne peut pas être annulé ; le prochain entraînement le laisse de côté.

start =
    Bonjour ! Envoyez-moi une photo et je dirai pour chaque visage si l’expression semble joyeuse ou triste, et à quel point j’en suis sûr.

    Je suis un système automatique : un réseau de neurones juge des expressions et peut se tromper. Il voit une image, pas un sentiment. Les photos ne sont jamais conservées.

    /help – ce que je sais faire
    /privacy – ce que deviennent vos photos
introduction =
    Bonjour ! Je suis { $bot }, un système automatique qui dit si les visages d’une photo semblent joyeux ou tristes. Il peut se tromper, et il voit une image, pas un sentiment.

    Répondez à une photo par /emotion, ou envoyez une photo avec /emotion en légende. Je ne regarde rien d’autre, sauf si un administrateur change /settings. Les photos ne sont jamais conservées : /privacy
help =
    Envoyez-moi une photo, un fichier image, un sticker, un GIF ou une vidéo, un ou plusieurs à la fois. Je numérote les visages rangée par rangée, de gauche à droite, et je dis quel air a chacun. Des clips d’une minute au plus, je regarde jusqu’à 16 images.

    Le mieux : des photos où les visages sont grands, bien éclairés et tournés vers l’objectif.

    « Pourquoi ? » montre où j’ai regardé, « Détails » les chiffres.

    Dans les groupes : répondez à une photo par /emotion, ou écrivez /emotion en légende. Les administrateurs règlent le reste dans /settings.

    /language – changer de langue
    /settings – comment je réponds
    /about – le modèle et combien de fois il a raison
    /privacy, /mydata, /forget – vos données
    /developer_info – qui fait tourner ce bot
help-group =
    Répondez à une photo par /emotion, ou envoyez une photo avec /emotion en légende. Je numérote les visages rangée par rangée, de gauche à droite, et je dis quel air a chacun.

    /settings – les administrateurs règlent quand et comment je réponds
    /mood – quel air avaient les visages ici ces derniers temps
    /privacy – ce que deviennent les photos
privacy =
    Je suis un système automatique qui juge des expressions dans des photos.

    • Les photos sont en mémoire pendant que je les regarde, quelques secondes en général, et ne sont jamais conservées. Pour « Pourquoi ? », je redemande la photo à Telegram.
    • Je ne reconnais personne et ne compare les visages à rien.
    • Je garde : la langue que vous avez choisie, les réglages d’un groupe et, si ses administrateurs ont activé /mood, combien de visages semblaient joyeux ou tristes à chaque heure. Jusqu’à la réponse, aussi votre message, mais pas sa photo. Aussi les réglages de notre discussion privée et, pendant un jour, les boutons sur lesquels vous avez appuyé. Si l’on me retire d’un groupe, ses réglages sont gardés 7 jours, au cas où l’on m’ajouterait de nouveau.
    • /mydata vous envoie ce qui est gardé sur vous, /forget l’efface.
    • { $learning }

    Ne m’utilisez pas pour juger des personnes au travail ou dans l’éducation : dans l’Union européenne, c’est interdit.
privacy-learning = Rien n’est transmis à personne. Quand vous dites qu’une réponse est juste ou fausse, je le compte, sans votre nom. Seulement si vous dites ensuite oui pour cette photo, je garde le visage découpé dans celle-ci, avec sa taille et son inclinaison, chiffré, pendant { $time }, pour améliorer le modèle. Jamais dans les groupes.
privacy-no-learning = Rien n’est transmis à personne et rien ne sert à l’entraînement.
keeps-faces = Un visage découpé d’une photo n’est gardé, chiffré, pour améliorer le modèle, que si vous dites oui pour cette photo.
about = Les visages sont jugés par le modèle « { $name } », version { $version }, sur l’ordinateur même de ce bot.
about-accuracy = Sur { $photos } photos de visages joyeux et tristes qu’il n’avait jamais vues, il a eu raison à { NUMBER($share, style: "percent", maximumFractionDigits: 1) } (joyeux et tristes comptant autant).
about-few-faces = Son degré de certitude repose sur peu de photos : à prendre avec prudence.
about-limits = Il réussit moins bien avec les visages petits, mal éclairés, couverts ou détournés, et pas aussi bien pour tout le monde. Quand il n’est pas sûr, il le dit.
about-version = Version du bot : { $version }
developer-info = Ce bot est géré par : { $info }
developer-info-missing = La personne qui fait tourner ce bot n’a pas dit qui elle est. Le programme est un logiciel libre : happy-or-sad-bot.
hint-text = Envoyez-moi une photo et je vous dirai quel air ont les visages. /help en dit plus.
hint-not-a-photo = Je ne peux regarder que des images. Envoyez-moi une photo, un sticker, un GIF, une vidéo ou un fichier image.
hint-group-reply = Répondez par /emotion à un message qui contient une photo, ou écrivez /emotion en légende d’une photo.
guest-hint = Mentionnez-moi en réponse à un message qui contient une photo, et je dirai de quoi les visages ont l’air.
guest-pause = Vous avez posé beaucoup de questions en une minute. Redemandez-moi dans une minute, s’il vous plaît.
automatic-system = Je suis un système automatique : un réseau de neurones juge les expressions et peut se tromper. Il voit une image, pas un sentiment.
group-switched-off = Les administrateurs ont désactivé mes réponses ici. Ils peuvent changer cela dans /settings.
not-admitted = Désolé, je ne suis pas disponible dans ce chat. La personne qui fait tourner ce bot décide où je réponds.
admins-only = Seuls les administrateurs peuvent faire cela.
groups-only = Cela ne fonctionne que dans les groupes.

mydata = C’est tout ce qui est gardé sur vous. Le fichier contient chaque détail.
mydata-id = Votre numéro chez Telegram : { $id }
mydata-messages = Messages en attente d’une réponse, avec celui-ci : { $count }
mydata-held = Réponses retenues jusqu’à la fin d’une minute chargée : { $count }
mydata-notes = Notes du jour sur les boutons utilisés et les attentes : { $count }
mydata-faces = Visages que vous avez donnés pour l’entraînement : { $count }
mydata-refused = On vous a dit que je ne suis pas disponible ici
mydata-sent = Je vous l’ai envoyé dans notre discussion privée.
mydata-ask-in-private = Cela ne regarde que vous : écrivez-moi /mydata dans notre discussion privée.
person-unknown = Vous écrivez ici au nom de la discussion, je ne peux donc pas savoir de qui il s’agit. Écrivez-moi cela dans notre discussion privée.
forget-done = C’est fait : ce qui était gardé sur vous est effacé. Vous pouvez continuer à m’utiliser quand vous voulez.
forget-faces = Les visages que vous avez donnés pour l’entraînement sont effacés aussi. Ce qu’un modèle en a déjà appris ne peut pas être annulé ; le prochain entraînement les laisse de côté.
forget-dropped = Vos messages qui attendaient encore une réponse sont effacés aussi ({ $messages }) : je n’y répondrai pas.
stats-title = Dernière heure · dernières 24 heures · depuis le démarrage :
stats-answered = Photos traitées : { $hour } · { $day } · { $total }
stats-refused = Photos sans réponse possible : { $hour } · { $day } · { $total }
stats-faces = Visages : { $hour } · { $day } · { $total }
stats-updates = Messages et boutons utilisés : { $hour } · { $day } · { $total }
stats-times = Sur les 1 000 dernières de chaque : la moitié jusqu’à · 95 sur 100 jusqu’à · 99 sur 100 jusqu’à :
stats-queue = Attendre son tour : { $times }
stats-download = Récupérer la photo : { $times }
stats-classify = Regarder la photo : { $times }
stats-send = Envoyer la réponse : { $times }
stats-service = Tout après l’attente : { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } s · { NUMBER($most, maximumFractionDigits: 2) } s · { NUMBER($slow, maximumFractionDigits: 2) } s
stats-since = Démarré le { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = Quelle langue dois-je parler ici ?
language-chosen = Langue : { $language }
language-follow = Comme dans votre Telegram
language-follow-group = Comme dans le Telegram de qui demande
language-follow-channel = Comme réglé par l’hébergeur du bot

settings-title = Comment je me comporte ici :
settings-title-private = Comment je vous réponds :
settings-kept = J’étais déjà ici auparavant. Les réglages d’alors sont repris (/settings les modifie) :
settings-back = ‹ Retour
settings-when = Quand je réponds : { $value }
settings-when-question = Quand dois-je répondre ?
when-command = à /emotion
when-mention = quand on me mentionne
when-every = à chaque photo
when-off = jamais
settings-how = Comment je réponds : { $value }
settings-how-question = Comment dois-je répondre ?
how-picture = image et texte
how-text = texte seul
how-reaction = réaction seule (😁 😢 🤔)
settings-language = Langue : { $value }
settings-throttle = Rythme : { $value }
settings-throttle-question = Combien de réponses par minute au plus ? Les autres sont réunies en un seul message.
throttle-none = sans limite
throttle-limit =
    { $answers ->
        [one] { $answers } réponse par minute
       *[other] { $answers } réponses par minute
    }
settings-quiet = Heures calmes : { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = Pendant les heures calmes, je ne réponds qu’à /emotion. Le fuseau horaire est ici { $offset } ; changez-le ci-dessous.
clock-later = +{ $minutes } min
clock-earlier = −{ $minutes } min
settings-mood = /mood : { $value }
settings-mood-question = Dois-je compter combien de visages semblent joyeux ou tristes, pour que /mood puisse le montrer ? Seuls des nombres sont gardés, une semaine.
switch-on = oui
switch-off = non
privacy-mode-hides =
    ⚠️ Telegram me cache ces messages ici, ce réglage n’a donc pas encore d’effet. Faites l’une de ces choses :
    • nommez { $bot } administrateur de ce groupe, ou
    • écrivez à @BotFather : /setprivacy, choisissez { $bot }, Disable ; puis retirez-moi de ce groupe et ajoutez-moi de nouveau.

mood-title = Quel air avaient les visages ici :
mood-day = Dernières 24 heures — joyeux : { $happy }, tristes : { $sad }, incertains : { $unsure }
mood-week = 7 derniers jours — joyeux : { $happy }, tristes : { $sad }, incertains : { $unsure }
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } joyeux { $sad } triste { $unsure } incertain
mood-empty = Aucun visage n’a été compté ces 7 derniers jours.
mood-switched-off = Le comptage est désactivé ici. Un administrateur peut l’activer dans /settings.

command-start = Ce que fait ce bot
command-help = Comment s’en servir
command-emotion = Répondez à une photo : quel air ont les visages ?
command-mood = Quel air avaient les visages ici récemment
command-language = Changer de langue
command-settings = Quand et comment je réponds
command-privacy = Ce que deviennent les photos
command-about = Le modèle et combien de fois il a raison
command-mydata = Ce qui est gardé sur moi
command-forget = Effacer ce qui est gardé sur moi
command-live = Regarder par la caméra, en direct
command-developer = Qui fait tourner ce bot
bot-description = Envoyez une photo : un système automatique dit pour chaque visage si l’expression semble joyeuse ou triste, à quel point il en est sûr, et quand il ne peut pas le dire. Il voit une image, pas un sentiment. Les photos ne sont jamais conservées.
bot-short-description = Dit si les visages d’une photo semblent joyeux ou tristes. Automatique, faillible, ne conserve aucune photo.

live-title = En direct
live-what = L’image de la caméra, avec un mot sur chaque visage : a l’air joyeux, a l’air triste, ou difficile à dire.
live-sent = Tant que la caméra est allumée, de petites images sont envoyées à ce bot, plusieurs par seconde. Chacune est regardée en mémoire puis disparaît : aucune n’est conservée, aucun son n’est enregistré.
live-line-kept = La ligne de la dernière demi-minute n’existe que sur cette page et disparaît quand vous arrêtez.
live-open = Ouvrir la caméra
live-stop = Arrêter
live-turn = Autre caméra
live-line = La dernière demi-minute
live-happy = a l’air joyeux
live-sad = a l’air triste
live-unsure = difficile à dire
live-no-face = Aucun visage dans l’image
live-starting = Recherche de visages…
live-denied = La caméra n’a pas été autorisée. Autorisez-la pour cette page dans le navigateur ou le téléphone, puis appuyez de nouveau sur le bouton.
live-missing = Aucune caméra n’est utilisable. Branchez-en une, ou fermez le programme qui l’utilise, puis appuyez de nouveau sur le bouton.
live-unreachable = Le bot est injoignable. Nouvel essai…
live-busy = Les photos des discussions passent d’abord. Un instant…
live-expired = Cette page est ouverte depuis trop longtemps. Fermez-la et rouvrez-la depuis la discussion.
live-not-admitted = La personne qui gère ce bot ne le laisse pas vous répondre.
live-script = Cette page a besoin de JavaScript.
live-invitation = En direct : une page avec votre caméra qui dit de quoi chaque visage a l’air pendant que vous regardez. Avant d’ouvrir la caméra, la page dit ce qu’elle fait et ce qu’elle conserve : rien.
live-in-private = Ouvrez la page de la caméra dans une discussion privée avec moi : écrivez-y /live
