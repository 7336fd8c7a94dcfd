### 简体中文

face-happy = 看起来高兴，把握 { NUMBER($share, style: "percent") }
face-sad = 看起来难过，把握 { NUMBER($share, style: "percent") }
face-too-small = 难以判断，脸太小
face-too-close = 难以判断，介于高兴和难过之间
face-neither = 难以判断，看起来既不高兴也不难过
face-turned-away = 难以判断，脸转向了别处
face-covered = 难以判断，嘴被遮住了
face-unclear = 难以判断，看不清脸部
advice-too-small = 请试试离得更近拍的照片，或以文件形式发送这张。
advice-turned-away = 请试试正对镜头的照片。
advice-covered = 请试试能看到嘴的照片。
advice-unclear = 请换一张脸部清晰、没有遮挡的照片。
face-numbered = { $number } · { $face }
faces-summary = { $faces } 张脸：高兴 { $happy } 张，难过 { $sad } 张，难以判断 { $unsure } 张
no-face = 我找不到脸。请换一张脸更大、正对镜头的照片。
clip-happy = 大多显得高兴，{ $looks } 个画面中有 { $seen } 个
clip-sad = 大多显得难过，{ $looks } 个画面中有 { $seen } 个
clip-unsure = 大多难以判断，{ $looks } 个画面中有 { $seen } 个
clip-mixed = 有变化，{ $looks } 个画面中：高兴 { $happy } 个，难过 { $sad } 个，难以判断 { $unsure } 个
clip-no-face = 我看了其中 { $moments } 个画面，没有找到脸。请换一段脸更大、正对镜头的视频。
note-clip = 我看了其中 { $moments } 个画面，每个画面看最大的一张脸。
note-cover = 我只看了封面图，没有看整段内容。
note-damaged = 文件已损坏：我判断的是仍能看到的部分。
album-photo = 照片 { $number }
album-why = 想知道原因，请用 /emotion 回复其中一张照片。
gathered-title = 繁忙时积攒的另外 { $photos } 张照片：
please-wait = 你还有 { $photos } 张照片在排队。我会逐一回答，请稍等。
long-queue = 现在排队的照片非常多。你的照片已收到，轮到它时我就会回答，无需重新发送。

problem-empty = 文件是空的。请重新发送照片。
problem-too-many-bytes = 文件太大：我最多能读取 { $megabytes } MB。请以照片形式发送，Telegram 会把它缩小。
problem-too-many-pixels = 这张图的像素太多。请以照片形式发送，Telegram 会把它缩小。
problem-too-complex = 这个文件的结构使打开它耗时过长。请把图片截屏后发送。
problem-not-an-image = 我无法把它作为图片打开。请发送照片，或 JPEG、PNG、WebP 格式的文件。
problem-unsupported-format = 我打不开 { $format } 文件。请以照片形式发送，或发送 JPEG、PNG、WebP 文件。
problem-heic = 我打不开 iPhone 生成的 HEIC 文件。请以照片而不是文件的形式发送，Telegram 会转换它。
problem-damaged = 文件已损坏，我打不开。请重新发送照片。
problem-deadline = 这张图花的时间太长，我放弃了。请试试小一点的图。
problem-worker-lost = 我处理这张图失败了两次，只好放弃。请换一张照片，或发送它的截屏。
problem-busy = 我现在要看的照片太多了。请过一分钟再发送这张。
problem-download-failed = 我无法从 Telegram 获取这张照片。请过一分钟再发送。
problem-file-gone = Telegram 上已经没有这个文件。请重新发送照片。
problem-no-cover = Telegram 没有为它生成封面图，所以我没有可看的内容。请改发照片。
problem-internal = 我这边出了点问题。请过一分钟再试。
problem-too-late = 太长时间无法把回答发给你，我已放弃。请再发送一次。

button-why = 为什么？
button-details = 详情
button-expired = 这个按钮已失效。请重新发送照片。
button-pause = 请稍等：过几秒再按。
button-photo-gone = 我不保存照片，而这张已经不在了。请重新发送。
why-caption = 暖色表示支持“高兴”的部位，冷色表示支持“难过”的部位。
why-not-available = 这个模型无法显示它看了哪里。
details-title = 每个表情看起来如何：
details-face = 高兴 { NUMBER($happy, style: "percent") }，难过 { NUMBER($sad, style: "percent") }（脸 { $pixels } 像素）
details-neither = 高兴 { NUMBER($happy, style: "percent") }，难过 { NUMBER($sad, style: "percent") }，都不是 { NUMBER($neither, style: "percent") }（脸 { $pixels } 像素）
details-unreadable = { $answer }（脸 { $pixels } 像素）
fewer-faces = 只显示 { $faces } 张脸中的前 { $shown } 张。
details-note = 这些数字说的是图片中的表情，而不是任何人的感受。

