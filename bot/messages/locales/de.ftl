### Deutsch

face-happy = Sieht fröhlich aus – zu { NUMBER($share, style: "percent") } sicher
face-sad = Sieht traurig aus – zu { NUMBER($share, style: "percent") } sicher
face-too-small = Schwer zu sagen – das Gesicht ist zu klein
face-too-close = Schwer zu sagen – zwischen fröhlich und traurig
face-neither = Schwer zu sagen – sieht weder fröhlich noch traurig aus
face-turned-away = Schwer zu sagen – das Gesicht ist abgewandt
face-covered = Schwer zu sagen – der Mund ist verdeckt
face-unclear = Schwer zu sagen – das Gesicht ist nicht deutlich zu sehen
advice-too-small = Versuch es mit einem Foto aus der Nähe oder schick dieses als Datei.
advice-turned-away = Versuch es mit einem Foto, auf dem das Gesicht der Kamera zugewandt ist.
advice-covered = Versuch es mit einem Foto, auf dem der Mund zu sehen ist.
advice-unclear = Versuch es mit einem Foto, auf dem das Gesicht scharf und unverdeckt ist.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } Gesicht
       *[other] { $faces } Gesichter
    }: { $happy } fröhlich, { $sad } traurig, { $unsure } schwer zu sagen
no-face = Ich finde kein Gesicht. Versuch es mit einem Foto, auf dem das Gesicht größer und der Kamera zugewandt ist.
clip-happy =
    Überwiegend fröhlich – { $seen } von { $looks ->
        [one] { $looks } Blick
       *[other] { $looks } Blicken
    }
clip-sad =
    Überwiegend traurig – { $seen } von { $looks ->
        [one] { $looks } Blick
       *[other] { $looks } Blicken
    }
clip-unsure =
    Überwiegend schwer zu sagen – { $seen } von { $looks ->
        [one] { $looks } Blick
       *[other] { $looks } Blicken
    }
clip-mixed =
    Gemischt – { $happy } fröhlich, { $sad } traurig, { $unsure } schwer zu sagen, von { $looks ->
        [one] { $looks } Blick
       *[other] { $looks } Blicken
    }
clip-no-face =
    Ich habe { $moments ->
        [one] { $moments } Moment
       *[other] { $moments } Momente
    } des Clips angesehen und kein Gesicht gefunden. Versuch es mit einem Clip, in dem das Gesicht größer und der Kamera zugewandt ist.
note-clip =
    Ich habe { $moments ->
        [one] { $moments } Moment
       *[other] { $moments } Momente
    } des Clips angesehen, jeweils das größte Gesicht.
note-cover = Ich habe nur das Vorschaubild angesehen, nicht den ganzen Clip.
note-damaged = Die Datei ist beschädigt: Ich habe den Teil beurteilt, der noch zu sehen ist.
album-photo = Foto { $number }
album-why = Warum? Antworte auf eines der Fotos mit /emotion.
gathered-title =
    { $photos ->
        [one] Noch ein Foto, das sich angestaut hat:
       *[other] Noch { $photos } Fotos, die sich angestaut haben:
    }
please-wait =
    { $photos ->
        [one] Noch eines deiner Fotos wartet. Ich beantworte eins nach dem anderen, bitte warte einen Moment.
       *[other] Noch { $photos } deiner Fotos warten. Ich beantworte eins nach dem anderen, bitte warte einen Moment.
    }
long-queue = Gerade warten sehr viele Fotos. Deines ist angekommen und kommt an die Reihe; du musst es nicht noch einmal schicken.

