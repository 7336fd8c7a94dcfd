### Türkçe

face-happy = Mutlu görünüyor — { NUMBER($share, style: "percent") } emin
face-sad = Üzgün görünüyor — { NUMBER($share, style: "percent") } emin
face-too-small = Söylemek zor — yüz çok küçük
face-too-close = Söylemek zor — mutlu ile üzgün arasında
face-neither = Söylemek zor — ne mutlu ne üzgün görünüyor
face-turned-away = Söylemek zor — yüz yana dönük
face-covered = Söylemek zor — ağız örtülü
face-unclear = Söylemek zor — yüz net görünmüyor
advice-too-small = Daha yakından çekilmiş bir fotoğraf deneyin ya da bunu dosya olarak gönderin.
advice-turned-away = Yüzün kameraya dönük olduğu bir fotoğraf deneyin.
advice-covered = Ağzın göründüğü bir fotoğraf deneyin.
advice-unclear = Yüzün net olduğu ve hiçbir şeyin örtmediği bir fotoğraf dene.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } yüz
       *[other] { $faces } yüz
    }: mutlu { $happy }, üzgün { $sad }, belirsiz { $unsure }
no-face = Yüz bulamıyorum. Yüzün daha büyük ve kameraya dönük olduğu bir fotoğraf deneyin.
clip-happy = Çoğunlukla mutlu — { $looks } kareden { $seen } tanesi
clip-sad = Çoğunlukla üzgün — { $looks } kareden { $seen } tanesi
clip-unsure = Çoğunlukla söylemek zor — { $looks } kareden { $seen } tanesi
clip-mixed = Değişken — { $looks } karede mutlu { $happy }, üzgün { $sad }, belirsiz { $unsure }
clip-no-face = Klibin { $moments } karesine baktım, yüz bulamadım. Yüzün daha büyük ve kameraya dönük olduğu bir klip deneyin.
note-clip = Klibin { $moments } karesine, her birinde en büyük yüze baktım.
note-cover = Yalnızca kapak resmine baktım, klibin tamamına değil.
note-damaged = Dosya hasarlı: hâlâ görülebilen kısmı değerlendirdim.
album-photo = Fotoğraf { $number }
album-why = Nedenini görmek için fotoğraflardan birini /emotion ile yanıtlayın.
gathered-title =
    { $photos ->
        [one] Yoğun bir dakikada biriken { $photos } fotoğraf daha:
       *[other] Yoğun bir dakikada biriken { $photos } fotoğraf daha:
    }
please-wait =
    { $photos ->
        [one] { $photos } fotoğrafınız daha bekliyor. Sırayla yanıtlıyorum, lütfen biraz bekleyin.
       *[other] { $photos } fotoğrafınız daha bekliyor. Sırayla yanıtlıyorum, lütfen biraz bekleyin.
    }
long-queue = Şu anda çok sayıda fotoğraf bekliyor. Sizinki ulaştı ve sırası gelince yanıtlanacak; yeniden göndermenize gerek yok.