button-right = 正确
button-wrong = 错误
button-give = 帮我学习
button-yes = 是
button-no = 否
button-take-back = 撤回同意
label-happy = 高兴
label-sad = 难过
label-neither = 都不是
feedback-noted = 谢谢，已记下。
feedback-counted = 谢谢。已计数，不含你的名字和照片。
feedback-which-face = 你指的是哪张脸？
feedback-another-face = 还有别的脸吗？
feedback-which-label = 第 { $number } 张脸的表情看起来怎样？
consent-question =
    我可以保存这张脸来改进模型吗？只有当这是你自己的脸，或照片中的每个人都同意时，才请按“是”。

    如果你按“是”，我会再次向 Telegram 请求照片，并加密保存 { $time }：从中裁出的第 { $number } 张脸、它在照片中的大小和倾斜角度、它看起来“{ $label }”，以及我的回答。照片的其余部分和你的名字都不会使用。你的同意只针对这张照片。

    你随时可以用届时出现在这里的按钮或 /forget 撤回同意。模型已经从中学到的内容无法撤销；下一次训练不会再用它。
consent-time = { $days } 天
correction-kept = 这张脸会保存到 { DATETIME($date, dateStyle: "long") }。谢谢！
correction-declined = 好的，没有保存任何内容。
correction-enough = 我已经保存了你提供的 { $limit } 张脸，每人最多这么多。这一张没有保存。
correction-face-gone = 我没能再找到那张脸，所以没有保存任何内容。
correction-forgotten = 在此期间你要求我忘记你，所以没有保存任何内容。
correction-taken-back = 这张脸已删除。模型已经从中学到的内容无法撤销；下一次训练不会再用它。

start =
    你好！发给我一张照片，我会说出每张脸的表情看起来高兴还是难过，以及我有多大把握。

    我是一个自动系统：由神经网络判断表情，可能出错。它看到的是图片，不是感受。照片从不保存。

    /help – 我能做什么
    /privacy – 你的照片会怎样
introduction =
    大家好！我是 { $bot }，一个判断照片中的脸看起来高兴还是难过的自动系统。它可能出错，看到的是图片，不是感受。

    用 /emotion 回复一张照片，或发送说明文字为 /emotion 的照片。除非管理员更改 /settings，我不看其他任何内容。照片从不保存：/privacy
help =
    发给我照片、图片文件、贴纸、GIF 或视频，可以一次一个或多个。我会逐行从左到右给脸编号，并说出每个表情看起来如何。对于一分钟以内的视频类内容，我最多看 16 个画面。

    脸大、光线充足、正对镜头的照片效果最好。

    “为什么？”显示我看了哪里，“详情”显示数字。

    在群组中：用 /emotion 回复照片，或把 /emotion 写在照片说明里。管理员可在 /settings 中选择更多。

    /language – 更改语言
    /settings – 我如何回答
    /about – 模型及其正确率
    /privacy、/mydata、/forget – 你的数据
    /developer_info – 谁在运行这个机器人
help-group =
    用 /emotion 回复一张照片，或发送说明文字为 /emotion 的照片。我会逐行从左到右给脸编号，并说出每个表情看起来如何。

    /settings – 管理员选择我何时、如何回答
    /mood – 这里的脸最近看起来如何
    /privacy – 照片会怎样
privacy =
    我是一个判断照片中表情的自动系统。

    • 我查看照片时，照片只在内存中停留，通常几秒，从不保存。要显示“为什么？”时，我会再次向 Telegram 请求照片。
    • 我不会识别任何人的身份，也不拿脸与任何东西比对。
    • 我保存：你选择的语言、群组的设置，以及管理员开启 /mood 后每小时有多少张脸看起来高兴或难过。在得到回答之前，还保存你的消息（但不含其照片）。还保存我们私聊的设置，以及一天之内你按过哪些按钮。我被移出群组后，该群组的设置会再保留 7 天，以备我再次被添加。
    • /mydata 会把保存的关于你的内容发给你，/forget 会删除它。
    • { $learning }

    请勿用我在工作或教育中评判他人：在欧盟这是被禁止的。
