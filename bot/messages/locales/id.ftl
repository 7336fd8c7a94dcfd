### Bahasa Indonesia

face-happy = Tampak gembira — { NUMBER($share, style: "percent") } yakin
face-sad = Tampak sedih — { NUMBER($share, style: "percent") } yakin
face-too-small = Sulit dipastikan — wajahnya terlalu kecil
face-too-close = Sulit dipastikan — antara gembira dan sedih
face-neither = Sulit dipastikan — tidak tampak gembira maupun sedih
face-turned-away = Sulit dipastikan — wajahnya menoleh
face-covered = Sulit dipastikan — mulutnya tertutup sesuatu
face-unclear = Sulit dipastikan — wajahnya tidak terlihat jelas
advice-too-small = Coba foto yang diambil lebih dekat, atau kirim foto ini sebagai berkas.
advice-turned-away = Coba foto dengan wajah menghadap kamera.
advice-covered = Coba foto yang memperlihatkan mulut.
advice-unclear = Coba foto yang wajahnya tajam dan tidak tertutup apa pun.
face-numbered = { $number } · { $face }
faces-summary = { $faces } wajah: gembira { $happy }, sedih { $sad }, sulit dipastikan { $unsure }
no-face = Saya tidak menemukan wajah. Coba foto dengan wajah yang lebih besar dan menghadap kamera.
clip-happy = Sebagian besar gembira — { $seen } dari { $looks } cuplikan
clip-sad = Sebagian besar sedih — { $seen } dari { $looks } cuplikan
clip-unsure = Sebagian besar sulit dipastikan — { $seen } dari { $looks } cuplikan
clip-mixed = Beragam — dari { $looks } cuplikan: gembira { $happy }, sedih { $sad }, sulit dipastikan { $unsure }
clip-no-face = Saya melihat { $moments } cuplikan dari klip ini dan tidak menemukan wajah. Coba klip dengan wajah yang lebih besar dan menghadap kamera.
note-clip = Saya melihat { $moments } cuplikan dari klip ini, wajah terbesar di masing-masing.
note-cover = Saya hanya melihat gambar sampulnya, bukan seluruh klip.
note-damaged = Berkasnya rusak: saya menilai bagian yang masih terlihat.
album-photo = Foto { $number }
album-why = Untuk melihat alasannya, balas salah satu foto dengan /emotion.
gathered-title = { $photos } foto lagi yang menumpuk saat sibuk:
please-wait = { $photos } foto Anda masih menunggu. Saya menjawab satu per satu, mohon tunggu sebentar.
long-queue = Saat ini ada sangat banyak foto yang menunggu. Foto Anda sudah sampai dan akan dijawab saat gilirannya tiba; tidak perlu mengirimnya lagi.

problem-empty = Berkasnya kosong. Silakan kirim fotonya sekali lagi.
problem-too-many-bytes = Berkasnya terlalu besar: saya bisa membaca sampai { $megabytes } MB. Kirim sebagai foto, nanti Telegram mengecilkannya.
problem-too-many-pixels = Gambar ini punya terlalu banyak piksel bagi saya. Kirim sebagai foto, nanti Telegram mengecilkannya.
problem-too-complex = Berkas ini dibuat sedemikian rupa sehingga terlalu lama dibuka. Ambil tangkapan layar gambarnya lalu kirim.
problem-not-an-image = Saya tidak bisa membuka ini sebagai gambar. Kirim foto, atau berkas JPEG, PNG, atau WebP.
problem-unsupported-format = Saya tidak bisa membuka berkas { $format }. Kirim sebagai foto, atau sebagai berkas JPEG, PNG, atau WebP.
problem-heic = Saya tidak bisa membuka berkas HEIC buatan iPhone. Kirim sebagai foto, bukan sebagai berkas, nanti Telegram mengubahnya.
problem-damaged = Berkasnya rusak dan tidak bisa saya buka. Silakan kirim fotonya sekali lagi.
problem-deadline = Gambar ini memakan waktu terlalu lama, jadi saya berhenti. Coba yang lebih kecil.
problem-worker-lost = Saya gagal dua kali dengan gambar ini dan berhenti. Coba foto lain, atau tangkapan layar foto ini.
problem-busy = Terlalu banyak foto yang harus saya lihat sekarang. Silakan kirim ulang yang ini setelah satu menit.
problem-download-failed = Saya tidak bisa mengambil fotonya dari Telegram. Silakan kirim ulang setelah satu menit.
problem-file-gone = Telegram tidak lagi punya berkas ini. Silakan kirim fotonya sekali lagi.
problem-no-cover = Telegram tidak membuat gambar sampul untuk ini, jadi tidak ada yang bisa saya lihat. Kirim foto saja.
problem-internal = Ada yang salah di pihak saya. Silakan coba lagi setelah satu menit.
problem-too-late = Terlalu lama saya tidak bisa menyampaikan jawaban kepada Anda, jadi saya berhenti mencoba. Silakan kirim lagi.

