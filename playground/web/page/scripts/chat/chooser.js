// Choose the group, channel or topic that the pane shows, or create one.

import { openNewChat, openNewTopic } from "../dialogs/new_chat.js";
import { h, icon, iconButton } from "../dom.js";

const GROUPS = [
  ["Groups", ({ type, is_forum: isForum }) => type !== "channel" && !isForum],
  ["Forums", ({ is_forum: isForum }) => isForum],
  ["Channels", ({ type }) => type === "channel"],
];

// The list of chats in the pane's head. `pane`: a ChatPane.
export class ChatChooser {
  constructor(pane) {
    this.pane = pane;
    this.select = h("select", {
      "aria-label": "Chat",
      onchange: () => pane.choose(Number(this.select.value)),
    });
    const add = iconButton("plus", "New chat", () => openNewChat((chatId) => pane.choose(chatId)));
    this.element = h(
      "div",
      { class: "chooser" },
      h("span", { class: "chooser-select" }, this.select, icon("down")),
      add,
    );
  }

  show() {
    const groups = GROUPS.map(([label, belongs]) => {
      const options = this.pane.chats
        .filter(belongs)
        .map((chat) =>
          h(
            "option",
            { value: String(chat.id), selected: chat.id === this.pane.chatId },
            this.pane.hasUnread(chat.id) ? `${chat.title} •` : chat.title,
          ),
        );
      return options.length > 0 && h("optgroup", { label }, ...options);
    });
    this.select.replaceChildren(...groups.filter(Boolean));
  }
}

// The topics of a forum, below the head.
export class TopicChooser {
  constructor(pane) {
    this.pane = pane;
    this.element = h("div", { class: "topics", role: "group", "aria-label": "Topics", hidden: true });
  }

  show() {
    const { chat, topicId } = this.pane;
    this.element.hidden = !chat.is_forum;
    if (!chat.is_forum) return;
    const topics = [{ id: 0, name: "General" }, ...chat.topics];
    const buttons = topics.map(({ id, name }) =>
      h(
        "button",
        {
          type: "button",
          class: "topic",
          dir: "auto",
          "aria-pressed": String(id === topicId),
          onclick: () => this.pane.chooseTopic(id),
        },
        this.pane.hasUnread(chat.id, id) ? `${name} •` : name,
      ),
    );
    const open = () => openNewTopic(chat, (threadId) => this.pane.chooseTopic(threadId));
    const add = h("button", { type: "button", class: "topic", onclick: open }, icon("plus"), "New topic");
    this.element.replaceChildren(...buttons, add);
  }
}
