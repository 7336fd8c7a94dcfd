### العربية

face-happy = يبدو سعيدًا — بثقة ‎{ NUMBER($share, style: "percent") }‎
face-sad = يبدو حزينًا — بثقة ‎{ NUMBER($share, style: "percent") }‎
face-too-small = يصعب الجزم — الوجه صغير جدًا
face-too-close = يصعب الجزم — بين السعادة والحزن
face-neither = يصعب الجزم — لا يبدو سعيدًا ولا حزينًا
face-turned-away = يصعب الجزم — الوجه ملتفت جانبًا
face-covered = يصعب الجزم — الفم مغطى
face-unclear = يصعب الجزم — الوجه لا يظهر بوضوح
advice-too-small = جرّب صورة التُقطت من مسافة أقرب، أو أرسل هذه كملف.
advice-turned-away = جرّب صورة يكون فيها الوجه مواجهًا للكاميرا.
advice-covered = جرّب صورة يظهر فيها الفم.
advice-unclear = جرّب صورة يكون فيها الوجه واضحًا ولا يغطيه شيء.
face-numbered = ‏{ $number } · { $face }
faces-summary =
    ‏{ $faces ->
        [zero] لا وجوه
        [one] وجه واحد
        [two] وجهان
        [few] { $faces } وجوه
        [many] { $faces } وجهًا
       *[other] { $faces } وجه
    }: سعيد { $happy }، حزين { $sad }، يصعب الجزم { $unsure }
no-face = لا أجد وجهًا. جرّب صورة يكون فيها الوجه أكبر ومواجهًا للكاميرا.
note-cover = نظرت إلى صورة الغلاف فقط، لا إلى المقطع كله.
note-damaged = الملف تالف: حكمت على الجزء الذي ما زال ظاهرًا.
album-photo = الصورة { $number }
album-why = لمعرفة السبب، ردّ على إحدى الصور بالأمر /emotion.
gathered-title =
    ‏{ $photos ->
        [zero] لا صور أخرى من دقيقة مزدحمة:
        [one] صورة أخرى من دقيقة مزدحمة:
        [two] صورتان أخريان من دقيقة مزدحمة:
        [few] { $photos } صور أخرى من دقيقة مزدحمة:
        [many] { $photos } صورة أخرى من دقيقة مزدحمة:
       *[other] { $photos } صورة أخرى من دقيقة مزدحمة:
    }
please-wait =
    ‏{ $photos ->
        [zero] لا صور أخرى لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
        [one] صورة أخرى لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
        [two] صورتان أخريان لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
        [few] { $photos } صور أخرى لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
        [many] { $photos } صورة أخرى لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
       *[other] { $photos } صورة أخرى لك في الانتظار. أجيب عنها واحدة تلو الأخرى، انتظر لحظة من فضلك.
    }
long-queue = توجد صور كثيرة جدًا في الانتظار الآن. وصلت صورتك وسيأتي دورها؛ لا حاجة إلى إرسالها مرة أخرى.

problem-empty = الملف فارغ. أرسل الصورة مرة أخرى من فضلك.
problem-too-many-bytes = الملف كبير جدًا: أستطيع قراءة ما يصل إلى { $megabytes } ميغابايت. أرسله كصورة فيصغّره تيليجرام.
problem-too-many-pixels = في الصورة بكسلات أكثر مما أستطيع. أرسلها كصورة فيصغّرها تيليجرام.
problem-too-complex = هذا الملف مبني بطريقة تجعل فتحه يستغرق وقتًا طويلًا. التقط صورة شاشة له وأرسلها.
problem-not-an-image = لا أستطيع فتح هذا كصورة. أرسل صورة أو ملفًا بصيغة JPEG أو PNG أو WebP.
problem-unsupported-format = لا أستطيع فتح ملفات { $format }. أرسله كصورة، أو كملف JPEG أو PNG أو WebP.
problem-heic = لا أستطيع فتح ملفات HEIC التي تنتجها أجهزة iPhone. أرسله كصورة لا كملف فيحوّله تيليجرام.
problem-damaged = الملف تالف ولا أستطيع فتحه. أرسل الصورة مرة أخرى من فضلك.
problem-deadline = استغرقت هذه الصورة وقتًا طويلًا فتوقفت. جرّب صورة أصغر.
problem-worker-lost = فشلت مرتين في هذه الصورة فتوقفت. جرّب صورة أخرى أو صورة شاشة لهذه.
problem-busy = لديّ الآن صور كثيرة جدًا. أرسل هذه مرة أخرى بعد دقيقة من فضلك.
problem-download-failed = لم أستطع جلب الصورة من تيليجرام. أرسلها مرة أخرى بعد دقيقة من فضلك.
problem-file-gone = لم يعد هذا الملف لدى تيليجرام. أرسل الصورة مرة أخرى من فضلك.
problem-no-cover = لم يُنشئ تيليجرام صورة غلاف لهذا، فلا شيء أنظر إليه. أرسل صورة بدلًا منه.
problem-internal = حدث خطأ من جهتي. حاول مرة أخرى بعد دقيقة من فضلك.
problem-too-late = لم أستطع إيصال الجواب إليك لوقت طويل فتوقفت عن المحاولة. أرسلها مرة أخرى من فضلك.