button-why = Mengapa?
button-details = Rincian
button-expired = Tombol ini tidak berfungsi lagi. Kirim fotonya sekali lagi.
button-pause = Mohon tunggu: tekan lagi beberapa detik lagi.
button-photo-gone = Saya tidak menyimpan foto, dan yang ini sudah tidak ada. Kirim sekali lagi.
why-caption = Warna hangat menunjukkan apa yang menandakan gembira, warna dingin apa yang menandakan sedih.
why-not-available = Model ini tidak bisa menunjukkan ke mana ia melihat.
details-title = Seperti apa tiap ekspresi:
details-face = Gembira { NUMBER($happy, style: "percent") }, sedih { NUMBER($sad, style: "percent") } (wajah { $pixels } px)
details-neither = Gembira { NUMBER($happy, style: "percent") }, sedih { NUMBER($sad, style: "percent") }, bukan keduanya { NUMBER($neither, style: "percent") } (wajah { $pixels } px)
details-unreadable = { $answer } (wajah { $pixels } px)
fewer-faces = Yang ditampilkan { $shown } wajah pertama dari { $faces }.
details-note = Angka-angka ini tentang ekspresi dalam gambar, bukan tentang perasaan siapa pun.

button-right = Benar
button-wrong = Salah
button-give = Bantu saya belajar
button-yes = Ya
button-no = Tidak
button-take-back = Tarik persetujuan
label-happy = gembira
label-sad = sedih
label-neither = bukan keduanya
feedback-noted = Terima kasih, sudah dicatat.
feedback-counted = Terima kasih. Itu sudah dihitung, tanpa nama Anda dan tanpa fotonya.
feedback-which-face = Wajah mana yang Anda maksud?
feedback-another-face = Wajah lain juga?
feedback-which-label = Seperti apa ekspresi wajah { $number }?
consent-question =
    Bolehkah saya menyimpan wajah ini untuk memperbaiki model? Tekan “Ya” hanya jika ini wajah Anda sendiri atau semua orang di foto ini setuju.

    Jika Anda menekan “Ya”, saya meminta foto itu sekali lagi dari Telegram dan menyimpan selama { $time }, terenkripsi: wajah { $number } yang dipotong darinya, ukuran dan kemiringannya di foto, bahwa wajah itu tampak “{ $label }”, dan jawaban saya. Bagian lain foto maupun nama Anda tidak dipakai. Persetujuan Anda hanya untuk foto ini.

    Anda bisa menarik persetujuan Anda kapan saja, dengan tombol yang akan muncul di sini atau dengan /forget. Apa yang sudah dipelajari model darinya tidak bisa dibatalkan; pelatihan berikutnya tidak menyertakannya.
consent-time = { $days } hari
correction-kept = Wajah ini disimpan sampai { DATETIME($date, dateStyle: "long") }. Terima kasih!
correction-declined = Baik, tidak ada yang disimpan.
correction-enough = Saya sudah menyimpan { $limit } wajah yang Anda berikan, dan tidak lebih dari itu dari satu orang. Wajah ini tidak disimpan.
correction-face-gone = Saya tidak menemukan wajah itu lagi, jadi tidak ada yang disimpan.
correction-forgotten = Sementara itu Anda meminta saya melupakan Anda, jadi tidak ada yang disimpan.
correction-taken-back = Wajah itu sudah dihapus. Apa yang sudah dipelajari model darinya tidak bisa dibatalkan; pelatihan berikutnya tidak menyertakannya.

start =
    Halo! Kirimi saya foto, dan saya akan mengatakan untuk tiap wajah apakah ekspresinya tampak gembira atau sedih, dan seberapa yakin saya.

    Saya sistem otomatis: sebuah jaringan saraf menilai ekspresi, dan ia bisa keliru. Ia melihat gambar, bukan perasaan. Foto tidak pernah disimpan.

    /help – yang bisa saya lakukan
    /privacy – apa yang terjadi pada foto Anda
