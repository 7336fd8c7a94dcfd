### English: the complete catalogue. Every other language has exactly these messages and placeholders.

## Answers to a photo

# One line a face, which begins with face-numbered where a picture has several faces.
face-happy = Looks happy — { NUMBER($share, style: "percent") } sure
face-sad = Looks sad — { NUMBER($share, style: "percent") } sure
face-too-small = Hard to tell — the face is too small
face-too-close = Hard to tell — between happy and sad
face-neither = Hard to tell — looks neither happy nor sad
face-turned-away = Hard to tell — the face is turned away
face-covered = Hard to tell — the mouth is covered
face-unclear = Hard to tell — the face can't be seen clearly
advice-too-small = Try a photo that was taken closer, or send this one as a file.
advice-turned-away = Try a photo where the face is turned to the camera.
advice-covered = Try a photo where the mouth can be seen.
advice-unclear = Try a photo where the face is sharp and nothing covers it.
face-numbered = { $number } · { $face }
faces-summary =
    { $faces ->
        [one] { $faces } face
       *[other] { $faces } faces
    }: { $happy } happy, { $sad } sad, { $unsure } hard to tell
no-face = I can't find a face. Try a photo where the face is larger and turned to the camera.
clip-happy =
    Mostly happy — { $seen } of { $looks ->
        [one] { $looks } look
       *[other] { $looks } looks
    }
clip-sad =
    Mostly sad — { $seen } of { $looks ->
        [one] { $looks } look
       *[other] { $looks } looks
    }
clip-unsure =
    Mostly hard to tell — { $seen } of { $looks ->
        [one] { $looks } look
       *[other] { $looks } looks
    }
clip-mixed =
    Mixed — { $happy } happy, { $sad } sad, { $unsure } hard to tell, of { $looks ->
        [one] { $looks } look
       *[other] { $looks } looks
    }
clip-no-face =
    I looked at { $moments ->
        [one] { $moments } moment
       *[other] { $moments } moments
    } of the clip and found no face. Try a clip where the face is larger and turned to the camera.
note-clip =
    I looked at { $moments ->
        [one] { $moments } moment
       *[other] { $moments } moments
    } of the clip, at the largest face in each.
note-cover = I looked at the cover picture only, not at the whole clip.
note-damaged = The file is damaged: I judged the part that can still be seen.
album-photo = Photo { $number }
album-why = To see why, reply to one of the photos with /emotion.
gathered-title =
    { $photos ->
        [one] One more photo from a busy minute:
       *[other] { $photos } more photos from a busy minute:
    }
please-wait =
    { $photos ->
        [one] One more photo of yours is waiting. I answer one after the other, please wait a moment.
       *[other] { $photos } more photos of yours are waiting. I answer one after the other, please wait a moment.
    }
long-queue = A great many photos are waiting right now. Yours has arrived and will be answered when its turn comes; there is no need to send it again.

## Why a photo has no answer, and what to do next

problem-empty = The file is empty. Please send the photo again.
problem-too-many-bytes = The file is too large: I can read up to { $megabytes } MB. Send it as a photo, then Telegram makes it smaller.
problem-too-many-pixels = The picture has too many pixels for me. Send it as a photo, then Telegram makes it smaller.
problem-too-complex = This file is built in a way that takes too long to open. Take a screenshot of the picture and send that.
problem-not-an-image = I can't open this as a picture. Send a photo, or a file in JPEG, PNG or WebP format.
problem-unsupported-format = I can't open { $format } files. Send it as a photo, or as a JPEG, PNG or WebP file.
problem-heic = I can't open HEIC files as iPhones make them. Send it as a photo instead of as a file, then Telegram converts it.
problem-damaged = The file is damaged and I can't open it. Please send the photo again.
problem-deadline = This picture took me too long and I gave up. Try a smaller one.
problem-worker-lost = I failed on this picture twice and gave up. Try another photo, or a screenshot of this one.
problem-busy = I have too many photos to look at right now. Please send this one again in a minute.
problem-download-failed = I couldn't fetch the photo from Telegram. Please send it again in a minute.
problem-file-gone = Telegram no longer has this file. Please send the photo again.
problem-no-cover = Telegram made no cover picture for this, so there is nothing I can look at. Send a photo instead.
problem-internal = Something went wrong on my side. Please try again in a minute.
problem-too-late = I could not get an answer to you for too long and gave up. Please send it again.