problem-empty = Die Datei ist leer. Bitte schick das Foto noch einmal.
problem-too-many-bytes = Die Datei ist zu groß: Ich kann bis { $megabytes } MB lesen. Schick sie als Foto, dann verkleinert Telegram sie.
problem-too-many-pixels = Das Bild hat zu viele Pixel für mich. Schick es als Foto, dann verkleinert Telegram es.
problem-too-complex = Diese Datei ist so gebaut, dass das Öffnen zu lange dauert. Mach einen Screenshot des Bildes und schick den.
problem-not-an-image = Das kann ich nicht als Bild öffnen. Schick ein Foto oder eine Datei im Format JPEG, PNG oder WebP.
problem-unsupported-format = { $format }-Dateien kann ich nicht öffnen. Schick sie als Foto oder als JPEG-, PNG- oder WebP-Datei.
problem-heic = HEIC-Dateien, wie iPhones sie machen, kann ich nicht öffnen. Schick sie als Foto statt als Datei, dann wandelt Telegram sie um.
problem-damaged = Die Datei ist beschädigt, ich kann sie nicht öffnen. Bitte schick das Foto noch einmal.
problem-deadline = Dieses Bild hat zu lange gedauert, ich habe aufgegeben. Versuch es mit einem kleineren.
problem-worker-lost = An diesem Bild bin ich zweimal gescheitert und habe aufgegeben. Versuch es mit einem anderen Foto oder einem Screenshot von diesem.
problem-busy = Ich habe gerade zu viele Fotos anzusehen. Bitte schick dieses in einer Minute noch einmal.
problem-download-failed = Ich konnte das Foto nicht von Telegram holen. Bitte schick es in einer Minute noch einmal.
problem-file-gone = Telegram hat diese Datei nicht mehr. Bitte schick das Foto noch einmal.
problem-no-cover = Telegram hat hierfür kein Vorschaubild gemacht, also kann ich nichts ansehen. Schick stattdessen ein Foto.
problem-internal = Bei mir ist etwas schiefgegangen. Bitte versuch es in einer Minute noch einmal.
problem-too-late = Ich konnte dir zu lange keine Antwort zustellen und habe aufgegeben. Bitte schick es noch einmal.

button-why = Warum?
button-details = Einzelheiten
button-expired = Dieser Button funktioniert nicht mehr. Schick das Foto noch einmal.
button-pause = Einen Moment bitte: Drücke in ein paar Sekunden noch einmal.
button-photo-gone = Ich bewahre keine Fotos auf, und dieses ist nicht mehr da. Schick es noch einmal.
why-caption = Warme Farben zeigen, was für fröhlich sprach, kühle, was für traurig sprach.
why-not-available = Dieses Modell kann nicht zeigen, wohin es gesehen hat.
details-title = Wie die Gesichtsausdrücke aussehen:
details-face = Fröhlich { NUMBER($happy, style: "percent") }, traurig { NUMBER($sad, style: "percent") } (Gesicht { $pixels } px)
details-neither = Fröhlich { NUMBER($happy, style: "percent") }, traurig { NUMBER($sad, style: "percent") }, weder noch { NUMBER($neither, style: "percent") } (Gesicht { $pixels } px)
details-unreadable = { $answer } (Gesicht { $pixels } px)
fewer-faces = Gezeigt sind die ersten { $shown } von { $faces } Gesichtern.
details-note = Die Zahlen gelten dem Ausdruck im Bild, nicht dem, was jemand fühlt.

button-right = Richtig
button-wrong = Falsch
button-give = Hilf mir beim Lernen
button-yes = Ja
button-no = Nein
button-take-back = Einwilligung zurücknehmen
label-happy = fröhlich
label-sad = traurig
label-neither = weder noch
feedback-noted = Danke, ist notiert.
feedback-counted = Danke. Das ist gezählt, ohne deinen Namen und ohne das Foto.
feedback-which-face = Welches Gesicht meinst du?
feedback-another-face = Noch ein Gesicht?
feedback-which-label = Wie sieht der Ausdruck von Gesicht { $number } aus?
consent-question =
    Darf ich dieses Gesicht aufbewahren, um das Modell zu verbessern? Drück nur dann „Ja“, wenn es deines ist oder alle Abgebildeten einverstanden sind.

    Wenn du „Ja“ drückst, bitte ich Telegram noch einmal um das Foto und bewahre verschlüsselt auf, für { $time }: das daraus ausgeschnittene Gesicht { $number }, wie groß und wie geneigt es auf dem Foto ist, dass es „{ $label }“ aussieht, und was ich geantwortet habe. Weder der Rest des Fotos noch dein Name wird verwendet. Dein Ja gilt nur für dieses Foto.

    Du kannst deine Einwilligung jederzeit zurücknehmen, mit dem Button, der dann hier steht, oder mit /forget. Was ein Modell schon daraus gelernt hat, lässt sich nicht rückgängig machen; das nächste Training lässt es weg.
