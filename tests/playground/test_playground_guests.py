"""Guest mode in the playground: when a bot that is no member hears, and what it may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import InlineQueryResultArticle, InputTextMessageContent
from telegram.error import BadRequest

if TYPE_CHECKING:
    from conftest import Call
    from telegram import Bot, Update

    from playground import Chat, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
MENTION = "@happy_or_sad_bot"
GONE = "Query is too old and response timeout expired or query id is invalid"
ANSWER = InlineQueryResultArticle("1", "An answer", InputTextMessageContent("Hello"))


@pytest.fixture
def elsewhere(playground: Playground) -> Chat:
    """A group without the bot."""
    playground.world.account.guest_mode = True
    return playground.create_group("Elsewhere", [playground.ana, playground.ben], with_bot=False)


async def read_guests(bot: Bot) -> list[Update]:
    """Take what has come."""
    return [update for update in await bot.get_updates() if update.guest_message]


async def test_a_mention_comes_with_what_it_replies_to(
    playground: Playground, bot: Bot, elsewhere: Chat, png: bytes
) -> None:
    """Nothing else of the chat comes, and no ordinary update."""
    photo = await playground.send_photo(elsewhere, playground.ben, png)
    await playground.send_text(elsewhere, playground.ben, "@somebody_else /help")
    await playground.send_text(elsewhere, playground.ana, MENTION, reply_to=photo)
    (update,) = await bot.get_updates()
    assert update.guest_message is not None
    assert update.guest_message.guest_query_id
    assert update.guest_message.reply_to_message is not None
    assert update.guest_message.reply_to_message.photo
    assert update.message is None


async def test_the_answer_is_a_message_of_the_bots_in_the_chat(
    playground: Playground, bot: Bot, elsewhere: Chat
) -> None:
    """It names who called; a reply to it calls the bot again. Each query takes one answer."""
    await playground.send_text(elsewhere, playground.ana, MENTION)
    (asked,) = await read_guests(bot)
    assert asked.guest_message is not None
    sent = await asked.guest_message.answer_guest_query(ANSWER)
    (answer,) = playground.messages(elsewhere, from_bot=True)
    assert sent.inline_message_id
    assert answer.text == "Hello"
    assert answer.fields["guest_bot_caller_user"]["id"] == playground.ana.id
    with pytest.raises(BadRequest, match=GONE):
        await asked.guest_message.answer_guest_query(ANSWER)
    with pytest.raises(BadRequest, match=GONE):
        await bot.answer_guest_query("1", ANSWER)
    await playground.send_text(elsewhere, playground.ben, "Thanks", reply_to=answer)
    assert len(await read_guests(bot)) == 2


async def test_a_query_dies_of_age(playground: Playground, bot: Bot, elsewhere: Chat) -> None:
    """Too late is as unknown."""
    await playground.send_text(elsewhere, playground.ana, MENTION)
    (query_id, query), *_ = playground.world.guest_queries.items()
    playground.world.guest_queries[query_id] = type(query)(query.message, expires_at=0.0)
    with pytest.raises(BadRequest, match=GONE):
        await bot.answer_guest_query(query_id, ANSWER)
    assert playground.messages(elsewhere, from_bot=True) == []


async def test_guest_mode_is_botfathers_switch(playground: Playground, bot: Bot, elsewhere: Chat) -> None:
    """``getMe`` tells how it stands; off, or where the bot is a member, nobody calls a guest."""
    assert (await bot.get_me()).supports_guest_queries is True
    await playground.send_text(playground.group, playground.ana, f"/help{MENTION}")
    playground.world.account.guest_mode = False
    await playground.send_text(elsewhere, playground.ana, MENTION)
    assert (await bot.get_me()).supports_guest_queries is False
    assert await read_guests(bot) == []


async def test_guest_messages_come_only_to_who_asks_for_them(
    playground: Playground, bot: Bot, elsewhere: Chat
) -> None:
    """As every kind of update."""
    await bot.get_updates(allowed_updates=["message"])
    await playground.send_text(elsewhere, playground.ana, MENTION)
    assert await bot.get_updates() == ()


def change(**fields: Any) -> dict[str, Any]:
    """Return the article with other fields; None leaves one out."""
    return {name: value for name, value in (ANSWER.to_dict() | fields).items() if value is not None}


@pytest.mark.parametrize(
    ("result", "description"),
    [
        (None, "result isn't specified"),
        ([], "inline query result must be an object"),
        (change(type=None), 'can\'t find field "type"'),
        (change(id=5), 'field "id" must be of type String'),
        (change(id="x" * 65), "RESULT_ID_INVALID"),
        (change(title=""), "ARTICLE_TITLE_EMPTY"),
        (change(type="voice"), 'type "voice" is unsupported for the inline query result'),
        (change(input_message_content={}), "input message content is not specified"),
        (change(input_message_content={"message_text": " "}), "message text is empty"),
        (change(input_message_content={"message_text": "x" * 4097}), "message is too long"),
    ],
)
async def test_a_bad_result_is_refused_and_uses_nothing_up(
    *, playground: Playground, bot: Bot, call: Call, elsewhere: Chat, result: Any, description: str
) -> None:
    """In the words that Telegram has for inline results; the query can still be answered."""
    await playground.send_text(elsewhere, playground.ana, MENTION)
    (query_id,) = playground.world.guest_queries
    given = {} if result is None else {"result": result}
    body = await call("answerGuestQuery", guest_query_id=query_id, **given)
    assert body["description"] == f"Bad Request: {description}"
    assert await bot.answer_guest_query(query_id, ANSWER)