problem-empty = Dosya boş. Lütfen fotoğrafı yeniden gönderin.
problem-too-many-bytes = Dosya çok büyük: en çok { $megabytes } MB okuyabiliyorum. Fotoğraf olarak gönderin, Telegram küçültür.
problem-too-many-pixels = Resimde benim için çok fazla piksel var. Fotoğraf olarak gönderin, Telegram küçültür.
problem-too-complex = Bu dosyanın yapısı açılmasını çok uzatıyor. Resmin ekran görüntüsünü alıp onu gönderin.
problem-not-an-image = Bunu resim olarak açamıyorum. Bir fotoğraf ya da JPEG, PNG veya WebP dosyası gönderin.
problem-unsupported-format = { $format } dosyalarını açamıyorum. Fotoğraf olarak ya da JPEG, PNG veya WebP dosyası olarak gönderin.
problem-heic = iPhone'ların yaptığı HEIC dosyalarını açamıyorum. Dosya yerine fotoğraf olarak gönderin, Telegram dönüştürür.
problem-damaged = Dosya hasarlı, açamıyorum. Lütfen fotoğrafı yeniden gönderin.
problem-deadline = Bu resim çok uzun sürdü, vazgeçtim. Daha küçüğünü deneyin.
problem-worker-lost = Bu resimde iki kez başarısız oldum ve vazgeçtim. Başka bir fotoğraf ya da bunun ekran görüntüsünü deneyin.
problem-busy = Şu anda bakmam gereken çok fazla fotoğraf var. Lütfen bunu bir dakika sonra yeniden gönderin.
problem-download-failed = Fotoğrafı Telegram'dan alamadım. Lütfen bir dakika sonra yeniden gönderin.
problem-file-gone = Bu dosya artık Telegram'da yok. Lütfen fotoğrafı yeniden gönderin.
problem-no-cover = Telegram bunun için kapak resmi yapmamış, bakabileceğim bir şey yok. Bunun yerine fotoğraf gönderin.
problem-internal = Benim tarafımda bir sorun oldu. Lütfen bir dakika sonra yeniden deneyin.
problem-too-late = Çok uzun süre size yanıt ulaştıramadım ve vazgeçtim. Lütfen yeniden gönderin.

button-why = Neden?
button-details = Ayrıntılar
button-expired = Bu düğme artık çalışmıyor. Fotoğrafı yeniden gönderin.
button-pause = Bir dakika lütfen: birkaç saniye sonra tekrar basın.
button-photo-gone = Fotoğrafları saklamıyorum ve bu artık yerinde değil. Yeniden gönderin.
why-caption = Sıcak renkler mutluluğu, soğuk renkler üzüntüyü gösteren yerlerdir.
why-not-available = Bu model nereye baktığını gösteremiyor.
details-title = Her ifade nasıl görünüyor:
details-face = Mutlu { NUMBER($happy, style: "percent") }, üzgün { NUMBER($sad, style: "percent") } (yüz { $pixels } px)
details-neither = Mutlu { NUMBER($happy, style: "percent") }, üzgün { NUMBER($sad, style: "percent") }, ikisi de değil { NUMBER($neither, style: "percent") } (yüz { $pixels } px)
details-unreadable = { $answer } (yüz { $pixels } px)
fewer-faces = { $faces } yüzden ilk { $shown } tanesi gösteriliyor.
details-note = Sayılar resimdeki ifadeyle ilgilidir, kimsenin ne hissettiğiyle değil.

button-right = Doğru
button-wrong = Yanlış
button-give = Öğrenmeme yardım et
button-yes = Evet
button-no = Hayır
button-take-back = Onayımı geri al
label-happy = mutlu
label-sad = üzgün
label-neither = ikisi de değil
feedback-noted = Teşekkürler, not edildi.
feedback-counted = Teşekkürler. Bu sayıldı; adınız ve fotoğraf olmadan.
feedback-which-face = Hangi yüzü kastediyorsunuz?
feedback-another-face = Başka bir yüz de var mı?
feedback-which-label = { $number } numaralı yüzün ifadesi nasıl görünüyor?
consent-question =
    Modeli geliştirmek için bu yüzü saklayabilir miyim? Yalnızca yüz sizinse ya da görünen herkes kabul ediyorsa “Evet”e basın.

    “Evet”e basarsanız fotoğrafı Telegram'dan bir kez daha ister ve şunları { $time } şifreli olarak saklarım: ondan kesilmiş { $number } numaralı yüz, fotoğraftaki büyüklüğü ve eğimi, “{ $label }” göründüğü ve verdiğim yanıt. Ne fotoğrafın geri kalanı ne de adınız kullanılır. Onayınız yalnızca bu fotoğraf içindir.

    Burada çıkacak düğmeyle ya da /forget ile onayınızı istediğiniz zaman geri alabilirsiniz. Bir modelin ondan zaten öğrendiği geri alınamaz; bu yüz bir sonraki eğitimde kullanılmaz.