consent-time =
    { $days ->
        [one] { $days } Tag
       *[other] { $days } Tage
    }
correction-kept = Das Gesicht wird bis zum { DATETIME($date, dateStyle: "long") } aufbewahrt. Danke!
correction-declined = In Ordnung, nichts wird aufbewahrt.
correction-enough = Ich bewahre schon { $limit } Gesichter auf, die du mir gegeben hast; mehr nehme ich von einer Person nicht. Von diesem wird nichts aufbewahrt.
correction-face-gone = Ich habe dieses Gesicht nicht wiedergefunden, also wird nichts aufbewahrt.
correction-forgotten = Du wolltest inzwischen vergessen werden, also wird nichts aufbewahrt.
correction-taken-back = Das Gesicht ist gelöscht. Was ein Modell schon daraus gelernt hat, lässt sich nicht rückgängig machen; das nächste Training lässt es weg.

start =
    Hallo! Schick mir ein Foto, und ich sage für jedes Gesicht, ob der Ausdruck fröhlich oder traurig aussieht und wie sicher ich bin.

    Ich bin ein automatisches System: Ein neuronales Netz beurteilt Gesichtsausdrücke und kann sich irren. Es sieht ein Bild, kein Gefühl. Fotos werden nie gespeichert.

    /help – was ich kann
    /privacy – was mit deinen Fotos geschieht
introduction =
    Hallo! Ich bin { $bot }, ein automatisches System, das sagt, ob die Gesichter auf einem Foto fröhlich oder traurig aussehen. Es kann sich irren, und es sieht ein Bild, kein Gefühl.

    Antworte auf ein Foto mit /emotion oder schick ein Foto mit /emotion als Bildunterschrift. Sonst sehe ich nichts an, außer ein Admin ändert /settings. Fotos werden nie gespeichert: /privacy
help =
    Schick mir ein Foto, eine Bilddatei, einen Sticker, ein GIF oder ein Video, eins oder mehrere auf einmal. Ich nummeriere die Gesichter Reihe für Reihe von links nach rechts und sage, wie jeder Ausdruck aussieht. Bei Clips bis zu einer Minute sehe ich bis zu 16 Momente an.

    Am besten sind Fotos, auf denen Gesichter groß, gut beleuchtet und der Kamera zugewandt sind.

    „Warum?“ zeigt, wohin ich gesehen habe, „Einzelheiten“ die Zahlen.

    In Gruppen: Antworte auf ein Foto mit /emotion oder schreib /emotion als Bildunterschrift. Admins stellen mehr in /settings ein.

    /language – Sprache ändern
    /settings – wie ich antworte
    /about – das Modell und wie oft es recht hat
    /privacy, /mydata, /forget – deine Daten
    /developer_info – wer diesen Bot betreibt
help-group =
    Antworte auf ein Foto mit /emotion oder schick ein Foto mit /emotion als Bildunterschrift. Ich nummeriere die Gesichter Reihe für Reihe von links nach rechts und sage, wie jeder Ausdruck aussieht.

    /settings – Admins stellen ein, wann und wie ich antworte
    /mood – wie Gesichter hier zuletzt aussahen
    /privacy – was mit Fotos geschieht