button-why = لماذا؟
button-details = التفاصيل
button-expired = لم يعد هذا الزر يعمل. أرسل الصورة مرة أخرى.
button-pause = لحظة من فضلك: اضغط مرة أخرى بعد ثوانٍ قليلة.
button-photo-gone = لا أحتفظ بالصور، وهذه لم تعد موجودة. أرسلها مرة أخرى.
why-caption = الألوان الدافئة تبيّن ما دلّ على السعادة، والباردة ما دلّ على الحزن.
why-not-available = لا يستطيع هذا النموذج إظهار أين نظر.
details-title = كيف يبدو كل تعبير:
details-face = سعيد ‎{ NUMBER($happy, style: "percent") }‎، حزين ‎{ NUMBER($sad, style: "percent") }‎ (الوجه { $pixels } بكسل)
details-neither = سعيد ‎{ NUMBER($happy, style: "percent") }‎، حزين ‎{ NUMBER($sad, style: "percent") }‎، لا هذا ولا ذاك ‎{ NUMBER($neither, style: "percent") }‎ (الوجه { $pixels } بكسل)
details-unreadable = ‏{ $answer } (الوجه { $pixels } بكسل)
fewer-faces = تظهر هنا الوجوه الأولى فقط: { $shown } من { $faces }.
details-note = الأرقام عن التعبير في الصورة، لا عمّا يشعر به أحد.

button-right = صحيح
button-wrong = خطأ
button-give = ساعدني على التعلّم
button-yes = نعم
button-no = لا
button-take-back = سحب الموافقة
label-happy = سعيد
label-sad = حزين
label-neither = لا هذا ولا ذاك
feedback-noted = شكرًا، سُجّل ذلك.
feedback-counted = شكرًا. حُسب ذلك من دون اسمك ومن دون الصورة.
feedback-which-face = أي وجه تقصد؟
feedback-another-face = وجه آخر أيضًا؟
feedback-which-label = كيف يبدو تعبير الوجه { $number }؟
consent-question =
    هل لي أن أحفظ هذا الوجه لتحسين النموذج؟ اضغط «نعم» فقط إذا كان وجهك أو كان كل من يظهر موافقًا.

    إذا ضغطت «نعم» فسأطلب الصورة من تيليجرام مرة أخرى وأحفظ مشفّرًا لمدة { $time }: الوجه { $number } مقتطعًا منها، وحجمه وميله في الصورة، وأنه يبدو «{ $label }»، وما أجبتُ به. لا يُستخدم باقي الصورة ولا اسمك. موافقتك لهذه الصورة فقط.

    يمكنك سحب موافقتك في أي وقت، بالزر الذي سيظهر هنا أو بالأمر /forget. ما تعلّمه نموذج منه لا يمكن محوه؛ أما التدريب القادم فلن يشمله.
consent-time =
    { $days ->
        [zero] { $days } يوم
        [one] يوم واحد
        [two] يومين
        [few] { $days } أيام
        [many] { $days } يومًا
       *[other] { $days } يوم
    }
correction-kept = الوجه محفوظ حتى { DATETIME($date, dateStyle: "long") }. شكرًا!
correction-declined = حسنًا، لم يُحفظ شيء.
correction-enough = أحتفظ بالفعل بوجوه قدّمتها (عددها { $limit })، ولا أحتفظ بأكثر من ذلك من شخص واحد. لم يُحفظ شيء من هذا الوجه.
correction-face-gone = لم أجد ذلك الوجه مرة أخرى، فلم يُحفظ شيء.
correction-forgotten = طلبت مني في هذه الأثناء أن أنساك، فلم يُحفظ شيء.
correction-taken-back = حُذف الوجه. ما تعلّمه نموذج منه لا يمكن محوه؛ أما التدريب القادم فلن يشمله.