consent-time =
    { $days ->
        [one] { $days } gün
       *[other] { $days } gün
    }
correction-kept = Yüz { DATETIME($date, dateStyle: "long") } tarihine kadar saklanıyor. Teşekkürler!
correction-declined = Tamam, hiçbir şey saklanmadı.
correction-enough = Verdiğiniz { $limit } yüzü zaten saklıyorum; bir kişiden bundan fazlasını saklamam. Bu yüz saklanmadı.
correction-face-gone = O yüzü yeniden bulamadım, bu yüzden hiçbir şey saklanmadı.
correction-forgotten = Bu arada sizi unutmamı istediniz, bu yüzden hiçbir şey saklanmadı.
correction-taken-back = Yüz silindi. Bir modelin ondan zaten öğrendiği geri alınamaz; bu yüz bir sonraki eğitimde kullanılmaz.

start =
    Merhaba! Bana bir fotoğraf gönderin; her yüz için ifadenin mutlu mu üzgün mü göründüğünü ve ne kadar emin olduğumu söyleyeyim.

    Ben otomatik bir sistemim: ifadeleri bir sinir ağı değerlendirir ve yanılabilir. O bir resmi görür, bir duyguyu değil. Fotoğraflar asla saklanmaz.

    /help – neler yapabilirim
    /privacy – fotoğraflarınıza ne olur
introduction =
    Merhaba! Ben { $bot }, bir fotoğraftaki yüzlerin mutlu mu üzgün mü göründüğünü söyleyen otomatik bir sistemim. Yanılabilir; bir resmi görür, bir duyguyu değil.

    Bir fotoğrafı /emotion ile yanıtlayın ya da açıklamasında /emotion olan bir fotoğraf gönderin. Bir yönetici /settings ayarını değiştirmedikçe başka hiçbir şeye bakmam. Fotoğraflar asla saklanmaz: /privacy
help =
    Bana bir ya da birkaç fotoğraf, resim dosyası, çıkartma, GIF veya video gönderin. Yüzleri sıra sıra, soldan sağa numaralar ve her ifadenin nasıl göründüğünü söylerim. Bir dakikaya kadar olan kliplerin en çok 16 karesine bakarım.

    En iyisi, yüzlerin büyük, iyi aydınlatılmış ve kameraya dönük olduğu fotoğraflardır.

    “Neden?” nereye baktığımı, “Ayrıntılar” sayıları gösterir.

    Gruplarda: bir fotoğrafı /emotion ile yanıtlayın ya da açıklamasına /emotion yazın. Yöneticiler gerisini /settings içinde seçer.

    /language – dili değiştir
    /settings – nasıl yanıtlıyorum
    /about – model ve ne sıklıkta doğru bildiği
    /privacy, /mydata, /forget – verileriniz
    /developer_info – bu botu kim işletiyor
help-group =
    Bir fotoğrafı /emotion ile yanıtlayın ya da açıklamasında /emotion olan bir fotoğraf gönderin. Yüzleri sıra sıra, soldan sağa numaralar ve her ifadenin nasıl göründüğünü söylerim.

    /settings – yöneticiler ne zaman ve nasıl yanıtlayacağımı seçer
    /mood – burada yüzler son zamanlarda nasıl görünüyordu
    /privacy – fotoğraflara ne olur