privacy =
    Ich bin ein automatisches System, das Gesichtsausdrücke auf Fotos beurteilt.

    • Fotos sind im Arbeitsspeicher, solange ich sie ansehe, meist wenige Sekunden, und werden nie gespeichert. Für „Warum?“ bitte ich Telegram noch einmal um das Foto.
    • Ich erkenne niemanden und vergleiche Gesichter mit nichts.
    • Ich bewahre auf: die Sprache, die du gewählt hast, die Einstellungen einer Gruppe und, wenn ihre Admins /mood eingeschaltet haben, wie viele Gesichter in jeder Stunde fröhlich oder traurig aussahen. Bis du eine Antwort hast, auch deine Nachricht, aber nicht ihr Foto. Außerdem die Einstellungen unseres privaten Chats und, einen Tag lang, welche Buttons du gedrückt hast. Werde ich aus einer Gruppe entfernt, bleiben ihre Einstellungen noch 7 Tage erhalten, falls ich wieder hinzugefügt werde.
    • /mydata schickt dir, was über dich gespeichert ist, /forget löscht es.
    • { $learning }

    Benutze mich nicht, um Menschen bei der Arbeit oder in Schule und Ausbildung zu beurteilen: In der Europäischen Union ist das verboten.
privacy-learning = Nichts wird weitergegeben. Wenn du eine Antwort richtig oder falsch nennst, zähle ich das, ohne deinen Namen. Nur wenn du dann für dieses Foto Ja sagst, bewahre ich das daraus ausgeschnittene Gesicht mit seiner Größe und Neigung verschlüsselt auf, für { $time }, um das Modell zu verbessern. Nie in Gruppen.
privacy-no-learning = Nichts wird weitergegeben, und nichts dient zum Trainieren.
keeps-faces = Nur wenn du für ein Foto Ja sagst, wird ein daraus ausgeschnittenes Gesicht verschlüsselt aufbewahrt, um das Modell zu verbessern.
about = Gesichter beurteilt das Modell „{ $name }“, Version { $version }, auf dem eigenen Rechner dieses Bots.
about-accuracy = Bei { $photos } Fotos fröhlicher und trauriger Gesichter, die es nie gesehen hatte, hatte es zu { NUMBER($share, style: "percent", maximumFractionDigits: 1) } recht (fröhlich und traurig zählen gleich).
about-few-faces = Seine Sicherheit beruht auf wenigen Fotos: bitte mit Vorsicht nehmen.
about-limits = Bei kleinen, schlecht beleuchteten, verdeckten oder abgewandten Gesichtern gelingt es schlechter, und nicht für alle gleich gut. Ist es unsicher, sagt es das.
about-version = Version des Bots: { $version }
developer-info = Diesen Bot betreibt: { $info }
developer-info-missing = Wer diesen Bot betreibt, hat sich nicht genannt. Das Programm ist freie Software: happy-or-sad-bot.
hint-text = Schick mir ein Foto, und ich sage dir, wie die Gesichter darauf aussehen. Mehr unter /help.
hint-not-a-photo = Ich kann nur Bilder ansehen. Schick mir ein Foto, einen Sticker, ein GIF, ein Video oder eine Bilddatei.
hint-group-reply = Antworte mit /emotion auf eine Nachricht mit einem Foto oder schreib /emotion als Bildunterschrift.
guest-hint = Erwähne mich in einer Antwort auf eine Nachricht mit einem Foto, dann sage ich, wie die Gesichter darauf aussehen.
guest-pause = Du hast in einer Minute sehr oft gefragt. Bitte frag mich in einer Minute noch einmal.
automatic-system = Ich bin ein automatisches System: Ein neuronales Netz beurteilt Gesichtsausdrücke und kann sich irren. Es sieht ein Bild, kein Gefühl.
group-switched-off = Die Admins haben meine Antworten hier ausgeschaltet. Ändern können sie das in /settings.
not-admitted = Tut mir leid, in diesem Chat bin ich nicht verfügbar. Wer diesen Bot betreibt, entscheidet, wo ich antworte.
admins-only = Das können nur die Admins.
groups-only = Das geht nur in Gruppen.