privacy-learning = 任何内容都不会提供给他人。当你说某个回答正确或错误时，我会计数，不含你的名字。只有当你随后对那张照片表示同意，我才会把从中裁出的脸及其大小和倾斜角度加密保存 { $time }，用来改进模型。在群组中绝不会这样做。
privacy-no-learning = 任何内容都不会提供给他人，也不会用于训练。
keeps-faces = 只有当你对某张照片表示同意时，才会加密保存从中裁出的脸，用来改进模型。
about = 脸由模型“{ $name }”（版本 { $version }）在这个机器人自己的计算机上判断。
about-accuracy = 在它从未见过的 { $photos } 张高兴和难过的脸部照片上，它的正确率为 { NUMBER($share, style: "percent", maximumFractionDigits: 1) }（高兴与难过权重相同）。
about-few-faces = 它的把握只基于少量照片，请谨慎看待。
about-limits = 对小的、光线不足的、被遮挡或转开的脸，它的表现较差，对不同的人也不是一样好。没有把握时它会说明。
about-version = 机器人版本：{ $version }
developer-info = 运行这个机器人的是：{ $info }
developer-info-missing = 运行这个机器人的人没有说明自己是谁。该程序是自由软件：happy-or-sad-bot。
hint-text = 发给我一张照片，我会告诉你照片中的脸看起来如何。更多内容见 /help。
hint-not-a-photo = 我只能看图片。请发送照片、贴纸、GIF、视频或图片文件。
hint-group-reply = 用 /emotion 回复一条带照片的消息，或把 /emotion 写在照片说明里。
guest-hint = 回复一条带照片的消息并提到我，我就会说照片里的表情看起来怎样。
guest-pause = 您在一分钟内问得太多了。请过一分钟再问我。
automatic-system = 我是自动系统：由神经网络判断表情，可能出错。它看到的是画面，不是感受。
group-switched-off = 管理员已关闭我在这里的回答。他们可以在 /settings 中更改。
not-admitted = 抱歉，我不能在这个聊天中使用。由运行这个机器人的人决定我在哪里回答。
admins-only = 只有管理员可以这样做。
groups-only = 这只能在群组中使用。