introduction =
    Halo! Saya { $bot }, sistem otomatis yang mengatakan apakah wajah dalam foto tampak gembira atau sedih. Ia bisa keliru, dan ia melihat gambar, bukan perasaan.

    Balas sebuah foto dengan /emotion, atau kirim foto dengan keterangan /emotion. Saya tidak melihat yang lain kecuali admin mengubah /settings. Foto tidak pernah disimpan: /privacy
help =
    Kirimi saya foto, berkas gambar, stiker, GIF, atau video, satu atau beberapa sekaligus. Saya memberi nomor wajah baris demi baris, dari kiri ke kanan, dan mengatakan seperti apa tiap ekspresi tampaknya. Dari klip hingga satu menit saya melihat hingga 16 cuplikan.

    Yang terbaik adalah foto dengan wajah yang besar, cukup terang, dan menghadap kamera.

    “Mengapa?” menunjukkan ke mana saya melihat, “Rincian” menunjukkan angkanya.

    Di grup: balas sebuah foto dengan /emotion, atau tulis /emotion sebagai keterangannya. Admin memilih lebih banyak di /settings.

    /language – ganti bahasa
    /settings – cara saya menjawab
    /about – modelnya dan seberapa sering ia benar
    /privacy, /mydata, /forget – data Anda
    /developer_info – siapa yang menjalankan bot ini
help-group =
    Balas sebuah foto dengan /emotion, atau kirim foto dengan keterangan /emotion. Saya memberi nomor wajah baris demi baris, dari kiri ke kanan, dan mengatakan seperti apa tiap ekspresi tampaknya.

    /settings – admin memilih kapan dan bagaimana saya menjawab
    /mood – seperti apa wajah-wajah di sini belakangan ini
    /privacy – apa yang terjadi pada foto
privacy =
    Saya sistem otomatis yang menilai ekspresi dalam foto.

    • Foto ada di memori selama saya melihatnya, biasanya beberapa detik, dan tidak pernah disimpan. Untuk “Mengapa?” saya meminta fotonya lagi dari Telegram.
    • Saya tidak mengenali siapa pun dan tidak membandingkan wajah dengan apa pun.
    • Saya menyimpan: bahasa pilihan Anda, pengaturan grup dan, jika adminnya mengaktifkan /mood, berapa wajah yang tampak gembira atau sedih tiap jam. Sampai Anda dijawab, juga pesan Anda, tetapi bukan fotonya. Juga pengaturan obrolan pribadi kita dan, selama sehari, tombol mana yang Anda tekan. Jika saya dikeluarkan dari grup, pengaturannya disimpan selama 7 hari, kalau-kalau saya ditambahkan lagi.
    • /mydata mengirimkan apa yang disimpan tentang Anda, /forget menghapusnya.
    • { $learning }

    Jangan memakai saya untuk menilai orang di tempat kerja atau pendidikan: di Uni Eropa itu dilarang.
privacy-learning = Tidak ada yang diberikan kepada siapa pun. Jika Anda menyebut sebuah jawaban benar atau salah, saya menghitungnya, tanpa nama Anda. Hanya jika kemudian Anda setuju untuk foto itu, saya menyimpan wajah yang dipotong darinya beserta ukuran dan kemiringannya, terenkripsi, selama { $time }, untuk memperbaiki model. Tidak pernah di grup.
privacy-no-learning = Tidak ada yang diberikan kepada siapa pun dan tidak ada yang dipakai untuk pelatihan.
keeps-faces = Hanya jika Anda menyetujuinya untuk suatu foto, wajah yang dipotong dari foto itu disimpan, terenkripsi, untuk memperbaiki model.
about = Wajah dinilai oleh model “{ $name }”, versi { $version }, di komputer bot ini sendiri.
about-accuracy = Pada { $photos } foto wajah gembira dan sedih yang belum pernah dilihatnya, ia benar { NUMBER($share, style: "percent", maximumFractionDigits: 1) } (gembira dan sedih dihitung setara).
about-few-faces = Keyakinannya didasarkan pada sedikit foto: sikapi dengan hati-hati.
about-limits = Hasilnya lebih buruk pada wajah yang kecil, kurang cahaya, tertutup, atau menoleh, dan tidak sama baiknya bagi semua orang. Bila tidak yakin, ia mengatakannya.
about-version = Versi bot: { $version }
developer-info = Bot ini dijalankan oleh: { $info }
developer-info-missing = Yang menjalankan bot ini belum menyebutkan siapa dirinya. Programnya perangkat lunak bebas: happy-or-sad-bot.
hint-text = Kirimi saya foto dan saya akan mengatakan seperti apa wajah-wajah di dalamnya. Selengkapnya: /help.
hint-not-a-photo = Saya hanya bisa melihat gambar. Kirimi saya foto, stiker, GIF, video, atau berkas gambar.
hint-group-reply = Balas pesan yang berisi foto dengan /emotion, atau tulis /emotion sebagai keterangan foto.
guest-hint = Sebut saya saat membalas pesan yang berisi foto, dan saya akan mengatakan bagaimana wajah-wajah di dalamnya terlihat.
guest-pause = Anda sudah terlalu sering bertanya dalam satu menit. Silakan tanya lagi satu menit lagi.
automatic-system = Saya sistem otomatis: jaringan saraf menilai ekspresi dan bisa keliru. Ia melihat gambar, bukan perasaan.
group-switched-off = Admin menonaktifkan jawaban saya di sini. Mereka bisa mengubahnya di /settings.
not-admitted = Maaf, saya tidak tersedia di obrolan ini. Yang menjalankan bot ini menentukan di mana saya menjawab.
admins-only = Hanya admin yang bisa melakukannya.
groups-only = Itu hanya berfungsi di grup.