mydata = Das ist alles, was über dich gespeichert ist. Die Datei enthält jede Einzelheit.
mydata-id = Deine Nummer bei Telegram: { $id }
mydata-messages = Nachrichten, die auf Antwort warten, mit dieser: { $count }
mydata-held = Antworten, die bis zum Ende einer vollen Minute zurückgehalten werden: { $count }
mydata-notes = Notizen von heute über gedrückte Buttons und übers Warten: { $count }
mydata-faces = Gesichter, die du zum Trainieren gegeben hast: { $count }
mydata-refused = Dir wurde gesagt, dass ich hier nicht verfügbar bin
mydata-sent = Ich habe es dir in unserem privaten Chat geschickt.
mydata-ask-in-private = Das ist nur für dich: Schreib mir /mydata in unserem privaten Chat.
person-unknown = Du schreibst hier im Namen des Chats, darum kann ich nicht wissen, um wessen Daten es geht. Schreib mir das in unserem privaten Chat.
forget-done = Erledigt: Was über dich gespeichert war, ist gelöscht. Du kannst mich jederzeit weiter benutzen.
forget-faces = Auch die Gesichter, die du zum Trainieren gegeben hast, sind gelöscht. Was ein Modell schon daraus gelernt hat, lässt sich nicht rückgängig machen; das nächste Training lässt sie weg.
forget-dropped = Auch deine Nachrichten, die noch auf eine Antwort warteten, sind gelöscht ({ $messages }): Ich werde sie nicht beantworten.
stats-title = Letzte Stunde · letzte 24 Stunden · seit dem Start:
stats-answered = Beantwortete Fotos: { $hour } · { $day } · { $total }
stats-refused = Fotos, die ich nicht beantworten konnte: { $hour } · { $day } · { $total }
stats-faces = Gesichter: { $hour } · { $day } · { $total }
stats-updates = Nachrichten und Button-Klicks: { $hour } · { $day } · { $total }
stats-times = Von den jeweils letzten 1.000: die Hälfte bis · 95 von 100 bis · 99 von 100 bis:
stats-queue = Warten, bis es dran ist: { $times }
stats-download = Foto holen: { $times }
stats-classify = Foto ansehen: { $times }
stats-send = Antwort senden: { $times }
stats-service = Alles nach dem Warten: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } s · { NUMBER($most, maximumFractionDigits: 2) } s · { NUMBER($slow, maximumFractionDigits: 2) } s
stats-since = Gestartet am { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = Welche Sprache soll ich hier sprechen?
language-chosen = Ab jetzt spreche ich { $language }.
language-follow = Wie in deinem Telegram
language-follow-group = Wie im Telegram derer, die fragen
language-follow-channel = Wie vom Betreiber eingestellt

settings-title = Wie ich mich hier verhalte:
settings-title-private = Wie ich dir antworte:
settings-kept = Ich war hier schon einmal. Von damals ist eingestellt (mit /settings änderbar):
settings-back = ‹ Zurück
settings-when = Wann ich antworte: { $value }
settings-when-question = Wann soll ich antworten?
when-command = auf /emotion
when-mention = bei Erwähnung
when-every = auf jedes Foto
when-off = nie
settings-how = Wie ich antworte: { $value }
settings-how-question = Wie soll ich antworten?
how-picture = Bild und Text
how-text = nur Text
how-reaction = nur Reaktion (😁 😢 🤔)
settings-language = Sprache: { $value }
settings-throttle = Tempo: { $value }
settings-throttle-question = Wie viele Antworten pro Minute höchstens? Was darüber hinausgeht, kommt gesammelt in einer Nachricht.
throttle-none = unbegrenzt
throttle-limit =
    { $answers ->
        [one] { $answers } Antwort pro Minute
       *[other] { $answers } Antworten pro Minute
    }
settings-quiet = Ruhezeit: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = In der Ruhezeit antworte ich nur auf /emotion. Die Zeitzone hier ist { $offset }; unten kannst du sie ändern.
clock-later = +{ $minutes } Min.
clock-earlier = −{ $minutes } Min.
settings-mood = /mood: { $value }
settings-mood-question = Soll ich zählen, wie viele Gesichter fröhlich oder traurig aussehen, damit /mood es zeigen kann? Nur Zahlen werden gespeichert, eine Woche lang.
switch-on = an
switch-off = aus
privacy-mode-hides =
    ⚠️ Telegram verbirgt diese Nachrichten hier vor mir, darum wirkt diese Einstellung noch nicht. Tu eines davon:
    • mach { $bot } zum Admin dieser Gruppe, oder
    • schreib an @BotFather: /setprivacy, wähle { $bot }, Disable; entferne mich dann aus dieser Gruppe und füge mich wieder hinzu.

mood-title = Wie Gesichter hier aussahen:
mood-day = Letzte 24 Stunden: { $happy } fröhlich, { $sad } traurig, { $unsure } schwer zu sagen
mood-week = Letzte 7 Tage: { $happy } fröhlich, { $sad } traurig, { $unsure } schwer zu sagen
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } fröhlich { $sad } traurig { $unsure } schwer zu sagen
mood-empty = In den letzten 7 Tagen wurden keine Gesichter gezählt.
mood-switched-off = Das Zählen ist hier ausgeschaltet. Ein Admin kann es in /settings einschalten.