mydata = 这是保存的关于你的全部内容。文件中有全部细节。
mydata-id = 你的 Telegram 编号：{ $id }
mydata-messages = 等待回答的消息（含这一条）：{ $count }
mydata-held = 等繁忙的一分钟过去再发的回答：{ $count }
mydata-notes = 今天关于所按按钮和等待的记录：{ $count }
mydata-faces = 你为训练提供的脸：{ $count }
mydata-refused = 已告知你我不能在这里使用
mydata-sent = 我已在我们的私聊中发给你。
mydata-ask-in-private = 这只给你本人看：请在我们的私聊中给我发送 /mydata 。
person-unknown = 你在这里以群组的身份发言，我无法知道指的是谁的数据。请在我们的私聊中把它发给我。
forget-done = 完成：保存的关于你的内容已删除。你随时可以继续使用我。
forget-faces = 你为训练提供的脸也已删除。模型已经从中学到的内容无法撤销；下一次训练不会再用它们。
forget-dropped = 你还在等待回答的消息也已删除（{ $messages }）：我不会再回答它们。
stats-title = 最近一小时 · 最近 24 小时 · 自启动以来：
stats-answered = 已回答的照片：{ $hour } · { $day } · { $total }
stats-refused = 无法回答的照片：{ $hour } · { $day } · { $total }
stats-faces = 脸：{ $hour } · { $day } · { $total }
stats-updates = 消息和按钮点击：{ $hour } · { $day } · { $total }
stats-times = 各项最近 1,000 次：一半不超过 · 100 次中 95 次不超过 · 100 次中 99 次不超过：
stats-queue = 排队：{ $times }
stats-download = 获取照片：{ $times }
stats-classify = 查看照片：{ $times }
stats-send = 发送回答：{ $times }
stats-service = 排队之后的全部：{ $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } 秒 · { NUMBER($most, maximumFractionDigits: 2) } 秒 · { NUMBER($slow, maximumFractionDigits: 2) } 秒
stats-since = 启动于 { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

language-choose = 我在这里应该用哪种语言？
language-chosen = 语言：{ $language }
language-follow = 跟随你的 Telegram
language-follow-group = 跟随提问者的 Telegram
language-follow-channel = 按机器人运行者的设置

settings-title = 我在这里的行为：
settings-title-private = 我如何回答你：
settings-kept = 我以前来过这里，当时的设置仍然有效（可用 /settings 更改）：
settings-back = ‹ 返回
settings-when = 何时回答：{ $value }
settings-when-question = 我应该何时回答？
when-command = 收到 /emotion 时
when-mention = 被提及时
when-every = 每张照片
when-off = 从不
settings-how = 如何回答：{ $value }
settings-how-question = 我应该如何回答？
how-picture = 图片和文字
how-text = 仅文字
how-reaction = 仅回应表情（😁 😢 🤔）
settings-language = 语言：{ $value }
settings-throttle = 频率：{ $value }
settings-throttle-question = 每分钟最多回答多少次？超出的会合并成一条消息。
throttle-none = 不限
throttle-limit = 每分钟 { $answers } 次
settings-quiet = 安静时段：{ $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = 在安静时段我只回答 /emotion。这里的时区是 { $offset }；可在下方更改。
clock-later = +{ $minutes } 分钟
clock-earlier = −{ $minutes } 分钟
settings-mood = /mood：{ $value }
settings-mood-question = 要我统计有多少张脸看起来高兴或难过，以便 /mood 显示吗？只保存数字，保存一周。
switch-on = 开
switch-off = 关
privacy-mode-hides =
    ⚠️ Telegram 在这里对我隐藏这些消息，所以该设置尚未生效。请任选其一：
    • 将 { $bot } 设为本群管理员，或
    • 向 @BotFather 发送：/setprivacy，选择 { $bot }，Disable；然后把我移出本群再重新加入。

mood-title = 这里的脸看起来如何：
mood-day = 最近 24 小时：高兴 { $happy } 张，难过 { $sad } 张，难以判断 { $unsure } 张
mood-week = 最近 7 天：高兴 { $happy } 张，难过 { $sad } 张，难以判断 { $unsure } 张
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } 高兴 { $sad } 难过 { $unsure } 难以判断
mood-empty = 最近 7 天没有统计到脸。
mood-switched-off = 这里的统计已关闭。管理员可以在 /settings 中开启。

command-start = 这个机器人做什么
command-help = 如何使用
command-emotion = 回复照片：脸看起来如何？
command-mood = 这里的脸最近看起来如何
command-language = 更改语言
command-settings = 我何时、如何回答
command-privacy = 照片会怎样
command-about = 模型及其正确率
command-mydata = 保存了关于我的什么
command-forget = 删除保存的关于我的内容
command-live = 通过摄像头实时查看
command-developer = 谁在运行这个机器人
bot-description = 发送照片，自动系统会说出每张脸的表情看起来高兴还是难过、有多大把握，以及何时无法判断。它看到的是图片，不是感受。照片从不保存。
bot-short-description = 判断照片中的脸看起来高兴还是难过。自动系统，可能出错，不保存照片。

live-title = 实时
live-what = 摄像头的画面，每张脸上标一个词：看起来高兴、看起来难过，或者难以判断。
live-sent = 摄像头开着时，每秒会有几张小画面发送给这个机器人。每张只在内存中查看，随后消失：不保存任何画面，也不录音。
live-line-kept = 最近半分钟的曲线只存在于本页面，停止时即消失。
live-open = 打开摄像头
live-stop = 停止
live-turn = 切换摄像头
live-line = 最近半分钟
live-happy = 看起来高兴
live-sad = 看起来难过
live-unsure = 难以判断
live-no-face = 画面中没有脸
live-starting = 正在寻找人脸……
live-denied = 摄像头未获允许。请在浏览器或手机中允许本页面使用摄像头，然后再按一次按钮。
live-missing = 没有可用的摄像头。请连接摄像头，或关闭正在使用它的程序，然后再按一次按钮。
live-unreachable = 无法连接机器人，正在重试……
live-busy = 先处理聊天中的照片，请稍候……
live-expired = 本页面打开太久了。请关闭后从聊天中重新打开。
live-not-admitted = 运营者不允许此机器人回复你。
live-script = 本页面需要 JavaScript。
live-invitation = 实时：用你的摄像头，边看边说每张脸看起来怎样的页面。打开摄像头之前，页面会说明它做什么、保存什么：什么都不保存。
live-in-private = 请在与我的私聊中打开摄像头页面：在那里发送 /live