mydata = Inilah semua yang disimpan tentang Anda. Berkasnya memuat setiap rincian.
mydata-id = Nomor Anda di Telegram: { $id }
mydata-messages = Pesan yang menunggu jawaban, termasuk yang ini: { $count }
mydata-held = Jawaban yang ditahan sampai menit sibuk berlalu: { $count }
mydata-notes = Catatan hari ini tentang tombol yang ditekan dan penantian: { $count }
mydata-faces = Wajah yang Anda berikan untuk pelatihan: { $count }
mydata-refused = Anda diberi tahu bahwa saya tidak tersedia di sini
mydata-sent = Sudah saya kirim kepada Anda di obrolan pribadi kita.
mydata-ask-in-private = Ini hanya untuk Anda: tulis /mydata kepada saya di obrolan pribadi kita.
person-unknown = Di sini Anda menulis atas nama obrolan, jadi saya tidak tahu data siapa yang dimaksud. Tulis ini kepada saya di obrolan pribadi kita.
forget-done = Selesai: yang disimpan tentang Anda sudah dihapus. Anda bisa tetap memakai saya kapan saja.
forget-faces = Wajah yang Anda berikan untuk pelatihan juga sudah dihapus. Apa yang sudah dipelajari model darinya tidak bisa dibatalkan; pelatihan berikutnya tidak menyertakannya.
forget-dropped = Pesan Anda yang masih menunggu jawaban juga dihapus ({ $messages }): saya tidak akan menjawabnya.
stats-title = Satu jam terakhir · 24 jam terakhir · sejak dimulai:
stats-answered = Foto yang dijawab: { $hour } · { $day } · { $total }
stats-refused = Foto yang tidak bisa dijawab: { $hour } · { $day } · { $total }
stats-faces = Wajah: { $hour } · { $day } · { $total }
stats-updates = Pesan dan penekanan tombol: { $hour } · { $day } · { $total }
stats-times = Dari masing-masing 1.000 terakhir: separuhnya sampai · 95 dari 100 sampai · 99 dari 100 sampai:
stats-queue = Menunggu giliran: { $times }
stats-download = Mengambil foto: { $times }
stats-classify = Melihat foto: { $times }
stats-send = Mengirim jawaban: { $times }
stats-service = Semuanya setelah menunggu: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } dtk · { NUMBER($most, maximumFractionDigits: 2) } dtk · { NUMBER($slow, maximumFractionDigits: 2) } dtk
stats-since = Dimulai { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = Bahasa apa yang harus saya pakai di sini?
language-chosen = Bahasa: { $language }
language-follow = Seperti di Telegram Anda
language-follow-group = Seperti di Telegram orang yang bertanya
language-follow-channel = Seperti yang diatur pengelola bot

settings-title = Perilaku saya di sini:
settings-title-private = Cara saya menjawab Anda:
settings-kept = Saya pernah di sini. Pengaturan dari waktu itu masih berlaku (ubah dengan /settings):
settings-back = ‹ Kembali
settings-when = Kapan saya menjawab: { $value }
settings-when-question = Kapan saya harus menjawab?
when-command = pada /emotion
when-mention = bila disebut
when-every = setiap foto
when-off = tidak pernah
settings-how = Cara saya menjawab: { $value }
settings-how-question = Bagaimana saya harus menjawab?
how-picture = gambar dan teks
how-text = teks saja
how-reaction = reaksi saja (😁 😢 🤔)
settings-language = Bahasa: { $value }
settings-throttle = Laju: { $value }
settings-throttle-question = Paling banyak berapa jawaban per menit? Selebihnya dikumpulkan dalam satu pesan.
throttle-none = tanpa batas
throttle-limit = { $answers } jawaban per menit
settings-quiet = Jam tenang: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = Pada jam tenang saya hanya menjawab /emotion. Zona waktu di sini { $offset }; ubah di bawah.
clock-later = +{ $minutes } mnt
clock-earlier = −{ $minutes } mnt
settings-mood = /mood: { $value }
settings-mood-question = Haruskah saya menghitung berapa wajah yang tampak gembira atau sedih, agar /mood bisa menunjukkannya? Hanya angka yang disimpan, selama seminggu.
switch-on = aktif
switch-off = nonaktif
privacy-mode-hides =
    ⚠️ Telegram menyembunyikan pesan itu dari saya di sini, jadi pengaturan ini belum berpengaruh. Lakukan salah satu:
    • jadikan { $bot } admin grup ini, atau
    • tulis kepada @BotFather: /setprivacy, pilih { $bot }, Disable; lalu keluarkan saya dari grup ini dan tambahkan lagi.

mood-title = Seperti apa wajah-wajah di sini:
mood-day = 24 jam terakhir: gembira { $happy }, sedih { $sad }, sulit dipastikan { $unsure }
mood-week = 7 hari terakhir: gembira { $happy }, sedih { $sad }, sulit dipastikan { $unsure }
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } gembira { $sad } sedih { $unsure } sulit dipastikan
mood-empty = Tidak ada wajah yang dihitung dalam 7 hari terakhir.
mood-switched-off = Penghitungan nonaktif di sini. Admin bisa mengaktifkannya di /settings.

