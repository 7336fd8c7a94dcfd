"""Methods about chats, members and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.rules.api_errors import bad_request, forbidden
from playground.world.users import PRESENT

if TYPE_CHECKING:
    from playground.api.parameters import Parameters
    from playground.world.chats import Chat
    from playground.world.world import World


def _find_joined_chat(world: World, parameters: Parameters) -> Chat:
    """Return a chat that the bot is in. A private chat that nobody has written in is allowed, too."""
    chat = world.find_chat(parameters.text("chat_id"))
    status = chat.status_of(world.bot.id)
    if chat.type != "private" and status not in PRESENT:
        what = "was kicked from" if status == "kicked" else "is not a member of"
        raise forbidden(f"bot {what} the {chat.type} chat")
    return chat


def get_chat(world: World, parameters: Parameters) -> Any:
    """``getChat``."""
    return _find_joined_chat(world, parameters).to_full_json()


def get_chat_member(world: World, parameters: Parameters) -> Any:
    """``getChatMember``."""
    chat = _find_joined_chat(world, parameters)
    user = world.users.get(parameters.number("user_id"))
    if not parameters.has("user_id"):
        raise bad_request("invalid user_id specified")
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    member = chat.members.get(user.id)
    return member.to_json() if member else {"user": user.to_json(), "status": "left"}


def get_chat_administrators(world: World, parameters: Parameters) -> Any:
    """``getChatAdministrators``."""
    chat = _find_joined_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [m.to_json() for m in chat.members.values() if m.status in {"creator", "administrator"}]


def get_chat_member_count(world: World, parameters: Parameters) -> Any:
    """``getChatMemberCount``."""
    chat = _find_joined_chat(world, parameters)
    return sum(member.status in PRESENT for member in chat.members.values())


def leave_chat(world: World, parameters: Parameters) -> Any:
    """``leaveChat``."""
    chat = _find_joined_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    world.set_status(chat, world.bot, "left", world.bot)
    world.post(chat, world.bot, {"left_chat_member": world.bot.to_json()})
    return True


def get_file(world: World, parameters: Parameters) -> Any:
    """``getFile``."""
    return world.files.open_link(parameters.text("file_id"))


METHODS = {
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "getchatmembercount": get_chat_member_count,
    "leavechat": leave_chat,
    "getfile": get_file,
}
