// The hints that an empty chat shows.

import { runAction, sendMessage } from "../api.js";
import { h, icon } from "../dom.js";

function frame(...children) {
  return [h("div", { class: "empty-card" }, ...children)];
}

function renderPrivate(chat) {
  const choose = h(
    "button",
    { type: "button", class: "button primary", onclick: () => chat.composer.picker.click() },
    icon("photo"),
    "Choose a photo",
  );
  const start = h(
    "button",
    {
      type: "button",
      class: "button",
      onclick: () =>
        chat.try(() => sendMessage({ chat_id: chat.chatId, user_id: chat.speakerId, text: "/start" })),
    },
    "Start",
  );
  const description = chat.state.bot.description;
  return frame(
    h("img", { src: "/page/mark.svg", alt: "", width: "72", height: "72" }),
    h("h3", {}, "Drop a photo here"),
    h("p", { dir: "auto" }, description || "Send a photo with faces in it, and the bot answers under it."),
    h("div", { class: "empty-actions" }, choose, start),
    h(
      "p",
      { class: "small" },
      "This is a local stand-in for Telegram. Nothing you send leaves this machine.",
    ),
  );
}

function renderGroup(chat) {
  const inside = ["member", "administrator"].includes(chat.chat.bot_status);
  const add = h(
    "button",
    {
      type: "button",
      class: "button primary",
      onclick: () => chat.try(() => runAction("add_bot", { chat_id: chat.chatId })),
    },
    "Add the bot",
  );
  return frame(
    h(
      "div",
      { class: "empty-people", "aria-hidden": "true" },
      ...chat.people.map((person, index) =>
        h("span", { class: "avatar", dataset: { hue: String(index) } }, person.first_name.slice(0, 1)),
      ),
    ),
    h("h3", { dir: "auto" }, chat.chat.is_forum ? "Nothing in this topic yet" : "A group of friends"),
    h("p", {}, "Send a photo, then reply to it with a command: type / to see them. Choose above who speaks."),
    !inside && h("div", { class: "empty-actions" }, add),
    h(
      "p",
      { class: "small" },
      "Groups hide messages from bots unless they are meant for them. A crossed-out eye marks what the bot did not see.",
    ),
  );
}

function renderChannel(chat) {
  return frame(
    h("h3", { dir: "auto" }, chat.chat.title),
    h("p", {}, "A channel has no conversation: its owner posts, and so may the bot, as an administrator."),
  );
}

export function renderEmpty(chat) {
  if (chat.chat.type === "channel") return renderChannel(chat);
  return chat.isGroup ? renderGroup(chat) : renderPrivate(chat);
}
