### Español

face-happy = Parece alegre: { NUMBER($share, style: "percent") } de seguridad
face-sad = Parece triste: { NUMBER($share, style: "percent") } de seguridad
face-too-small = No está claro: la cara es demasiado pequeña
face-too-close = No está claro: entre alegre y triste
face-neither = No está claro: no parece ni alegre ni triste
face-turned-away = No está claro: la cara está girada
face-covered = No está claro: la boca está tapada
face-unclear = No está claro: la cara no se ve bien
advice-too-small = Prueba con una foto hecha más de cerca o envía esta como archivo.
advice-turned-away = Prueba con una foto en la que la cara mire a la cámara.
advice-covered = Prueba con una foto en la que se vea la boca.
advice-unclear = Prueba con una foto en la que la cara se vea nítida y nada la tape.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } cara
       *[other] { $faces } caras
    } — alegres: { $happy }, tristes: { $sad }, dudosas: { $unsure }
no-face = No encuentro ninguna cara. Prueba con una foto en la que la cara sea más grande y mire a la cámara.
clip-happy =
    Sobre todo alegre: { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-sad =
    Sobre todo triste: { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-unsure =
    Casi siempre dudoso: { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-mixed =
    Variado — alegre: { $happy }, triste: { $sad }, dudoso: { $unsure }, de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-no-face =
    He mirado { $moments ->
        [one] { $moments } momento
       *[other] { $moments } momentos
    } del clip y no encuentro ninguna cara. Prueba con un clip en el que la cara sea más grande y mire a la cámara.
note-clip =
    He mirado { $moments ->
        [one] { $moments } momento
       *[other] { $moments } momentos
    } del clip, la cara más grande en cada uno.
note-cover = Solo he mirado la imagen de portada, no el clip entero.
note-damaged = El archivo está dañado: he juzgado la parte que aún se ve.
album-photo = Foto { $number }
album-why = Para ver por qué, responde a una de las fotos con /emotion.
gathered-title =
    { $photos ->
        [one] Una foto más de un minuto ajetreado:
       *[other] { $photos } fotos más de un minuto ajetreado:
    }
please-wait =
    { $photos ->
        [one] Tienes una foto más en espera. Respondo una tras otra; espera un momento, por favor.
       *[other] Tienes { $photos } fotos más en espera. Respondo una tras otra; espera un momento, por favor.
    }
long-queue = Ahora mismo hay muchísimas fotos en espera. La tuya ha llegado y le llegará su turno; no hace falta que la envíes otra vez.

problem-empty = El archivo está vacío. Vuelve a enviar la foto, por favor.
problem-too-many-bytes = El archivo es demasiado grande: puedo leer hasta { $megabytes } MB. Envíalo como foto y Telegram lo hará más pequeño.
problem-too-many-pixels = La imagen tiene demasiados píxeles para mí. Envíala como foto y Telegram la hará más pequeña.
problem-too-complex = Este archivo está hecho de un modo que tarda demasiado en abrirse. Haz una captura de pantalla de la imagen y envíala.
problem-not-an-image = No puedo abrir esto como imagen. Envía una foto o un archivo JPEG, PNG o WebP.
problem-unsupported-format = No puedo abrir archivos { $format }. Envíalo como foto, o como archivo JPEG, PNG o WebP.
problem-heic = No puedo abrir archivos HEIC como los que crea el iPhone. Envíalo como foto en vez de como archivo y Telegram lo convertirá.
problem-damaged = El archivo está dañado y no puedo abrirlo. Vuelve a enviar la foto, por favor.
problem-deadline = Esta imagen me llevaba demasiado tiempo y lo he dejado. Prueba con una más pequeña.
problem-worker-lost = He fallado dos veces con esta imagen y lo he dejado. Prueba con otra foto o con una captura de pantalla de esta.
problem-busy = Ahora mismo tengo demasiadas fotos por mirar. Vuelve a enviar esta dentro de un minuto, por favor.
problem-download-failed = No he podido obtener la foto de Telegram. Vuelve a enviarla dentro de un minuto, por favor.
problem-file-gone = Telegram ya no tiene este archivo. Vuelve a enviar la foto, por favor.
problem-no-cover = Telegram no ha creado una imagen de portada, así que no hay nada que pueda mirar. Envía una foto.
problem-internal = Algo ha fallado por mi parte. Inténtalo de nuevo dentro de un minuto, por favor.
problem-too-late = No he podido hacerte llegar una respuesta durante demasiado tiempo y lo he dejado. Vuelve a enviarlo, por favor.

button-why = ¿Por qué?
button-details = Detalles
button-expired = Este botón ya no funciona. Vuelve a enviar la foto.
button-pause = Un momento, por favor: vuelve a pulsar en unos segundos.
button-photo-gone = No guardo fotos, y esta ya no está. Vuelve a enviarla.
why-caption = Los colores cálidos muestran lo que indicaba alegría; los fríos, lo que indicaba tristeza.
why-not-available = Este modelo no puede mostrar dónde ha mirado.
details-title = Cómo se ve cada expresión:
details-face = Alegre { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") } (cara de { $pixels } px)
details-neither = Alegre { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") }, ninguna de las dos { NUMBER($neither, style: "percent") } (cara de { $pixels } px)
details-unreadable = { $answer } (cara de { $pixels } px)
fewer-faces = Se muestran las primeras { $shown } de { $faces } caras.
details-note = Los números hablan de la expresión en la imagen, no de lo que siente nadie.

button-right = Correcto
button-wrong = Incorrecto
button-give = Ayúdame a aprender
button-yes = Sí
button-no = No
button-take-back = Retirar mi consentimiento
label-happy = alegre
label-sad = triste
label-neither = ninguna de las dos
feedback-noted = Gracias, anotado.
feedback-counted = Gracias. Queda contado, sin tu nombre y sin la foto.
feedback-which-face = ¿A qué cara te refieres?
feedback-another-face = ¿Otra cara más?
feedback-which-label = ¿Qué expresión parece tener la cara { $number }?
consent-question =
    ¿Puedo guardar esta cara para mejorar el modelo? Pulsa «Sí» solo si es la tuya o si todas las personas que aparecen están de acuerdo.

    Si pulsas «Sí», vuelvo a pedir la foto a Telegram y guardo, con cifrado, durante { $time }: la cara { $number } recortada de ella, su tamaño y su inclinación en la foto, la etiqueta «{ $label }» y lo que respondí. No se usa ni el resto de la foto ni tu nombre. Tu sí vale solo para esta foto.

    Puedes retirar tu consentimiento cuando quieras, con el botón que aparecerá aquí o con /forget. Lo que un modelo ya haya aprendido de ella no se puede deshacer; el próximo entrenamiento la deja fuera.
consent-time =
    { $days ->
        [one] { $days } día
       *[other] { $days } días
    }
correction-kept = La cara se guarda hasta el { DATETIME($date, dateStyle: "long") }. ¡Gracias!
correction-declined = De acuerdo, no se guarda nada.
correction-enough = Ya guardo { $limit } caras que me diste, y no guardo más de una misma persona. De esta no se guarda nada.
correction-face-gone = No he vuelto a encontrar esa cara, así que no se guarda nada.
correction-forgotten = Mientras tanto me pediste que te olvidara, así que no se guarda nada.
correction-taken-back = La cara está borrada. Lo que un modelo ya haya aprendido de ella no se puede deshacer; el próximo entrenamiento la deja fuera.

start =
    ¡Hola! Envíame una foto y diré de cada cara si la expresión parece alegre o triste, y con qué seguridad.

    Soy un sistema automático: una red neuronal juzga expresiones y puede equivocarse. Ve una imagen, no un sentimiento. Las fotos nunca se guardan.

    /help – lo que sé hacer
    /privacy – qué pasa con tus fotos
introduction =
    ¡Hola! Soy { $bot }, un sistema automático que dice si las caras de una foto parecen alegres o tristes. Puede equivocarse, y ve una imagen, no un sentimiento.

    Responde a una foto con /emotion, o envía una foto con /emotion como pie. No miro nada más, salvo que un administrador cambie /settings. Las fotos nunca se guardan: /privacy
help =
    Envíame una foto, un archivo de imagen, un sticker, un GIF o un vídeo, uno o varios a la vez. Numero las caras fila por fila, de izquierda a derecha, y digo cómo se ve cada expresión. De los clips de hasta un minuto miro hasta 16 momentos.

    Lo mejor son fotos con caras grandes, bien iluminadas y mirando a la cámara.

    «¿Por qué?» muestra dónde he mirado; «Detalles», los números.

    En grupos: responde a una foto con /emotion, o escribe /emotion como pie. Los administradores eligen más cosas en /settings.

    /language – cambiar el idioma
    /settings – cómo respondo
    /about – el modelo y con qué frecuencia acierta
    /privacy, /mydata, /forget – tus datos
    /developer_info – quién gestiona este bot
help-group =
    Responde a una foto con /emotion, o envía una foto con /emotion como pie. Numero las caras fila por fila, de izquierda a derecha, y digo cómo se ve cada expresión.

    /settings – los administradores eligen cuándo y cómo respondo
    /mood – cómo se han visto últimamente las caras aquí
    /privacy – qué pasa con las fotos
privacy =
    Soy un sistema automático que juzga expresiones en fotos.

    • Las fotos están en memoria mientras las miro, por lo general segundos, y nunca se guardan. Para mostrarte «¿Por qué?» vuelvo a pedir la foto a Telegram.
    • No reconozco a nadie ni comparo caras con nada.
    • Guardo: el idioma que elegiste, los ajustes de un grupo y, si sus administradores activaron /mood, cuántas caras parecían alegres o tristes en cada hora. Hasta que tengas respuesta, también tu mensaje, pero no su foto. También los ajustes de nuestro chat privado y, durante un día, los botones que pulsaste. Si me sacan de un grupo, sus ajustes se conservan 7 días, por si me vuelven a añadir.
    • /mydata te envía lo que hay guardado sobre ti; /forget lo borra.
    • { $learning }

    No me uses para juzgar a personas en el trabajo o en la educación: en la Unión Europea está prohibido.
privacy-learning = Nada se entrega a nadie. Cuando dices que una respuesta es correcta o incorrecta, lo cuento, sin tu nombre. Solo si después dices que sí para esa foto, guardo la cara recortada de ella, con su tamaño e inclinación, cifrada, durante { $time }, para mejorar el modelo. Nunca en grupos.
privacy-no-learning = Nada se entrega a nadie y nada se usa para entrenar.
keeps-faces = Solo si dices que sí para una foto se guarda, cifrada, una cara recortada de ella para mejorar el modelo.
about = Las caras las juzga el modelo «{ $name }», versión { $version }, en el propio equipo de este bot.
about-accuracy = En { $photos } fotos de caras alegres y tristes que nunca había visto, acertó el { NUMBER($share, style: "percent", maximumFractionDigits: 1) } (alegres y tristes cuentan igual).
about-few-faces = Su seguridad se basa en pocas fotos: tómala con cautela.
about-limits = Le va peor con caras pequeñas, mal iluminadas, tapadas o giradas, y no igual de bien con todo el mundo. Cuando no está seguro, lo dice.
about-version = Versión del bot: { $version }
developer-info = Este bot lo gestiona: { $info }
developer-info-missing = Quien gestiona este bot no ha dicho quién es. El programa es software libre: happy-or-sad-bot.
hint-text = Envíame una foto y te diré cómo se ven las caras que hay en ella. Más en /help.
hint-not-a-photo = Solo puedo mirar imágenes. Envíame una foto, un sticker, un GIF, un vídeo o un archivo de imagen.
hint-group-reply = Responde con /emotion a un mensaje que tenga una foto, o escribe /emotion como pie de una.
guest-hint = Mencióname al responder a un mensaje que tenga una foto y diré cómo se ven las caras.
guest-pause = Has preguntado muchas veces en un minuto. Vuelve a preguntarme dentro de un minuto, por favor.
automatic-system = Soy un sistema automático: una red neuronal juzga expresiones y puede equivocarse. Ve una imagen, no un sentimiento.
group-switched-off = Los administradores han desactivado mis respuestas aquí. Pueden cambiarlo en /settings.
not-admitted = Lo siento, no estoy disponible en este chat. Quien gestiona este bot decide dónde respondo.
admins-only = Eso solo pueden hacerlo los administradores.
groups-only = Eso solo funciona en grupos.

mydata = Esto es todo lo que hay guardado sobre ti. El archivo contiene cada detalle.
mydata-id = Tu número en Telegram: { $id }
mydata-messages = Mensajes que esperan respuesta, con este: { $count }
mydata-held = Respuestas retenidas hasta que pase un minuto ajetreado: { $count }
mydata-notes = Notas de hoy sobre botones pulsados y esperas: { $count }
mydata-faces = Caras que diste para el entrenamiento: { $count }
mydata-refused = Se te dijo que no estoy disponible aquí
mydata-sent = Te lo he enviado en nuestro chat privado.
mydata-ask-in-private = Esto es solo para ti: escríbeme /mydata en nuestro chat privado.
person-unknown = Aquí escribes en nombre del chat, así que no puedo saber de quién son los datos. Escríbemelo en nuestro chat privado.
forget-done = Hecho: lo que había guardado sobre ti está borrado. Puedes seguir usándome cuando quieras.
forget-faces = También se han borrado las caras que diste para el entrenamiento. Lo que un modelo ya haya aprendido de ellas no se puede deshacer; el próximo entrenamiento las deja fuera.
forget-dropped = También están borrados tus mensajes que aún esperaban respuesta ({ $messages }): no los responderé.
stats-title = Última hora · últimas 24 horas · desde el inicio:
stats-answered = Fotos respondidas: { $hour } · { $day } · { $total }
stats-refused = Fotos que no pude responder: { $hour } · { $day } · { $total }
stats-faces = Caras: { $hour } · { $day } · { $total }
stats-updates = Mensajes y pulsaciones de botones: { $hour } · { $day } · { $total }
stats-times = De las últimas 1000 de cada: la mitad hasta · 95 de cada 100 hasta · 99 de cada 100 hasta:
stats-queue = Esperar su turno: { $times }
stats-download = Obtener la foto: { $times }
stats-classify = Mirar la foto: { $times }
stats-send = Enviar la respuesta: { $times }
stats-service = Todo tras la espera: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } s · { NUMBER($most, maximumFractionDigits: 2) } s · { NUMBER($slow, maximumFractionDigits: 2) } s
stats-since = Iniciado el { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = ¿Qué idioma debo hablar aquí?
language-chosen = Idioma: { $language }
language-follow = Como en tu Telegram
language-follow-group = Como en el Telegram de quien pregunta
language-follow-channel = Como lo ha fijado quien gestiona el bot

settings-title = Cómo me comporto aquí:
settings-title-private = Cómo te respondo:
settings-kept = Ya estuve aquí antes. De entonces queda configurado (se cambia con /settings):
settings-back = ‹ Atrás
settings-when = Cuándo respondo: { $value }
settings-when-question = ¿Cuándo debo responder?
when-command = a /emotion
when-mention = si me mencionan
when-every = a cada foto
when-off = nunca
settings-how = Cómo respondo: { $value }
settings-how-question = ¿Cómo debo responder?
how-picture = imagen y texto
how-text = solo texto
how-reaction = solo reacción (😁 😢 🤔)
settings-language = Idioma: { $value }
settings-throttle = Ritmo: { $value }
settings-throttle-question = ¿Cuántas respuestas por minuto como máximo? Las demás se reúnen en un solo mensaje.
throttle-none = sin límite
throttle-limit =
    { $answers ->
        [one] { $answers } respuesta por minuto
       *[other] { $answers } respuestas por minuto
    }
settings-quiet = Horas de silencio: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = En las horas de silencio solo respondo a /emotion. La zona horaria de aquí es { $offset }; cámbiala abajo.
clock-later = +{ $minutes } min
clock-earlier = −{ $minutes } min
settings-mood = /mood: { $value }
settings-mood-question = ¿Cuento cuántas caras parecen alegres o tristes para que /mood pueda mostrarlo? Solo se guardan números, durante una semana.
switch-on = sí
switch-off = no
privacy-mode-hides =
    ⚠️ Telegram me oculta aquí esos mensajes, así que este ajuste aún no tiene efecto. Haz una de estas cosas:
    • nombra a { $bot } administrador de este grupo, o
    • escribe a @BotFather: /setprivacy, elige { $bot }, Disable; luego quítame de este grupo y vuelve a añadirme.

mood-title = Cómo se han visto las caras aquí:
mood-day = Últimas 24 horas — alegres: { $happy }, tristes: { $sad }, dudosas: { $unsure }
mood-week = Últimos 7 días — alegres: { $happy }, tristes: { $sad }, dudosas: { $unsure }
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } alegre { $sad } triste { $unsure } no está claro
mood-empty = No se ha contado ninguna cara en los últimos 7 días.
mood-switched-off = El recuento está desactivado aquí. Un administrador puede activarlo en /settings.

command-start = Qué hace este bot
command-help = Cómo se usa
command-emotion = Responde a una foto: ¿cómo se ven las caras?
command-mood = Cómo se han visto las caras aquí últimamente
command-language = Cambiar el idioma
command-settings = Cuándo y cómo respondo
command-privacy = Qué pasa con las fotos
command-about = El modelo y con qué frecuencia acierta
command-mydata = Qué hay guardado sobre mí
command-forget = Borrar lo que hay guardado sobre mí
command-live = Mirar por la cámara, en directo
command-developer = Quién gestiona este bot
bot-description = Envía una foto y un sistema automático dirá de cada cara si la expresión parece alegre o triste, con qué seguridad, y cuándo no está claro. Ve una imagen, no un sentimiento. Las fotos nunca se guardan.
bot-short-description = Dice si las caras de las fotos parecen alegres o tristes. Automático, puede equivocarse, no guarda fotos.

live-title = En directo
live-what = La imagen de la cámara, con una palabra en cada cara: parece alegre, parece triste o no está claro.
live-sent = Mientras la cámara está encendida, se envían a este bot pequeñas imágenes, varias por segundo. Cada una se mira en la memoria y desaparece: no se guarda ninguna ni se graba sonido.
live-line-kept = La línea del último medio minuto existe solo en esta página y desaparece cuando paras.
live-open = Abrir la cámara
live-stop = Parar
live-turn = Otra cámara
live-line = El último medio minuto
live-happy = parece alegre
live-sad = parece triste
live-unsure = no está claro
live-no-face = Ninguna cara en la imagen
live-starting = Buscando caras…
live-denied = No se permitió la cámara. Permítela para esta página en el navegador o el teléfono y vuelve a pulsar el botón.
live-missing = No se puede usar ninguna cámara. Conecta una o cierra el programa que la usa y vuelve a pulsar el botón.
live-unreachable = No se puede contactar con el bot. Lo intento de nuevo…
live-busy = Las fotos de los chats van primero. Un momento…
live-expired = Esta página se abrió hace demasiado tiempo. Ciérrala y ábrela de nuevo desde el chat.
live-not-admitted = Quien gestiona este bot no le permite responderte.
live-script = Esta página necesita JavaScript.
live-invitation = En directo: una página con tu cámara que dice qué parece cada cara mientras miras. Antes de abrir la cámara, la página explica qué hace y qué guarda: nada.
live-in-private = Abre la página de la cámara en un chat privado conmigo: escribe /live allí.