command-start = Was dieser Bot tut
command-help = Wie man ihn benutzt
command-emotion = Auf ein Foto antworten: Wie sehen die Gesichter aus?
command-mood = Wie Gesichter hier zuletzt aussahen
command-language = Sprache ändern
command-settings = Wann und wie ich antworte
command-privacy = Was mit Fotos geschieht
command-about = Das Modell und wie oft es recht hat
command-mydata = Was über mich gespeichert ist
command-forget = Löschen, was über mich gespeichert ist
command-live = Live durch die Kamera schauen
command-developer = Wer diesen Bot betreibt
bot-description = Schick ein Foto, und ein automatisches System sagt für jedes Gesicht, ob der Ausdruck fröhlich oder traurig aussieht, wie sicher es ist und wann es das nicht sagen kann. Es sieht ein Bild, kein Gefühl. Fotos werden nie gespeichert.
bot-short-description = Sagt, ob Gesichter auf Fotos fröhlich oder traurig aussehen. Automatisch, kann sich irren, speichert keine Fotos.

live-title = Live
live-what = Das Bild der Kamera, mit einem Wort an jedem Gesicht: sieht fröhlich aus, sieht traurig aus oder schwer zu sagen.
live-sent = Solange die Kamera an ist, gehen kleine Bilder von ihr an diesen Bot, mehrere in der Sekunde. Jedes wird im Arbeitsspeicher angesehen und ist dann weg: Keines wird gespeichert, und kein Ton wird aufgenommen.
live-line-kept = Die Linie der letzten halben Minute gibt es nur auf dieser Seite; sie verschwindet, wenn du stoppst.
live-open = Kamera öffnen
live-stop = Stoppen
live-turn = Andere Kamera
live-line = Die letzte halbe Minute
live-happy = sieht fröhlich aus
live-sad = sieht traurig aus
live-unsure = schwer zu sagen
live-no-face = Kein Gesicht im Bild
live-starting = Suche nach Gesichtern …
live-denied = Die Kamera wurde nicht erlaubt. Erlaube sie für diese Seite im Browser oder am Telefon und drücke dann noch einmal auf den Knopf.
live-missing = Keine Kamera lässt sich benutzen. Schließ eine an, oder beende das Programm, das sie benutzt, und drücke dann noch einmal auf den Knopf.
live-unreachable = Der Bot ist nicht zu erreichen. Ich versuche es weiter …
live-busy = Fotos in Chats gehen vor. Einen Moment …
live-expired = Diese Seite wurde vor zu langer Zeit geöffnet. Schließ sie und öffne sie noch einmal aus dem Chat.
live-not-admitted = Wer diesen Bot betreibt, lässt ihn dir nicht antworten.
live-script = Diese Seite braucht JavaScript.
live-invitation = Live: eine Seite mit deiner Kamera, die sagt, wie jedes Gesicht aussieht, während du hineinschaust. Bevor die Kamera aufgeht, sagt die Seite, was sie tut und was sie behält: nichts.
live-in-private = Öffne die Seite der Kamera in einem privaten Chat mit mir: Schreib dort /live
