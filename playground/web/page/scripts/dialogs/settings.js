// The settings: languages, the bot's membership and rights, fault injection.

import { runAction, clearFaults, addFault } from "../api.js";
import { openDialog } from "./dialogs.js";
import { h, iconButton, toast } from "../dom.js";

const LANGUAGES = {
  en: "English",
  es: "Español",
  "pt-br": "Português (Brasil)",
  fr: "Français",
  de: "Deutsch",
  ru: "Русский",
  uk: "Українська",
  tr: "Türkçe",
  ar: "العربية",
  hi: "हिन्दी",
  id: "Bahasa Indonesia",
  "zh-hans": "简体中文",
  ja: "日本語",
};
const FAULTS = {
  too_many_requests: "429: slow down",
  server_error: "500: server error",
  bad_gateway: "502: bad gateway",
  reset: "Connection reset",
  lost_answer: "Done, answer lost",
  hang: "Hangs for 20 seconds",
  malformed: "Broken JSON",
};

async function carryOut(work) {
  try {
    await work();
  } catch (error) {
    toast(error.message, "bad");
  }
}

function toggle(label, note, checked, onchange) {
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    checked,
    onchange: () => carryOut(() => onchange(box.checked)),
  });
  return h("label", { class: "toggle" }, h("span", {}, h("b", {}, label), h("small", {}, note)), box);
}

function languageChoice(person) {
  const options = Object.entries(LANGUAGES).map(([code, name]) =>
    h("option", { value: code, selected: code === person.language_code }, name),
  );
  const select = h(
    "select",
    {
      onchange: () =>
        carryOut(() => runAction("set_language", { user_id: person.id, language_code: select.value })),
    },
    ...options,
  );
  return h("label", { class: "field" }, `${person.first_name}’s app speaks`, select);
}

function faultForm() {
  const kind = h(
    "select",
    {},
    ...Object.entries(FAULTS).map(([value, name]) => h("option", { value }, name)),
  );
  const method = h(
    "select",
    {},
    ...["sendPhoto", "sendMessage", "getFile", "download", "getUpdates", "*"].map((value) =>
      h("option", { value }, value === "*" ? "any method" : value),
    ),
  );
  const add = () =>
    carryOut(async () => {
      await addFault({ kind: kind.value, method: method.value, retry_after: 3, seconds: 20 });
      toast("The next such call fails.");
    });
  const clear = () =>
    carryOut(async () => {
      await clearFaults();
      toast("All is well again.");
    });
  return h(
    "div",
    { class: "fault" },
    h("label", { class: "field" }, "What goes wrong", kind),
    h("label", { class: "field" }, "Which call", method),
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { type: "button", class: "button", onclick: clear }, "Clear"),
      h("button", { type: "button", class: "button primary", onclick: add }, "Fail once"),
    ),
  );
}

// `privateChat` and `group`: the chats that the page shows.
export function openSettings(state, privateChat, group) {
  const chat = { chat_id: group.id };
  const isChannel = group.type === "channel";
  const inside = ["member", "administrator"].includes(group.bot_status);
  const grow = h(
    "button",
    {
      type: "button",
      class: "button",
      disabled: group.type !== "group",
      onclick: () =>
        carryOut(async () => {
          await runAction("migrate", chat);
          dialog.close();
        }),
    },
    group.type === "group" ? "Turn the group into a supergroup" : "The group is a supergroup",
  );
  const dialog = openDialog(
    "settings",
    "Settings",
    h(
      "div",
      { class: "dialog-head" },
      h("h2", {}, "Settings"),
      iconButton("close", "Close", () => dialog.close()),
    ),
    h("h3", {}, "People"),
    ...state.people.map(languageChoice),
    h("h3", {}, "The bot"),
    toggle(
      "Privacy mode",
      "Groups show it only what is meant for it. Turning this adds the bot again",
      !state.bot.can_read_all_group_messages,
      (on) => runAction("set_privacy", { ...chat, on }),
    ),
    toggle(
      `Blocked by ${privateChat.first_name}`,
      "It may no longer write to this person",
      privateChat.bot_status === "kicked",
      (on) => runAction("block_bot", { user_id: privateChat.id, on }),
    ),
    h("h3", { dir: "auto" }, `The bot in “${group.title}”`),
    toggle(isChannel ? "In the channel" : "In the group", "Adding and removing tells the bot", inside, (on) =>
      runAction(on ? "add_bot" : "remove_bot", chat),
    ),
    !isChannel &&
      toggle(
        "Administrator of the group",
        "An administrator sees every message",
        group.bot_status === "administrator",
        (on) => runAction("promote_bot", { ...chat, on }),
      ),
    !isChannel && grow,
    h("h3", {}, "Faults"),
    faultForm(),
  );
}