## Buttons below an answer

button-why = Why?
button-details = Details
button-expired = This button no longer works. Send the photo again.
button-pause = One moment, please: press again in a few seconds.
button-photo-gone = I don't keep photos, and this one is no longer there. Send it again.
why-caption = Warm colours show what spoke for happy, cool ones what spoke for sad.
why-not-available = This model can't show where it looked.
details-title = How each expression looks:
details-face = Happy { NUMBER($happy, style: "percent") }, sad { NUMBER($sad, style: "percent") } (face { $pixels } px)
details-neither = Happy { NUMBER($happy, style: "percent") }, sad { NUMBER($sad, style: "percent") }, neither { NUMBER($neither, style: "percent") } (face { $pixels } px)
details-unreadable = { $answer } (face { $pixels } px)
fewer-faces = Shown are the first { $shown } of { $faces } faces.
details-note = The numbers are about the expression in the picture, not about what anybody feels.

## Was the answer right, and may the face be kept

button-right = Right
button-wrong = Wrong
button-give = Help me learn
button-yes = Yes
button-no = No
button-take-back = Take it back
label-happy = happy
label-sad = sad
label-neither = neither
feedback-noted = Thank you, noted.
feedback-counted = Thank you. That is counted, without your name and without the photo.
feedback-which-face = Which face do you mean?
feedback-another-face = Another face as well?
feedback-which-label = How does the expression of face { $number } look?
consent-question =
    May I keep this face to improve the model? Press “Yes” only if it is yours or everyone shown agrees.

    If you press “Yes”, I ask Telegram for the photo once more and keep for { $time }, encrypted: face { $number } cut out of it, how large and how tilted it is there, that it looks “{ $label }”, and what I answered. Neither the rest of the photo nor your name is used. Your yes is for this photo only.

    You can take your consent back at any time, with the button that will be here or with /forget. What a model has already learned from it cannot be undone; the next training leaves it out.