privacy =
    Ben fotoğraflardaki ifadeleri değerlendiren otomatik bir sistemim.

    • Fotoğraflar ben bakarken, genellikle saniyeler boyunca, bellekte durur ve asla saklanmaz. “Neden?” için fotoğrafı Telegram'dan yeniden isterim.
    • Kimseyi tanımam ve yüzleri hiçbir şeyle karşılaştırmam.
    • Şunları saklarım: seçtiğiniz dil, bir grubun ayarları ve yöneticileri /mood'u açtıysa her saatte kaç yüzün mutlu veya üzgün göründüğü. Yanıtlanana kadar mesajınızı da, ama fotoğrafını değil. Ayrıca özel sohbetimizin ayarlarını ve bir gün boyunca hangi düğmelere bastığınızı. Bir gruptan çıkarılırsam, yeniden eklenmem ihtimaline karşı grubun ayarları 7 gün saklanır.
    • /mydata hakkınızda saklananı gönderir, /forget siler.
    • { $learning }

    Beni işte ya da eğitimde insanları yargılamak için kullanmayın: Avrupa Birliği'nde bu yasaktır.
privacy-learning = Hiçbir şey kimseye verilmez. Bir yanıta doğru ya da yanlış derseniz bunu adınız olmadan sayarım. Yalnızca ardından o fotoğraf için evet derseniz, ondan kesilen yüzü, büyüklüğü ve eğimiyle birlikte, modeli geliştirmek için { $time } şifreli olarak saklarım. Gruplarda asla.
privacy-no-learning = Hiçbir şey kimseye verilmez ve eğitim için kullanılmaz.
keeps-faces = Yalnızca bir fotoğraf için evet derseniz, ondan kesilen bir yüz, modeli geliştirmek için şifreli olarak saklanır.
about = Yüzleri “{ $name }” modeli, sürüm { $version }, bu botun kendi bilgisayarında değerlendiriyor.
about-accuracy = Daha önce hiç görmediği { $photos } mutlu ve üzgün yüz fotoğrafında { NUMBER($share, style: "percent", maximumFractionDigits: 1) } oranında doğru bildi (mutlu ve üzgün eşit sayılır).
about-few-faces = Güven oranı az sayıda fotoğrafa dayanıyor: temkinli olun.
about-limits = Küçük, kötü aydınlatılmış, örtülü veya yana dönük yüzlerde daha kötüdür ve herkes için aynı ölçüde iyi değildir. Emin olmadığında bunu söyler.
about-version = Botun sürümü: { $version }
developer-info = Bu botu işleten: { $info }
developer-info-missing = Bu botu işleten kişi kim olduğunu belirtmemiş. Program özgür yazılımdır: happy-or-sad-bot.
hint-text = Bana bir fotoğraf gönderin, içindeki yüzlerin nasıl göründüğünü söyleyeyim. Daha fazlası: /help.
hint-not-a-photo = Yalnızca resimlere bakabilirim. Bana fotoğraf, çıkartma, GIF, video veya resim dosyası gönderin.
hint-group-reply = Fotoğraf içeren bir mesajı /emotion ile yanıtlayın ya da bir fotoğrafın açıklamasına /emotion yazın.
guest-hint = Fotoğraf içeren bir mesajı yanıtlarken benden söz edin (@ ile); yüzlerin nasıl göründüğünü söyleyeyim.
guest-pause = Bir dakika içinde çok kez sordunuz. Lütfen bir dakika sonra yeniden sorun.
automatic-system = Ben otomatik bir sistemim: ifadeleri bir sinir ağı değerlendirir ve yanılabilir. Bir duyguyu değil, bir görüntüyü görür.
group-switched-off = Yöneticiler burada yanıtlarımı kapattı. Bunu /settings içinde değiştirebilirler.
not-admitted = Üzgünüm, bu sohbette kullanılamıyorum. Nerede yanıt vereceğime bu botu işleten karar verir.
admins-only = Bunu yalnızca yöneticiler yapabilir.
groups-only = Bu yalnızca gruplarda çalışır.