start =
    مرحبًا! أرسل لي صورة وسأقول عن كل وجه هل يبدو تعبيره سعيدًا أم حزينًا، وما مدى ثقتي.

    أنا نظام آلي: شبكة عصبية تحكم على التعبيرات وقد تخطئ. هي ترى صورة لا شعورًا. لا تُحفظ الصور أبدًا.

    ‏/help – ما أستطيع فعله
    ‏/privacy – ما يحدث لصورك
introduction =
    مرحبًا! أنا { $bot }، نظام آلي يقول هل تبدو الوجوه في الصورة سعيدة أم حزينة. قد يخطئ، وهو يرى صورة لا شعورًا.

    ردّوا على صورة بالأمر /emotion، أو أرسلوا صورة مع /emotion في وصفها. لا أنظر إلى أي شيء آخر ما لم يغيّر مشرف /settings. لا تُحفظ الصور أبدًا: /privacy
help =
    أرسل لي صورة أو ملف صورة أو ملصقًا أو GIF أو فيديو، واحدًا أو أكثر معًا. أرقّم الوجوه من اليسار إلى اليمين وأقول كيف يبدو كل تعبير. في المقاطع أنظر إلى صورة الغلاف.

    الأفضل صور تكون فيها الوجوه كبيرة وجيدة الإضاءة ومواجهة للكاميرا.

    «لماذا؟» يُظهر أين نظرت، و«التفاصيل» الأرقام.

    في المجموعات: ردّ على صورة بالأمر /emotion، أو اكتب /emotion في وصفها. يختار المشرفون المزيد في /settings.

    ‏/language – تغيير اللغة
    ‏/settings – كيف أجيب
    ‏/about – النموذج ومدى دقته
    ‏/privacy، /mydata، /forget – بياناتك
    ‏/developer_info – من يشغّل هذا البوت
help-group =
    ردّ على صورة بالأمر /emotion، أو أرسل صورة مع /emotion في وصفها. أرقّم الوجوه من اليسار إلى اليمين وأقول كيف يبدو كل تعبير.

    ‏/settings – يختار المشرفون متى وكيف أجيب
    ‏/mood – كيف بدت الوجوه هنا مؤخرًا
    ‏/privacy – ما يحدث للصور
privacy =
    أنا نظام آلي يحكم على التعبيرات في الصور.

    • تبقى الصور في الذاكرة ما دمت أنظر إليها، ثوانيَ عادةً، ولا تُحفظ أبدًا. ولإظهار «لماذا؟» أطلب الصورة من تيليجرام مرة أخرى.
    • لا أتعرّف على أحد ولا أقارن الوجوه بشيء.
    • أحتفظ بما يلي: اللغة التي اخترتها، وإعدادات المجموعة، وإذا فعّل مشرفوها /mood فعدد الوجوه التي بدت سعيدة أو حزينة في كل ساعة. وحتى تُجاب، رسالتك أيضًا لكن لا صورتها. وأيضًا إعدادات محادثتنا الخاصة، ولمدة يوم الأزرار التي ضغطت عليها. وإذا أُزلت من مجموعة فتُحفظ إعداداتها 7 أيام، فقد أُضاف إليها من جديد.
    • ‏/mydata يرسل لك ما يُحفظ عنك، أما ‏/forget فيحذفه.
    • ‏{ $learning }

    لا تستخدمني للحكم على الناس في العمل أو التعليم: ذلك محظور في الاتحاد الأوروبي.