consent-time =
    { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
correction-kept = The face is kept until { DATETIME($date, dateStyle: "long") }. Thank you!
correction-declined = All right, nothing is kept.
correction-enough = I already keep { $limit } faces that you gave, and I keep no more than that from one person. Nothing is kept of this one.
correction-face-gone = I could not find that face again, so nothing is kept.
correction-forgotten = You asked me meanwhile to forget you, so nothing is kept.
correction-taken-back = The face is deleted. What a model has already learned from it cannot be undone; the next training leaves it out.

## First contact and explanations

start =
    Hello! Send me a photo and I'll say for each face whether the expression looks happy or sad, and how sure I am.

    I am an automatic system: a neural network judges expressions, and it can be wrong. It sees a picture, not a feeling. Photos are never stored.

    /help – what I can do
    /privacy – what happens to your photos
introduction =
    Hello! I am { $bot }, an automatic system that says whether the faces in a photo look happy or sad. It can be wrong, and it sees a picture, not a feeling.

    Reply to a photo with /emotion, or send a photo with /emotion as its caption. I look at nothing else unless an admin changes /settings. Photos are never stored: /privacy
help =
    Send me a photo, an image file, a sticker, a GIF or a video, one or several at once. I number the faces row by row, from left to right, and say how each expression looks. Of clips of up to a minute I look at up to 16 moments.

    Best are photos where faces are large, well lit and turned to the camera.

    “Why?” shows where I looked, “Details” the numbers.

    In groups: reply to a photo with /emotion, or write /emotion as its caption. Admins choose more in /settings.

    /language – change the language
    /settings – how I answer
    /about – the model and how often it is right
    /privacy, /mydata, /forget – your data
    /developer_info – who runs this bot
help-group =
    Reply to a photo with /emotion, or send a photo with /emotion as its caption. I number the faces row by row, from left to right, and say how each expression looks.

    /settings – admins choose when and how I answer
    /mood – how the faces here have looked lately
    /privacy – what happens to photos
privacy =
    I am an automatic system that judges expressions in photos.

    • Photos are held in memory while I look at them, seconds as a rule, and never stored. To show you “Why?” I ask Telegram for the photo again.
    • I recognise nobody and compare faces with nothing.
    • I keep: the language you chose, the settings of a group and, if its admins switched on /mood, how many faces looked happy or sad in each hour. Until you are answered, also your message, but not its photo. Also the settings of our private chat and, for a day, which buttons you pressed. When I am removed from a group, its settings are kept for 7 days, in case I am added again.
    • /mydata sends you what is kept about you, /forget deletes it.
    • { $learning }

    Do not use me to judge people at work or in education: in the European Union that is forbidden.
privacy-learning = Nothing is given to anyone. When you call an answer right or wrong, I count it, without your name. Only if you then say yes for that photo, I keep the face cut out of it, with its size and tilt, encrypted, for { $time }, to improve the model. Never in groups.
privacy-no-learning = Nothing is given to anyone and nothing is used for training.
keeps-faces = Only if you say yes for a photo, a face cut out of it is kept, encrypted, to improve the model.
about = Faces are judged by the model “{ $name }”, version { $version }, on this bot's own computer.
about-accuracy = On { $photos } photos of happy and sad faces that it had never seen it was right in { NUMBER($share, style: "percent", maximumFractionDigits: 1) } (happy and sad counted equally).
about-few-faces = Its confidence rests on few photos: take it with caution.
about-limits = It does worse on small, poorly lit, covered or turned-away faces, and not equally well for everybody. When it is unsure it says so.
about-version = Version of the bot: { $version }
developer-info = This bot is run by: { $info }
developer-info-missing = Whoever runs this bot has not said who they are. The program is free software: happy-or-sad-bot.
hint-text = Send me a photo and I'll tell you how the faces in it look. /help says more.
hint-not-a-photo = I can only look at pictures. Send me a photo, a sticker, a GIF, a video or an image file.
hint-group-reply = Reply with /emotion to a message that has a photo, or write /emotion as the caption of one.
guest-hint = Mention me in reply to a message that has a photo, and I'll say how the faces in it look.
guest-pause = You have asked a lot in one minute. Please ask me again in a minute.
automatic-system = I am an automatic system: a neural network judges expressions, and it can be wrong. It sees a picture, not a feeling.
group-switched-off = The admins have switched my answers off here. They can change it in /settings.
not-admitted = Sorry, I am not available in this chat. The person who runs this bot decides where I answer.
admins-only = Only the admins can do that.
groups-only = That works in groups only.

## Data

mydata = This is all that is kept about you. The file has every detail.
mydata-id = Your number at Telegram: { $id }
mydata-messages = Messages waiting for an answer, with this one: { $count }
mydata-held = Answers held until a busy minute is over: { $count }
mydata-notes = Notes of today on buttons that you pressed and on waiting: { $count }
mydata-faces = Faces that you gave for training: { $count }
mydata-refused = You were told that I am not available here
mydata-sent = I have sent it to you in our private chat.
mydata-ask-in-private = This is for you alone: write /mydata to me in our private chat.
person-unknown = You write here as the chat, so I cannot know whose data is meant. Write this to me in our private chat.
forget-done = Done: what was kept about you is deleted. You can go on using me at any time.
forget-faces = The faces that you gave for training are deleted, too. What a model has already learned from them cannot be undone; the next training leaves them out.
forget-dropped = Your messages that were still waiting for an answer are deleted, too ({ $messages }): I will not answer them.
stats-title = Last hour · last 24 hours · since the start:
stats-answered = Photos answered: { $hour } · { $day } · { $total }
stats-refused = Photos that I could not answer: { $hour } · { $day } · { $total }
stats-faces = Faces: { $hour } · { $day } · { $total }
stats-updates = Messages and button presses: { $hour } · { $day } · { $total }
stats-times = Of the last 1,000 each, half took up to · 95 in 100 up to · 99 in 100 up to:
stats-queue = Waiting for its turn: { $times }
stats-download = Fetching the photo: { $times }
stats-classify = Looking at the photo: { $times }
stats-send = Sending the answer: { $times }
stats-service = All of it after the wait: { $times }
stats-quantiles = { NUMBER($half, maximumFractionDigits: 2) } s · { NUMBER($most, maximumFractionDigits: 2) } s · { NUMBER($slow, maximumFractionDigits: 2) } s
stats-since = Started on { DATETIME($start, dateStyle: "medium", timeStyle: "short") } UTC

## Languages

language-choose = Which language shall I speak here?
language-chosen = From now on I speak { $language }.
language-follow = As in your Telegram
language-follow-group = As in the Telegram of whoever asks
language-follow-channel = As the host has set it

## Settings

settings-title = How I behave here:
settings-title-private = How I answer you:
settings-kept = I was here before. From then it is set (/settings changes it):
settings-back = ‹ Back
settings-when = When I answer: { $value }
settings-when-question = When shall I answer?
when-command = to /emotion
when-mention = when mentioned
when-every = every photo
when-off = never
settings-how = How I answer: { $value }
settings-how-question = How shall I answer?
how-picture = picture and text
how-text = text only
how-reaction = reaction only (😁 😢 🤔)
settings-language = Language: { $value }
settings-throttle = Pace: { $value }
settings-throttle-question = How many answers a minute at most? Those beyond are gathered into one message.
throttle-none = no limit
throttle-limit =
    { $answers ->
        [one] { $answers } answer a minute
       *[other] { $answers } answers a minute
    }
settings-quiet = Quiet hours: { $value }
quiet-hours = { DATETIME($start, timeStyle: "short") }–{ DATETIME($end, timeStyle: "short") }
settings-quiet-question = In quiet hours I answer only /emotion. The time zone here is { $offset }; change it below.
clock-later = +{ $minutes } min
clock-earlier = −{ $minutes } min
settings-mood = /mood: { $value }
settings-mood-question = Shall I count how many faces look happy or sad, so that /mood can show it? Only counts are kept, for a week.
switch-on = on
switch-off = off
privacy-mode-hides =
    ⚠️ Telegram hides those messages from me here, so this setting has no effect yet. Do one of these:
    • make { $bot } an admin of this group, or
    • write to @BotFather: /setprivacy, choose { $bot }, Disable; then remove me from this group and add me again.

## Mood

mood-title = How faces looked here:
mood-day = Last 24 hours: { $happy } happy, { $sad } sad, { $unsure } hard to tell
mood-week = Last 7 days: { $happy } happy, { $sad } sad, { $unsure } hard to tell
# DAY is a day of this week, without its year: "Wed, 12 Aug".
mood-bar = { DAY($date) } { $bar }
mood-legend = { $happy } happy { $sad } sad { $unsure } hard to tell
mood-empty = No faces have been counted in the last 7 days.
mood-switched-off = Counting is off here. An admin can switch it on in /settings.

## What Telegram shows in its menus and on the bot's page

command-start = What this bot does
command-help = How to use it
command-emotion = Reply to a photo: how do the faces look?
command-mood = How faces looked here lately
command-language = Change the language
command-settings = When and how I answer
command-privacy = What happens to photos
command-about = The model and how often it is right
command-mydata = What is kept about me
command-forget = Delete what is kept about me
command-live = Look through the camera, live
command-developer = Who runs this bot
bot-description = Send a photo, and an automatic system says for each face whether the expression looks happy or sad, how sure it is, and when it cannot tell. It sees a picture, not a feeling. Photos are never stored.
bot-short-description = Says whether faces in photos look happy or sad. Automatic, can be wrong, stores no photos.

## The live page, and /live, which opens it

live-title = Live
live-what = The camera's picture, with a word on each face: looks happy, looks sad, or hard to tell.
live-sent = While the camera is on, small pictures of it go to this bot, several each second. Each is looked at in memory and then gone: none is stored, and no sound is recorded.
live-line-kept = The line of the last half minute exists on this page only and goes when you stop.
live-open = Open the camera
live-stop = Stop
live-turn = Other camera
live-line = The last half minute
live-happy = looks happy
live-sad = looks sad
live-unsure = hard to tell
live-no-face = No face in the picture
live-starting = Looking for faces…
live-denied = The camera was not allowed. Allow it for this page in your browser or phone, then press the button again.
live-missing = No camera can be used. Connect one, or close the program that uses it, then press the button again.
live-unreachable = The bot can't be reached. Trying again…
live-busy = Photos in chats go first. A moment…
live-expired = This page was opened too long ago. Close it and open it from the chat again.
live-not-admitted = Whoever runs this bot does not let it answer you.
live-script = This page needs JavaScript.
live-invitation = Live: a page with your camera that says how each face looks while you look into it. Before the camera opens, the page says what it does and what it keeps: nothing.
live-in-private = Open the camera's page in a private chat with me: write /live there.