mydata = Hakkınızda saklanan her şey bu. Dosyada her ayrıntı var.
mydata-id = Telegram numaranız: { $id }
mydata-messages = Yanıt bekleyen mesajlar (bununla birlikte): { $count }
mydata-held = Yoğun dakika bitene kadar bekletilen yanıtlar: { $count }
mydata-notes = Bastığınız düğmeler ve beklemeler üzerine bugünün notları: { $count }
mydata-faces = Eğitim için verdiğiniz yüzler: { $count }
mydata-refused = Burada kullanılamadığım size söylendi
mydata-sent = Size özel sohbetimizde gönderdim.
mydata-ask-in-private = Bu yalnızca sizin için: özel sohbetimizde bana /mydata yazın.
person-unknown = Burada sohbet adına yazıyorsunuz, bu yüzden kimin verilerinin kastedildiğini bilemem. Bunu bana özel sohbetimizde yazın.
forget-done = Tamam: hakkınızda saklananlar silindi. Beni istediğiniz zaman kullanmayı sürdürebilirsiniz.
forget-faces = Eğitim için verdiğiniz yüzler de silindi. Bir modelin onlardan zaten öğrendiği geri alınamaz; bu yüzler bir sonraki eğitimde kullanılmaz.
forget-dropped = Yanıt bekleyen mesajlarınız da silindi ({ $messages }): onları yanıtlamayacağım.
stats-title = Son saat · son 24 saat · başlangıçtan beri:
stats-answered = Yanıtlanan fotoğraflar: { $hour } · { $day } · { $total }
stats-refused = Yanıtlayamadığım fotoğraflar: { $hour } · { $day } · { $total }
stats-faces = Yüzler: { $hour } · { $day } · { $total }
stats-updates = Mesajlar ve düğme basışları: { $hour } · { $day } · { $total }
stats-times = Her birinin son 1.000'inde: yarısı en çok · 100'de 95'i en çok · 100'de 99'u en çok:
stats-queue = Sıra bekleme: { $times }
stats-download = Fotoğrafı alma: { $times }
stats-classify = Fotoğrafa bakma: { $times }
stats-send = Yanıtı gönderme: { $times }
stats-service = Beklemeden sonraki her şey: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } sn. · { NUMBER($most, maximumFractionDigits: 2) } sn. · { NUMBER($slow, maximumFractionDigits: 2) } sn.
stats-since = Başlangıç: { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = Burada hangi dili konuşayım?
language-chosen = Dil: { $language }
language-follow = Telegram'ınızdaki gibi
language-follow-group = Soran kişinin Telegram'ındaki gibi
language-follow-channel = Botu işletenin ayarladığı gibi

settings-title = Burada nasıl davranıyorum:
settings-title-private = Size nasıl yanıt veriyorum:
settings-kept = Daha önce buradaydım. O zamanki ayarlar geçerli (/settings ile değişir):
settings-back = ‹ Geri
settings-when = Ne zaman: { $value }
settings-when-question = Ne zaman yanıt vereyim?
when-command = /emotion ile
when-mention = benden bahsedilince
when-every = her fotoğrafa
when-off = hiçbir zaman
settings-how = Nasıl: { $value }
settings-how-question = Nasıl yanıt vereyim?
how-picture = resim ve metin
how-text = yalnızca metin
how-reaction = yalnızca tepki (😁 😢 🤔)
settings-language = Dil: { $value }
settings-throttle = Hız: { $value }
settings-throttle-question = Dakikada en çok kaç yanıt? Fazlası tek mesajda toplanır.
throttle-none = sınırsız
throttle-limit =
    { $answers ->
        [one] dakikada { $answers } yanıt
       *[other] dakikada { $answers } yanıt
    }
settings-quiet = Sessiz saatler: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = Sessiz saatlerde yalnızca /emotion komutunu yanıtlarım. Buranın saat dilimi { $offset }; aşağıdan değiştirin.
clock-later = +{ $minutes } dk.
clock-earlier = −{ $minutes } dk.
settings-mood = /mood: { $value }
settings-mood-question = /mood gösterebilsin diye kaç yüzün mutlu veya üzgün göründüğünü sayayım mı? Yalnızca sayılar, bir hafta saklanır.
switch-on = açık
switch-off = kapalı
privacy-mode-hides =
    ⚠️ Telegram burada bu mesajları benden gizliyor, bu yüzden ayar henüz etkili değil. Şunlardan birini yapın:
    • { $bot } botunu bu grubun yöneticisi yapın, ya da
    • @BotFather'a yazın: /setprivacy, { $bot } botunu seçin, Disable; sonra beni gruptan çıkarıp yeniden ekleyin.

mood-title = Burada yüzler nasıl görünüyordu:
mood-day = Son 24 saat: mutlu { $happy }, üzgün { $sad }, belirsiz { $unsure }
mood-week = Son 7 gün: mutlu { $happy }, üzgün { $sad }, belirsiz { $unsure }
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } mutlu { $sad } üzgün { $unsure } belirsiz
mood-empty = Son 7 günde hiç yüz sayılmadı.
mood-switched-off = Sayım burada kapalı. Bir yönetici /settings içinde açabilir.

