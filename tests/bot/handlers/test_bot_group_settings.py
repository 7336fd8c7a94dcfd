"""What admins choose for their group: when and how the bot answers, and the mood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face, until
from group_steps import see_everything, set_chat, wait_until_quiet

from playground import Fault

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_admins_press_the_buttons_of_settings(bot: RunningBot, playground: Playground):
    """The menu stands in the group, where everybody sees it; another's press says so and changes nothing."""
    opened = await playground.send_text(playground.group, playground.ana, "/settings")
    menu = await playground.wait_for_reply(opened)
    before, name = menu.text, menu.buttons[0][0].text

    refused = await playground.press_button(menu, name, user=playground.ben)
    assert (await refused.answer())["text"].startswith("Only the admins")
    assert menu.text == before
    assert menu.buttons[0][0].text == name
    await (await playground.press_button(menu, name, user=playground.ana)).answer()
    await until(lambda: menu.text != before)


async def test_mention_mode_answers_mentions(bot: RunningBot, playground: Playground):
    """With the setting, a mention in a caption or in reply to a photo asks; a photo alone does not."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="mention")
    silent = await playground.send_photo(playground.group, playground.ben, PICTURE)
    captioned = await playground.send_photo(
        playground.group, playground.ben, PICTURE, caption="@happy_or_sad_bot what do you see?"
    )
    await playground.wait_for_reply(captioned)
    await playground.send_text(playground.group, playground.ana, "@happy_or_sad_bot", reply_to=silent)

    assert (await playground.wait_for_reply(silent)).text.startswith("Looks ")
    assert len(playground.replies(silent)) == 1


async def test_every_photo_mode_is_silent_about_photos_without_faces(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """With the setting, photos are answered unasked; those without a face are not worth a message."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="every")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE)
    await playground.wait_for_reply(photo)
    classifier.faces = ()
    await playground.send_photo(playground.group, playground.ben, PICTURE)

    assert await wait_until_quiet(playground, playground.group) == []
    assert len(classifier.asked) == 2


async def test_a_switched_off_group_says_so_when_asked(bot: RunningBot, playground: Playground):
    """Off means no answers, but a question is not met with silence."""
    await set_chat(bot, playground.group, when="off")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("The admins have switched my answers off")


@pytest.mark.parametrize(
    ("probabilities", "emoji"),
    [((0.97,), "😁"), ((0.03, 0.1), "😢"), ((0.97, 0.03), "🤔")],
    ids=["happy", "sad", "both"],
)
async def test_reactions_can_stand_for_answers(
    bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    probabilities: tuple[float, ...],
    emoji: str,
):
    """With the setting, the photo gets a reaction and no message."""
    classifier.faces = tuple(build_face(probability) for probability in probabilities)
    await set_chat(bot, playground.group, how="reaction")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert await playground.wait_for_reaction(photo) == emoji
    assert playground.replies(photo) == []


async def test_a_group_that_allows_no_reactions_gets_text(bot: RunningBot, playground: Playground):
    """Where the reaction is refused, the answer is not lost."""
    await set_chat(bot, playground.group, how="reaction")
    playground.fail(Fault("bad_request", method="setMessageReaction", description="REACTION_INVALID"))
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text == "Looks happy — 97% sure"


async def test_text_only_sends_no_picture(bot: RunningBot, playground: Playground):
    """With the setting, the answer is text."""
    await set_chat(bot, playground.group, how="text")
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
    assert playground.call_log.counts["sendPhoto"] == 0


async def test_quiet_hours_leave_only_the_command(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """In quiet hours nothing is answered unasked."""
    await see_everything(playground, playground.group)
    await set_chat(bot, playground.group, when="every", quiet_from=0, quiet_until=24)
    await playground.send_photo(playground.group, playground.ben, PICTURE)
    asked = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(asked)).text.startswith("Looks ")
    assert len(classifier.asked) == 1


async def test_mood_counts_only_where_admins_want_it(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """/mood is off at first; switched on, it shows counts of what was classified since, and a small plot."""
    first = await playground.send_text(playground.group, playground.ana, "/mood")
    assert (await playground.wait_for_reply(first)).text.startswith("Counting is off")
    await set_chat(bot, playground.group, mood_enabled=True)
    classifier.faces = (build_face(0.97), build_face(0.03), build_face(0.5, sure=False))
    photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
    await playground.wait_for_reply(photo)

    mood = await playground.send_text(playground.group, playground.ana, "/mood")

    text = (await playground.wait_for_reply(mood)).text
    assert "Last 24 hours: 1 happy, 1 sad, 1 hard to tell" in text
    assert "Last 7 days: 1 happy, 1 sad, 1 hard to tell" in text
    assert text.count(" ·") == 6, "a bar for each of seven days, six of them empty"
    assert " 🟨🟨🟨🟦🟦🟦⬜⬜⬜ 3\n" in text


async def test_of_a_photo_that_nobody_asked_about_no_fault_is_told(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Whoever asked hears that something went wrong; a group whose every photo is looked at does not."""
    await set_chat(bot, playground.group, when="every")
    await see_everything(playground, playground.group)
    classifier.errors = [RuntimeError("a fault of the bot"), RuntimeError("another")]
    unasked = await playground.send_photo(playground.group, playground.ben, PICTURE)
    asked = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")

    assert (await playground.wait_for_reply(asked)).text.startswith("Something went wrong")
    assert playground.replies(unasked) == []