privacy-learning = لا يُعطى شيء لأحد. عندما تصف إجابة بأنها صحيحة أو خطأ أحسب ذلك من دون اسمك. وفقط إذا قلت بعدها نعم لتلك الصورة أحفظ الوجه المقتطع منها مع حجمه وميله مشفّرًا لمدة { $time } لتحسين النموذج. ولا يحدث ذلك في المجموعات أبدًا.
privacy-no-learning = لا يُعطى شيء لأحد ولا يُستخدم شيء للتدريب.
keeps-faces = فقط إذا قلت نعم لصورة ما، يُحفظ وجه مقتطع منها مشفّرًا لتحسين النموذج.
about = يحكم على الوجوه النموذج «{ $name }»، الإصدار { $version }، على حاسوب هذا البوت نفسه.
about-accuracy = في صور لوجوه سعيدة وحزينة لم يرها من قبل (عددها { $photos }) أصاب بنسبة ‎{ NUMBER($share, style: "percent", maximumFractionDigits: 1) }‎ (للسعيد والحزين الوزن نفسه).
about-few-faces = تستند درجة ثقته إلى صور قليلة، فتعامل معها بحذر.
about-limits = أداؤه أضعف مع الوجوه الصغيرة أو ضعيفة الإضاءة أو المغطاة أو الملتفتة جانبًا، وليس جيدًا بالقدر نفسه مع الجميع. وإذا لم يكن واثقًا قال ذلك.
about-version = إصدار البوت: { $version }
developer-info = يشغّل هذا البوت: { $info }
developer-info-missing = لم يذكر مشغّل هذا البوت من هو. البرنامج حر: happy-or-sad-bot.
hint-text = أرسل لي صورة وسأخبرك كيف تبدو الوجوه فيها. المزيد في /help.
hint-not-a-photo = لا أستطيع النظر إلا إلى الصور. أرسل لي صورة أو ملصقًا أو GIF أو فيديو أو ملف صورة.
hint-group-reply = ردّ بالأمر /emotion على رسالة فيها صورة، أو اكتب /emotion في وصف صورة.
group-switched-off = أوقف المشرفون إجاباتي هنا. يمكنهم تغيير ذلك في /settings.
not-admitted = عذرًا، لست متاحًا في هذه المحادثة. مشغّل هذا البوت يقرر أين أجيب.
admins-only = لا يستطيع ذلك إلا المشرفون.
groups-only = هذا يعمل في المجموعات فقط.

