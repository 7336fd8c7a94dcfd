### Português (Brasil)

face-happy = Parece feliz — { NUMBER($share, style: "percent") } de certeza
face-sad = Parece triste — { NUMBER($share, style: "percent") } de certeza
face-too-small = Difícil dizer — o rosto é pequeno demais
face-too-close = Difícil dizer — entre feliz e triste
face-neither = Difícil dizer — não parece feliz nem triste
face-turned-away = Difícil dizer — o rosto está virado de lado
face-covered = Difícil dizer — a boca está coberta
face-unclear = Difícil dizer — o rosto não aparece com clareza
advice-too-small = Tente uma foto tirada mais de perto ou envie esta como arquivo.
advice-turned-away = Tente uma foto em que o rosto esteja virado para a câmera.
advice-covered = Tente uma foto em que dê para ver a boca.
advice-unclear = Tente uma foto em que o rosto esteja nítido e nada o cubra.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } rosto
       *[other] { $faces } rostos
    } — felizes: { $happy }, tristes: { $sad }, incertos: { $unsure }
no-face = Não encontro nenhum rosto. Tente uma foto em que o rosto esteja maior e virado para a câmera.
clip-happy =
    Na maior parte feliz — { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-sad =
    Na maior parte triste — { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-unsure =
    Na maior parte difícil dizer — { $seen } de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-mixed =
    Misto — feliz: { $happy }, triste: { $sad }, incerto: { $unsure }, de { $looks ->
        [one] { $looks } momento
       *[other] { $looks } momentos
    }
clip-no-face =
    Olhei { $moments ->
        [one] { $moments } momento
       *[other] { $moments } momentos
    } do clipe e não encontrei nenhum rosto. Tente um clipe em que o rosto esteja maior e virado para a câmera.
note-clip =
    Olhei { $moments ->
        [one] { $moments } momento
       *[other] { $moments } momentos
    } do clipe, o maior rosto em cada um.
note-cover = Olhei só a imagem de capa, não o clipe inteiro.
note-damaged = O arquivo está danificado: avaliei a parte que ainda dá para ver.
album-photo = Foto { $number }
album-why = Para ver por quê, responda a uma das fotos com /emotion.
gathered-title =
    { $photos ->
        [one] Mais uma foto de um minuto movimentado:
       *[other] Mais { $photos } fotos de um minuto movimentado:
    }
please-wait =
    { $photos ->
        [one] Mais uma foto sua está na fila. Respondo uma de cada vez; espere um momento, por favor.
       *[other] Mais { $photos } fotos suas estão na fila. Respondo uma de cada vez; espere um momento, por favor.
    }
long-queue = Há muitas fotos na fila neste momento. A sua já chegou e será respondida quando chegar a vez dela; não precisa enviar de novo.

problem-empty = O arquivo está vazio. Envie a foto de novo, por favor.
problem-too-many-bytes = O arquivo é grande demais: consigo ler até { $megabytes } MB. Envie como foto, e o Telegram vai diminuí-la.
problem-too-many-pixels = A imagem tem pixels demais para mim. Envie como foto, e o Telegram vai diminuí-la.
problem-too-complex = Este arquivo foi feito de um jeito que demora demais para abrir. Tire uma captura de tela da imagem e envie.
problem-not-an-image = Não consigo abrir isto como imagem. Envie uma foto ou um arquivo JPEG, PNG ou WebP.
problem-unsupported-format = Não consigo abrir arquivos { $format }. Envie como foto, ou como arquivo JPEG, PNG ou WebP.
problem-heic = Não consigo abrir arquivos HEIC, como os do iPhone. Envie como foto em vez de arquivo, e o Telegram vai convertê-la.
problem-damaged = O arquivo está danificado e não consigo abri-lo. Envie a foto de novo, por favor.
problem-deadline = Esta imagem demorou demais e desisti. Tente uma menor.
problem-worker-lost = Falhei duas vezes com esta imagem e desisti. Tente outra foto, ou uma captura de tela desta.
problem-busy = Tenho fotos demais para olhar agora. Envie esta de novo daqui a um minuto, por favor.
problem-download-failed = Não consegui buscar a foto no Telegram. Envie de novo daqui a um minuto, por favor.
problem-file-gone = O Telegram não tem mais este arquivo. Envie a foto de novo, por favor.
problem-no-cover = O Telegram não criou uma imagem de capa, então não há nada que eu possa olhar. Envie uma foto.
problem-internal = Algo deu errado do meu lado. Tente de novo daqui a um minuto, por favor.
problem-too-late = Passei tempo demais sem conseguir responder e desisti. Envie de novo, por favor.

button-why = Por quê?
button-details = Detalhes
button-expired = Este botão não funciona mais. Envie a foto de novo.
button-pause = Um momento, por favor: toque de novo em alguns segundos.
button-photo-gone = Não guardo fotos, e esta não está mais aí. Envie de novo.
why-caption = Cores quentes mostram o que indicava feliz; cores frias, o que indicava triste.
why-not-available = Este modelo não consegue mostrar para onde olhou.
details-title = Que expressão cada rosto parece ter:
details-face = Feliz { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") } (rosto de { $pixels } px)
details-neither = Feliz { NUMBER($happy, style: "percent") }, triste { NUMBER($sad, style: "percent") }, nenhuma das duas { NUMBER($neither, style: "percent") } (rosto de { $pixels } px)
details-unreadable = { $answer } (rosto de { $pixels } px)
fewer-faces = São mostrados os primeiros { $shown } de { $faces } rostos.
details-note = Os números são sobre a expressão na imagem, não sobre o que alguém sente.

button-right = Certo
button-wrong = Errado
button-give = Me ajude a aprender
button-yes = Sim
button-no = Não
button-take-back = Retirar consentimento
label-happy = feliz
label-sad = triste
label-neither = nenhuma das duas
feedback-noted = Obrigado, anotado.
feedback-counted = Obrigado. Foi contado, sem seu nome e sem a foto.
feedback-which-face = A qual rosto você se refere?
feedback-another-face = Mais algum rosto?
feedback-which-label = Que expressão o rosto { $number } parece ter?
consent-question =
    Posso guardar este rosto para melhorar o modelo? Toque em “Sim” só se for o seu ou se todas as pessoas mostradas concordarem.

    Se você tocar em “Sim”, peço a foto de novo ao Telegram e guardo, com criptografia, por { $time }: o rosto { $number } recortado dela, seu tamanho e sua inclinação na foto, a etiqueta “{ $label }” e o que respondi. Nem o resto da foto nem seu nome são usados. Seu sim vale só para esta foto.

    Você pode retirar seu consentimento quando quiser, com o botão que vai aparecer aqui ou com /forget. O que um modelo já aprendeu com ele não pode ser desfeito; o próximo treinamento o deixa de fora.
consent-time =
    { $days ->
        [one] { $days } dia
       *[other] { $days } dias
    }
correction-kept = O rosto fica guardado até { DATETIME($date, dateStyle: "long") }. Obrigado!
correction-declined = Tudo bem, nada é guardado.
correction-enough = Já guardo { $limit } rostos que você deu, e não guardo mais do que isso de uma só pessoa. Deste, nada fica guardado.
correction-face-gone = Não encontrei mais esse rosto, então nada é guardado.
correction-forgotten = Enquanto isso você pediu para ser esquecido, então nada é guardado.
correction-taken-back = O rosto foi apagado. O que um modelo já aprendeu com ele não pode ser desfeito; o próximo treinamento o deixa de fora.

start =
    Olá! Envie uma foto e direi, para cada rosto, se a expressão parece feliz ou triste, e com quanta certeza.

    Sou um sistema automático: uma rede neural avalia expressões e pode errar. Ela vê uma imagem, não um sentimento. As fotos nunca são guardadas.

    /help – o que sei fazer
    /privacy – o que acontece com suas fotos
introduction =
    Olá! Sou { $bot }, um sistema automático que diz se os rostos em uma foto parecem felizes ou tristes. Ele pode errar, e vê uma imagem, não um sentimento.

    Responda a uma foto com /emotion, ou envie uma foto com /emotion na legenda. Não olho mais nada, a não ser que um administrador mude /settings. As fotos nunca são guardadas: /privacy
help =
    Envie uma foto, um arquivo de imagem, uma figurinha, um GIF ou um vídeo, um ou vários de uma vez. Numero os rostos fileira por fileira, da esquerda para a direita, e digo que expressão cada um parece ter. De clipes de até um minuto, olho até 16 momentos.

    O melhor são fotos com rostos grandes, bem iluminados e virados para a câmera.

    “Por quê?” mostra para onde olhei; “Detalhes”, os números.

    Em grupos: responda a uma foto com /emotion, ou escreva /emotion na legenda. Administradores escolhem mais em /settings.

    /language – mudar o idioma
    /settings – como respondo
    /about – o modelo e com que frequência acerta
    /privacy, /mydata, /forget – seus dados
    /developer_info – quem mantém este bot
help-group =
    Responda a uma foto com /emotion, ou envie uma foto com /emotion na legenda. Numero os rostos fileira por fileira, da esquerda para a direita, e digo que expressão cada um parece ter.

    /settings – administradores escolhem quando e como respondo
    /mood – que expressão os rostos pareceram ter aqui ultimamente
    /privacy – o que acontece com as fotos
privacy =
    Sou um sistema automático que avalia expressões em fotos.

    • As fotos ficam na memória enquanto as olho, em geral segundos, e nunca são guardadas. Para mostrar “Por quê?”, peço a foto de novo ao Telegram.
    • Não reconheço ninguém nem comparo rostos com nada.
    • Guardo: o idioma que você escolheu, as configurações de um grupo e, se os administradores ativaram /mood, quantos rostos pareciam felizes ou tristes em cada hora. Até você receber a resposta, também sua mensagem, mas não a foto. Também as configurações da nossa conversa privada e, por um dia, os botões em que você tocou. Se me removerem de um grupo, as configurações dele ficam guardadas por 7 dias, para o caso de me adicionarem de novo.
    • /mydata envia o que está guardado sobre você; /forget apaga.
    • { $learning }

    Não me use para julgar pessoas no trabalho ou na educação: na União Europeia isso é proibido.
privacy-learning = Nada é entregue a ninguém. Quando você diz que uma resposta está certa ou errada, eu conto, sem seu nome. Só se depois você disser sim para essa foto, guardo o rosto recortado dela, com seu tamanho e inclinação, criptografado, por { $time }, para melhorar o modelo. Nunca em grupos.
privacy-no-learning = Nada é entregue a ninguém e nada é usado para treinamento.
keeps-faces = Só se você disser sim para uma foto, um rosto recortado dela é guardado, criptografado, para melhorar o modelo.
about = Os rostos são avaliados pelo modelo “{ $name }”, versão { $version }, no próprio computador deste bot.
about-accuracy = Em { $photos } fotos de rostos felizes e tristes que nunca tinha visto, acertou { NUMBER($share, style: "percent", maximumFractionDigits: 1) } (felizes e tristes contam igual).
about-few-faces = A confiança dele se baseia em poucas fotos: use com cautela.
about-limits = Ele vai pior com rostos pequenos, mal iluminados, cobertos ou virados de lado, e não igualmente bem com todo mundo. Quando não tem certeza, diz.
about-version = Versão do bot: { $version }
developer-info = Este bot é mantido por: { $info }
developer-info-missing = Quem mantém este bot não disse quem é. O programa é software livre: happy-or-sad-bot.
hint-text = Envie uma foto e direi que expressão os rostos nela parecem ter. Mais em /help.
hint-not-a-photo = Só consigo olhar imagens. Envie uma foto, uma figurinha, um GIF, um vídeo ou um arquivo de imagem.
hint-group-reply = Responda com /emotion a uma mensagem que tenha uma foto, ou escreva /emotion na legenda de uma.
guest-hint = Mencione-me ao responder a uma mensagem que tenha uma foto, e eu digo como os rostos parecem.
guest-pause = Você perguntou muitas vezes em um minuto. Pergunte de novo daqui a um minuto, por favor.
automatic-system = Sou um sistema automático: uma rede neural julga expressões e pode errar. Ela vê uma imagem, não um sentimento.
group-switched-off = Os administradores desligaram minhas respostas aqui. Eles podem mudar isso em /settings.
not-admitted = Desculpe, não estou disponível neste chat. Quem mantém este bot decide onde respondo.
admins-only = Só os administradores podem fazer isso.
groups-only = Isso só funciona em grupos.

mydata = Isto é tudo o que está guardado sobre você. O arquivo contém cada detalhe.
mydata-id = Seu número no Telegram: { $id }
mydata-messages = Mensagens esperando resposta, com esta: { $count }
mydata-held = Respostas retidas até passar um minuto movimentado: { $count }
mydata-notes = Notas de hoje sobre botões tocados e esperas: { $count }
mydata-faces = Rostos que você deu para o treinamento: { $count }
mydata-refused = Foi dito a você que não estou disponível aqui
mydata-sent = Enviei para você na nossa conversa privada.
mydata-ask-in-private = Isto é só para você: escreva /mydata para mim na nossa conversa privada.
person-unknown = Aqui você escreve em nome do chat, por isso não sei de quem são os dados. Escreva isso para mim na nossa conversa privada.
forget-done = Pronto: o que estava guardado sobre você foi apagado. Você pode continuar me usando quando quiser.
forget-faces = Os rostos que você deu para o treinamento também foram apagados. O que um modelo já aprendeu com eles não pode ser desfeito; o próximo treinamento os deixa de fora.
forget-dropped = Suas mensagens que ainda esperavam resposta também foram apagadas ({ $messages }): não vou respondê-las.
stats-title = Última hora · últimas 24 horas · desde o início:
stats-answered = Fotos respondidas: { $hour } · { $day } · { $total }
stats-refused = Fotos que não pude responder: { $hour } · { $day } · { $total }
stats-faces = Rostos: { $hour } · { $day } · { $total }
stats-updates = Mensagens e toques em botões: { $hour } · { $day } · { $total }
stats-times = Das últimas 1.000 de cada: metade até · 95 em 100 até · 99 em 100 até:
stats-queue = Esperar a vez: { $times }
stats-download = Buscar a foto: { $times }
stats-classify = Olhar a foto: { $times }
stats-send = Enviar a resposta: { $times }
stats-service = Tudo depois da espera: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } s · { NUMBER($most, maximumFractionDigits: 2) } s · { NUMBER($slow, maximumFractionDigits: 2) } s
stats-since = Iniciado em { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = Que idioma devo falar aqui?
language-chosen = Idioma: { $language }
language-follow = Como no seu Telegram
language-follow-group = Como no Telegram de quem pergunta
language-follow-channel = Como definiu quem mantém o bot

settings-title = Como me comporto aqui:
settings-title-private = Como respondo a você:
settings-kept = Já estive aqui antes. As configurações de então continuam valendo (/settings as muda):
settings-back = ‹ Voltar
settings-when = Quando respondo: { $value }
settings-when-question = Quando devo responder?
when-command = a /emotion
when-mention = quando me mencionam
when-every = a cada foto
when-off = nunca
settings-how = Como respondo: { $value }
settings-how-question = Como devo responder?
how-picture = imagem e texto
how-text = só texto
how-reaction = só reação (😁 😢 🤔)
settings-language = Idioma: { $value }
settings-throttle = Ritmo: { $value }
settings-throttle-question = Quantas respostas por minuto, no máximo? As demais são reunidas em uma só mensagem.
throttle-none = sem limite
throttle-limit =
    { $answers ->
        [one] { $answers } resposta por minuto
       *[other] { $answers } respostas por minuto
    }
settings-quiet = Horas de silêncio: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = Nas horas de silêncio só respondo a /emotion. O fuso horário daqui é { $offset }; mude abaixo.
clock-later = +{ $minutes } min
clock-earlier = −{ $minutes } min
settings-mood = /mood: { $value }
settings-mood-question = Devo contar quantos rostos parecem felizes ou tristes, para que /mood possa mostrar? Só números são guardados, por uma semana.
switch-on = sim
switch-off = não
privacy-mode-hides =
    ⚠️ O Telegram esconde essas mensagens de mim aqui, então esta configuração ainda não tem efeito. Faça uma destas coisas:
    • torne { $bot } administrador deste grupo, ou
    • escreva ao @BotFather: /setprivacy, escolha { $bot }, Disable; depois me remova deste grupo e me adicione de novo.

mood-title = Que expressão os rostos pareceram ter aqui:
mood-day = Últimas 24 horas — felizes: { $happy }, tristes: { $sad }, incertos: { $unsure }
mood-week = Últimos 7 dias — felizes: { $happy }, tristes: { $sad }, incertos: { $unsure }
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } feliz { $sad } triste { $unsure } incerto
mood-empty = Nenhum rosto foi contado nos últimos 7 dias.
mood-switched-off = A contagem está desligada aqui. Um administrador pode ligá-la em /settings.

command-start = O que este bot faz
command-help = Como usar
command-emotion = Responda a uma foto: que expressão os rostos parecem ter?
command-mood = Que expressão os rostos pareceram ter aqui
command-language = Mudar o idioma
command-settings = Quando e como respondo
command-privacy = O que acontece com as fotos
command-about = O modelo e com que frequência acerta
command-mydata = O que está guardado sobre mim
command-forget = Apagar o que está guardado sobre mim
command-live = Olhar pela câmera, ao vivo
command-developer = Quem mantém este bot
bot-description = Envie uma foto, e um sistema automático diz para cada rosto se a expressão parece feliz ou triste, com quanta certeza, e quando não consegue dizer. Ele vê uma imagem, não um sentimento. As fotos nunca são guardadas.
bot-short-description = Diz se os rostos nas fotos parecem felizes ou tristes. Automático, pode errar, não guarda fotos.

live-title = Ao vivo
live-what = A imagem da câmera, com uma palavra em cada rosto: parece feliz, parece triste ou difícil dizer.
live-sent = Enquanto a câmera está ligada, pequenas imagens dela vão para este bot, várias por segundo. Cada uma é vista na memória e some: nenhuma é guardada e nenhum som é gravado.
live-line-kept = A linha do último meio minuto existe só nesta página e some quando você para.
live-open = Abrir a câmera
live-stop = Parar
live-turn = Outra câmera
live-line = O último meio minuto
live-happy = parece feliz
live-sad = parece triste
live-unsure = difícil dizer
live-no-face = Nenhum rosto na imagem
live-starting = Procurando rostos…
live-denied = A câmera não foi permitida. Permita-a para esta página no navegador ou no celular e toque no botão de novo.
live-missing = Nenhuma câmera pode ser usada. Conecte uma ou feche o programa que a usa e toque no botão de novo.
live-unreachable = Não consigo alcançar o bot. Tentando de novo…
live-busy = As fotos dos chats vêm primeiro. Um momento…
live-expired = Esta página foi aberta há tempo demais. Feche-a e abra de novo pelo chat.
live-not-admitted = Quem mantém este bot não permite que ele responda a você.
live-script = Esta página precisa de JavaScript.
live-invitation = Ao vivo: uma página com a sua câmera que diz o que cada rosto parece enquanto você olha. Antes de abrir a câmera, a página diz o que faz e o que guarda: nada.
live-in-private = Abra a página da câmera em um chat privado comigo: escreva /live lá.