command-start = Bu bot ne yapar
command-help = Nasıl kullanılır
command-emotion = Bir fotoğrafı yanıtlayın: yüzler nasıl görünüyor?
command-mood = Burada yüzler son zamanlarda nasıl görünüyordu
command-language = Dili değiştir
command-settings = Ne zaman ve nasıl yanıtlıyorum
command-privacy = Fotoğraflara ne olur
command-about = Model ve ne sıklıkta doğru bildiği
command-mydata = Hakkımda ne saklanıyor
command-forget = Hakkımda saklananı sil
command-live = Kamerayla canlı bak
command-developer = Bu botu kim işletiyor
bot-description = Bir fotoğraf gönderin; otomatik bir sistem her yüz için ifadenin mutlu mu üzgün mü göründüğünü, ne kadar emin olduğunu ve ne zaman söyleyemediğini bildirir. Bir resmi görür, bir duyguyu değil. Fotoğraflar asla saklanmaz.
bot-short-description = Fotoğraflardaki yüzlerin mutlu mu üzgün mü göründüğünü söyler. Otomatik, yanılabilir, fotoğraf saklamaz.

live-title = Canlı
live-what = Kameranın görüntüsü ve her yüzde bir söz: mutlu görünüyor, üzgün görünüyor ya da söylemek zor.
live-sent = Kamera açıkken küçük görüntüler saniyede birkaç kez bu bota gider. Her birine bellekte bakılır ve sonra yok olur: hiçbiri saklanmaz, ses kaydedilmez.
live-line-kept = Son yarım dakikanın çizgisi yalnızca bu sayfada bulunur ve durdurduğunuzda yok olur.
live-open = Kamerayı aç
live-stop = Durdur
live-turn = Öteki kamera
live-line = Son yarım dakika
live-happy = mutlu görünüyor
live-sad = üzgün görünüyor
live-unsure = söylemek zor
live-no-face = Görüntüde yüz yok
live-starting = Yüzler aranıyor…
live-denied = Kameraya izin verilmedi. Tarayıcıda ya da telefonda bu sayfa için izin verin, sonra düğmeye yeniden basın.
live-missing = Kullanılabilecek kamera yok. Bir kamera bağlayın ya da onu kullanan programı kapatın, sonra düğmeye yeniden basın.
live-unreachable = Bota ulaşılamıyor. Yeniden deneniyor…
live-busy = Sohbetlerdeki fotoğraflar önce gelir. Bir dakika…
live-expired = Bu sayfa çok önce açıldı. Kapatıp sohbetten yeniden açın.
live-not-admitted = Bu botu işleten kişi, size yanıt vermesine izin vermiyor.
live-script = Bu sayfa JavaScript gerektirir.
live-invitation = Canlı: siz bakarken her yüzün nasıl göründüğünü söyleyen, kameranızlı bir sayfa. Kamera açılmadan önce sayfa ne yaptığını ve ne sakladığını söyler: hiçbir şey.
live-in-private = Kamera sayfasını benimle özel sohbette açın: orada /live yazın.