mydata = هذا كل ما يُحفظ عنك. في الملف كل التفاصيل.
mydata-id = رقمك في تيليجرام: { $id }
mydata-messages = رسائل تنتظر جوابًا، مع هذه: { $count }
mydata-held = إجابات مؤجلة حتى تنقضي دقيقة مزدحمة: { $count }
mydata-notes = ملاحظات اليوم عن أزرار ضغطتها وعن الانتظار: { $count }
mydata-faces = وجوه قدّمتها للتدريب: { $count }
mydata-refused = قيل لك إنني لست متاحًا هنا
mydata-sent = أرسلتها إليك في محادثتنا الخاصة.
mydata-ask-in-private = هذا لك وحدك: اكتب لي ‏/mydata في محادثتنا الخاصة.
person-unknown = أنت تكتب هنا باسم المحادثة، فلا أستطيع أن أعرف بيانات من المقصودة. اكتب لي ذلك في محادثتنا الخاصة.
forget-done = تم: حُذف ما كان محفوظًا عنك. يمكنك متابعة استخدامي في أي وقت.
forget-faces = حُذفت أيضًا الوجوه التي قدّمتها للتدريب. ما تعلّمه نموذج منها لا يمكن محوه؛ أما التدريب القادم فلن يشملها.
forget-dropped = حُذفت أيضًا رسائلك التي كانت تنتظر جوابًا ({ $messages }): لن أجيب عنها.
stats-title = آخر ساعة · آخر 24 ساعة · منذ البدء:
stats-answered = صور أُجيب عنها: { $hour } · { $day } · { $total }
stats-refused = صور لم أستطع الإجابة عنها: { $hour } · { $day } · { $total }
stats-faces = وجوه: { $hour } · { $day } · { $total }
stats-updates = رسائل وضغطات أزرار: { $hour } · { $day } · { $total }
stats-times = من آخر 1000 لكل منها: النصف حتى · 95 من 100 حتى · 99 من 100 حتى:
stats-queue = انتظار الدور: { $times }
stats-download = جلب الصورة: { $times }
stats-classify = النظر إلى الصورة: { $times }
stats-send = إرسال الجواب: { $times }
stats-service = كل ما بعد الانتظار: { $times }
stats-quantiles = ‏{ NUMBER($half, maximumFractionDigits: 2) } ث · { NUMBER($most, maximumFractionDigits: 2) } ث · { NUMBER($slow, maximumFractionDigits: 2) } ث
stats-since = بدأ في { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = بأي لغة أتحدث هنا؟
language-chosen = اللغة: { $language }
language-follow = كما في تيليجرام لديك
language-follow-group = كما في تيليجرام لدى من يسأل
language-follow-channel = كما حدّدها مشغّل البوت

settings-title = كيف أتصرف هنا:
settings-title-private = كيف أجيبك:
settings-kept = كنت هنا من قبل، وما زالت الإعدادات من ذلك الوقت قائمة (يمكن تغييرها عبر ‏/settings):
settings-back = ‹ رجوع
settings-when = متى أجيب: { $value }
settings-when-question = متى أجيب؟
when-command = عند /emotion
when-mention = عند ذكري
when-every = كل صورة
when-off = أبدًا
settings-how = كيف أجيب: { $value }
settings-how-question = كيف أجيب؟
how-picture = صورة ونص
how-text = نص فقط
how-reaction = تفاعل فقط (😁 😢 🤔)
settings-language = اللغة: { $value }
settings-pace = الوتيرة: { $value }
settings-pace-question = كم إجابة في الدقيقة على الأكثر؟ ما زاد يُجمع في رسالة واحدة.
pace-none = بلا حد
pace-limit =
    ‏{ $answers ->
        [zero] لا إجابات في الدقيقة
        [one] إجابة واحدة في الدقيقة
        [two] إجابتان في الدقيقة
        [few] { $answers } إجابات في الدقيقة
        [many] { $answers } إجابة في الدقيقة
       *[other] { $answers } إجابة في الدقيقة
    }
settings-quiet = ساعات الهدوء: { $value }
quiet-hours = من { DATETIME($start, timeStyle: "short") } إلى { DATETIME($end, timeStyle: "short") }
settings-quiet-question = في ساعات الهدوء لا أجيب إلا عن /emotion. المنطقة الزمنية هنا { $offset }؛ غيّرها أدناه.
clock-later = ‎+{ $minutes } د
clock-earlier = ‎−{ $minutes } د
settings-mood = ‏/mood: { $value }
settings-mood-question = هل أعدّ الوجوه التي تبدو سعيدة أو حزينة كي يعرضها /mood؟ تُحفظ الأعداد فقط لمدة أسبوع.
switch-on = مفعّل
switch-off = متوقف
privacy-mode-hides =
    ⚠️ يخفي تيليجرام تلك الرسائل عني هنا، فليس لهذا الإعداد أثر بعد. افعل أحد هذين:
    • اجعل { $bot } مشرفًا في هذه المجموعة، أو
    • اكتب إلى ‎@BotFather: ‏/setprivacy، اختر { $bot }، ثم Disable؛ بعدها أزلني من المجموعة وأضفني من جديد.

mood-title = كيف بدت الوجوه هنا:
mood-day = آخر 24 ساعة: سعيد { $happy }، حزين { $sad }، يصعب الجزم { $unsure }
mood-week = آخر 7 أيام: سعيد { $happy }، حزين { $sad }، يصعب الجزم { $unsure }
mood-bar = ‏{ DAY($date) } { $bar }
mood-legend = ‏{ $happy } سعيد { $sad } حزين { $unsure } يصعب الجزم
mood-empty = لم تُعدّ أي وجوه في آخر 7 أيام.
mood-switched-off = العدّ متوقف هنا. يمكن لمشرف تفعيله في /settings.

command-start = ماذا يفعل هذا البوت
command-help = كيف يُستخدم
command-emotion = ردّ على صورة: كيف تبدو الوجوه؟
command-mood = كيف بدت الوجوه هنا مؤخرًا
command-language = تغيير اللغة
command-settings = متى وكيف أجيب
command-privacy = ما يحدث للصور
command-about = النموذج ومدى دقته
command-mydata = ما يُحفظ عني
command-forget = حذف ما يُحفظ عني
command-developer = من يشغّل هذا البوت
bot-description = أرسل صورة فيقول نظام آلي عن كل وجه هل يبدو تعبيره سعيدًا أم حزينًا، وما مدى ثقته، ومتى لا يستطيع الجزم. هو يرى صورة لا شعورًا. لا تُحفظ الصور أبدًا.
bot-short-description = يقول هل تبدو الوجوه في الصور سعيدة أم حزينة. آلي وقد يخطئ ولا يحفظ الصور.
