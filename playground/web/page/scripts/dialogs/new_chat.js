// Dialogs that create a group, channel or topic.

import { runAction } from "../api.js";
import { h, icon, toast } from "../dom.js";
import { openDialog } from "./dialogs.js";

const KINDS = {
  group: ["Group", "A small group. Its people are Ana and Ben, and the bot joins."],
  supergroup: ["Supergroup", "What a group becomes when it grows: replies make threads."],
  forum: ["Forum", "A supergroup whose messages are sorted into topics."],
  channel: ["Channel", "Only its administrators post. The bot is one of them."],
};

// `work(name)` creates it and returns a function to call after the dialog has closed. When it throws, the dialog
// stays open and shows the reason.
function askForName(title, label, work, ...more) {
  const name = h("input", {
    type: "text",
    required: true,
    maxlength: "128",
    autocomplete: "off",
    dir: "auto",
  });
  const cancel = () => dialog.close();
  const submit = async (event) => {
    event.preventDefault();
    try {
      const done = await work(name.value);
      dialog.close();
      done();
    } catch (error) {
      toast(error.message, "bad");
    }
  };
  const form = h(
    "form",
    { onsubmit: submit },
    ...more,
    h("label", { class: "field" }, label, name),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { type: "button", class: "button", onclick: cancel }, "Cancel"),
      h("button", { type: "submit", class: "button primary" }, "Create"),
    ),
  );
  const dialog = openDialog("ask", title, h("h2", {}, title), form);
  name.focus();
}

export function openNewChat(onMade) {
  let kind = "group";
  const note = h("p", { class: "ask-note", "aria-live": "polite" }, KINDS[kind][1]);
  const choose = (value) => {
    kind = value;
    note.textContent = KINDS[value][1];
  };
  const choices = Object.entries(KINDS).map(([value, [label]]) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name: "kind",
        value,
        checked: value === kind,
        onchange: () => choose(value),
      }),
      icon(value),
      label,
    ),
  );
  const make = async (title) => {
    const { chat_id: chatId } = await runAction("create_chat", { kind, title });
    return () => onMade(chatId);
  };
  const kinds = h(
    "fieldset",
    { class: "segmented" },
    h("legend", { class: "unseen-text" }, "Kind"),
    ...choices,
  );
  askForName("New chat", "Name", make, kinds, note);
}

export function openNewTopic(chat, onMade) {
  const make = async (name) => {
    const { thread_id: threadId } = await runAction("create_topic", { chat_id: chat.id, name });
    return () => onMade(threadId);
  };
  askForName("New topic", "Name", make);
}