command-start = Apa yang dilakukan bot ini
command-help = Cara memakainya
command-emotion = Balas sebuah foto: seperti apa wajahnya?
command-mood = Seperti apa wajah-wajah di sini belakangan ini
command-language = Ganti bahasa
command-settings = Kapan dan bagaimana saya menjawab
command-privacy = Apa yang terjadi pada foto
command-about = Modelnya dan seberapa sering ia benar
command-mydata = Apa yang disimpan tentang saya
command-forget = Hapus yang disimpan tentang saya
command-live = Melihat lewat kamera, langsung
command-developer = Siapa yang menjalankan bot ini
bot-description = Kirim foto, dan sistem otomatis mengatakan untuk tiap wajah apakah ekspresinya tampak gembira atau sedih, seberapa yakin, dan kapan ia tidak bisa mengatakannya. Ia melihat gambar, bukan perasaan. Foto tidak pernah disimpan.
bot-short-description = Mengatakan apakah wajah di foto tampak gembira atau sedih. Otomatis, bisa keliru, tidak menyimpan foto.

live-title = Langsung
live-what = Gambar kamera, dengan satu kata pada tiap wajah: tampak gembira, tampak sedih, atau sulit dipastikan.
live-sent = Selama kamera menyala, gambar-gambar kecil darinya dikirim ke bot ini, beberapa tiap detik. Masing-masing dilihat di memori lalu hilang: tidak ada yang disimpan, dan suara tidak direkam.
live-line-kept = Garis setengah menit terakhir hanya ada di halaman ini dan hilang saat Anda berhenti.
live-open = Buka kamera
live-stop = Berhenti
live-turn = Kamera lain
live-line = Setengah menit terakhir
live-happy = tampak gembira
live-sad = tampak sedih
live-unsure = sulit dipastikan
live-no-face = Tidak ada wajah di gambar
live-starting = Mencari wajah…
live-denied = Kamera tidak diizinkan. Izinkan untuk halaman ini di peramban atau ponsel, lalu tekan tombolnya lagi.
live-missing = Tidak ada kamera yang bisa dipakai. Sambungkan satu, atau tutup program yang memakainya, lalu tekan tombolnya lagi.
live-unreachable = Bot tidak bisa dihubungi. Mencoba lagi…
live-busy = Foto di obrolan didahulukan. Sebentar…
live-expired = Halaman ini sudah terlalu lama terbuka. Tutup dan buka lagi dari obrolan.
live-not-admitted = Pengelola bot ini tidak mengizinkannya menjawab Anda.
live-script = Halaman ini memerlukan JavaScript.
live-invitation = Langsung: halaman dengan kamera Anda yang mengatakan seperti apa tiap wajah selagi Anda melihat. Sebelum kamera terbuka, halaman itu mengatakan apa yang dilakukan dan apa yang disimpannya: tidak ada.
live-in-private = Buka halaman kamera di obrolan pribadi dengan saya: tulis /live di sana.
