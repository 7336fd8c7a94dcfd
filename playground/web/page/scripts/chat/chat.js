// One pane: head, log and composer of the chosen chat. It stores the messages of every chat that it can show.

import { runAction, Refused } from "../api.js";
import { blockKey, renderBlock } from "./blocks.js";
import { ChatChooser, TopicChooser } from "./chooser.js";
import { Composer } from "./composer.js";
import { enlarge, showAlert } from "../dialogs/dialogs.js";
import { h, iconButton, toast } from "../dom.js";
import { buildDropZones, listenToDrops } from "./drop.js";
import { renderEmpty } from "./empty.js";

const ACTIONS = {
  typing: "is typing…",
  upload_photo: "is sending a photo…",
  upload_document: "is sending a file…",
  upload_video: "is sending a video…",
  choose_sticker: "is choosing a sticker…",
};
const ACTION_MILLISECONDS = 5000; // Telegram shows a chat action for 5 seconds or less
const ANSWER_MILLISECONDS = 15000; // then the page says that the bot did not answer a button
const MAX_BLOCKS = 300; // in the log, so that the page stays fast
const KINDS = { group: "", supergroup: "supergroup · ", channel: "channel · " };

const topicOf = (message) => (message.is_topic_message ? message.message_thread_id : 0);

// Tab reaches the buttons of one message only, and the arrow keys choose the message: otherwise a person with a
// keyboard would tab through hundreds of buttons.
function setTabIndex(block, tabIndex) {
  for (const element of block.querySelectorAll("button, a, video")) element.tabIndex = tabIndex;
}

export class ChatPane {
  // `onShow` is called whenever the pane shows a chat.
  constructor(kind, state, onShow) {
    this.kind = kind;
    this.onShow = onShow;
    this.isGroup = kind === "group";
    this.stores = new Map(); // chat id -> message id -> message
    this.unread = new Set(); // "chat/topic" with unread messages
    this.chosen = {}; // the chat and the topic that the person chose
    this.presses = new Map(); // press id -> function that enables the button again
    this.earlyAnswers = new Set(); // press ids whose answer arrived before the response to the press itself
    this.speakerId = state.people[0].id;
    this.view = {
      isGroup: this.isGroup,
      nameOf: (message) => this.nameOf(message),
      hueOf: (message) => String(this.state.people.findIndex(({ id }) => id === message.sender_id)),
      reply: (message) => this.composer.reply(message),
      edit: (message) => this.composer.edit(message),
      remove: (message) =>
        this.try(() => runAction("delete", { chat_id: this.chatId, message_id: message.message_id })),
      press: (message, key, button) => this.press(message, key, button),
      enlarge: (message) => this.enlarge(message),
      jumpTo: (messageId) => this.jumpTo(messageId),
      useCommand: (command) => this.composer.useCommand(command),
    };
    this.build();
    this.update(state);
  }

  build() {
    this.composer = new Composer(this);
    this.chooser = new ChatChooser(this);
    this.topics = new TopicChooser(this);
    this.name = h("h2", { id: `title-${this.kind}`, class: this.isGroup ? "unseen-text" : "" });
    this.status = h("p", { class: "status" });
    this.avatar = h("span", {
      class: `avatar ${this.isGroup ? "avatar-group" : "avatar-bot"}`,
      "aria-hidden": "true",
    });
    this.speakers = h("fieldset", { class: "segmented speakers" });
    this.empty = h("div", { class: "empty" });
    this.log = h("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-labelledby": `title-${this.kind}`,
      tabindex: "0",
      "aria-description": "Up and down arrows walk through the messages, R replies",
      onkeydown: (event) => this.onKey(event),
      onfocusin: (event) => this.onFocus(event),
      onscroll: () => this.onScroll(),
    });
    this.followsEnd = true;
    new ResizeObserver(() => this.followsEnd && this.scrollToEnd(false)).observe(this.log);
    this.log.addEventListener("load", () => this.followsEnd && this.scrollToEnd(false), true);
    this.toEnd = iconButton("down", "To the newest message", () => this.scrollToEnd(true), "to-end");
    this.toEnd.hidden = true;
    this.drop = buildDropZones();
    this.element = h(
      "section",
      { class: `chat chat-${this.kind}`, id: `chat-${this.kind}`, "aria-labelledby": `title-${this.kind}` },
      h(
        "header",
        { class: "chat-head" },
        this.avatar,
        h("div", { class: "chat-words" }, this.name, this.isGroup && this.chooser.element, this.status),
        this.speakers,
      ),
      this.topics.element,
      h("div", { class: "log-frame" }, this.empty, this.log, this.toEnd, this.drop),
      this.composer.element,
    );
    listenToDrops(this.element, this.drop, (files, asFiles) => this.composer.addFiles(files, asFiles));
  }

  get chatId() {
    return this.chat.id;
  }

  // The shown topic; 0 is the General topic and every chat that is no forum.
  get topicId() {
    return this.chat.topics.some(({ id }) => id === this.chosen.topic) ? this.chosen.topic : 0;
  }

  get title() {
    return this.isGroup ? this.chat.title : "the private chat";
  }

  get messages() {
    return this.stores.get(this.chatId);
  }

  get commands() {
    return this.chat.commands[String(this.speakerId)] ?? [];
  }

  get botUsername() {
    return this.state.bot.username;
  }

  // Replace everything by a new state from the playground.
  update(state) {
    this.state = state;
    this.chats = state.chats.filter(({ type }) => (type === "private") !== this.isGroup);
    this.view.botId = state.bot.id;
    this.stores = new Map(
      this.chats.map(({ id, messages }) => [
        id,
        new Map(messages.map((message) => [message.message_id, message])),
      ]),
    );
    // A restarted playground has people with other identifiers.
    if (!state.people.some(({ id }) => id === this.speakerId)) this.speakerId = state.people[0].id;
    this.show();
  }

  // Show the chosen chat and topic; the first chat while the state does not contain the chosen one yet.
  show() {
    const chosen = this.isGroup ? this.chosen.chat : this.speakerId;
    this.chat = this.chats.find(({ id }) => id === chosen) ?? this.chats[0];
    if (!this.chat.members.includes(this.speakerId) && this.chat.members.length)
      this.speakerId = this.chat.members[0];
    this.view.speakerId = this.speakerId;
    this.unread.delete(`${this.chatId}/${this.topicId}`);
    this.name.textContent = this.isGroup ? this.chat.title : this.state.bot.first_name;
    this.avatar.textContent = this.isGroup ? this.chat.title.slice(0, 1) : "";
    this.composer.text.setAttribute("aria-label", `Message in ${this.title}`);
    this.chooser.show();
    this.topics.show();
    this.showStatus();
    this.showSpeakers();
    this.redraw();
    this.onShow();
  }

  choose(chatId) {
    this.chosen = { chat: chatId, topic: 0 };
    this.leave();
  }

  chooseTopic(topicId) {
    this.chosen = { chat: this.chatId, topic: topicId };
    this.leave();
  }

  // Show another chat. A reply or edit that was begun belongs to the chat before, so it is dropped.
  leave() {
    if (!this.composer.context.hidden) this.composer.clearContext();
    this.show();
    this.composer.text.focus();
  }

  // Whether a chat, or one topic of it, has unread messages.
  hasUnread(chatId, topicId = null) {
    if (topicId !== null) return this.unread.has(`${chatId}/${topicId}`);
    return [...this.unread].some((place) => place.startsWith(`${chatId}/`));
  }

  isShown(message) {
    return message.chat.id === this.chatId && (!this.chat.is_forum || topicOf(message) === this.topicId);
  }

  get people() {
    return this.state.people.filter(({ id }) => !this.isGroup || this.chat.members.includes(id));
  }

  showStatus(action = "") {
    const inside = ["member", "administrator"].includes(this.chat.bot_status);
    const names = this.people.map(({ first_name: name }) => name);
    if (inside) names.push(this.state.bot.first_name);
    const kind = this.chat.is_forum ? "forum · " : KINDS[this.chat.type];
    this.status.textContent =
      action || (this.isGroup ? `${kind}${names.join(", ")}` : `bot · @${this.state.bot.username}`);
    this.status.classList.toggle("acting", Boolean(action));
  }

  // Only the owner writes in a channel, so there is nobody to choose.
  showSpeakers() {
    this.speakers.hidden = this.chat.type === "channel";
    const choices = this.people.map((person, index) =>
      h(
        "label",
        { dataset: { hue: String(index) } },
        h("input", {
          type: "radio",
          name: `speaker-${this.kind}`,
          value: String(person.id),
          checked: person.id === this.speakerId,
          onchange: () => this.speakAs(person.id),
        }),
        person.first_name,
      ),
    );
    this.speakers.replaceChildren(
      h("legend", { class: "unseen-text" }, "Speak as"),
      h("span", { class: "speakers-word", "aria-hidden": "true" }, this.isGroup ? "Speak as" : "You are"),
      ...choices,
    );
  }

  speakAs(userId) {
    this.speakerId = userId;
    if (this.isGroup) {
      this.view.speakerId = userId;
      this.redraw();
      this.composer.text.focus();
    } else this.leave();
  }

  nameOf(message) {
    if (message.sender_id === this.state.bot.id) return this.state.bot.first_name;
    return message.sender_chat?.title ?? message.from?.first_name ?? "Somebody";
  }

  // All messages of the block that a message belongs to.
  blockOf(message) {
    const key = blockKey(message);
    return [...this.messages.values()].filter((other) => blockKey(other) === key);
  }

  redraw() {
    const keys = new Map();
    for (const message of this.messages.values()) {
      if (!this.isShown(message)) continue;
      const key = blockKey(message);
      keys.set(key, [...(keys.get(key) ?? []), message]);
    }
    // A screen reader must not read out the whole log when it is drawn anew.
    this.log.setAttribute("aria-live", "off");
    this.log.replaceChildren(...[...keys.values()].map((messages) => this.draw(messages)));
    this.makeCurrent(this.log.lastElementChild);
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
    this.showEmpty();
    this.scrollToEnd(false);
  }

  showEmpty() {
    const isEmpty = this.log.childElementCount === 0;
    this.empty.hidden = !isEmpty;
    this.log.classList.toggle("is-empty", isEmpty);
    if (isEmpty) this.empty.replaceChildren(...renderEmpty(this));
  }

  // Store a new or changed message of any chat of this pane, and draw it if its chat is shown.
  put(message) {
    const store = this.stores.get(message.chat.id);
    if (!store) return; // a new chat; the next state will contain it and its messages
    const isNew = !store.has(message.message_id);
    store.set(message.message_id, message);
    if (!this.isShown(message)) {
      if (isNew) this.unread.add(`${message.chat.id}/${topicOf(message)}`);
      this.chooser.show();
      this.topics.show();
      return;
    }
    const block = this.draw(this.blockOf(message));
    const before = this.log.querySelector(`[data-key="${CSS.escape(blockKey(message))}"]`);
    if (before) this.replace(before, block);
    else if (isNew) this.log.append(block);
    if (!this.log.contains(document.activeElement)) this.makeCurrent(this.log.lastElementChild);
    this.removeOldBlocks();
    if (isNew && message.sender_id === this.state.bot.id) this.showStatus();
    this.showEmpty();
    if (isNew && (this.followsEnd || message.sender_id === this.speakerId)) this.scrollToEnd(true);
    else if (isNew) this.toEnd.hidden = false;
  }

  // Render a block that is not the current one: Tab skips its buttons.
  draw(messages) {
    const block = renderBlock(messages, this.view);
    setTabIndex(block, -1);
    return block;
  }

  makeCurrent(block) {
    if (this.current) setTabIndex(this.current, -1);
    this.current = block;
    if (block) setTabIndex(block, 0);
  }

  // Replace a block and keep the keyboard focus at the same button.
  replace(before, block) {
    const focused = before.contains(document.activeElement) ? document.activeElement : null;
    const at = focused ? [...before.querySelectorAll("button, a")].indexOf(focused) : -1;
    before.replaceWith(block);
    if (before === this.current) this.makeCurrent(block);
    if (focused) (block.querySelectorAll("button, a")[at] ?? block).focus({ preventScroll: true });
  }

  // Remove the oldest blocks beyond MAX_BLOCKS.
  removeOldBlocks() {
    while (this.log.children.length > MAX_BLOCKS) {
      const { key } = this.log.firstElementChild.dataset;
      for (const message of this.messages.values())
        if (blockKey(message) === key) this.messages.delete(message.message_id);
      this.log.firstElementChild.remove();
    }
  }

  removeMessage({ chat_id: chatId, message_id: messageId }) {
    const message = this.stores.get(chatId)?.get(messageId);
    this.stores.get(chatId)?.delete(messageId);
    if (!message || !this.isShown(message)) return;
    const element = this.log.querySelector(`[data-key="${CSS.escape(blockKey(message))}"]`);
    const rest = this.blockOf(message);
    if (rest.length) element?.replaceWith(this.draw(rest));
    else element?.remove();
    this.showEmpty();
  }

  showAction({ chat_id: chatId, action }) {
    if (chatId !== this.chatId) return;
    this.showStatus(`${this.isGroup ? `${this.state.bot.first_name} ` : ""}${ACTIONS[action] ?? "is busy…"}`);
    clearTimeout(this.actionEnds);
    this.actionEnds = setTimeout(() => this.showStatus(), ACTION_MILLISECONDS);
  }

  async press(message, key, button) {
    button.classList.add("waiting");
    button.disabled = true;
    const enableButton = () => {
      button.classList.remove("waiting");
      button.disabled = false;
    };
    try {
      const { press_id: pressId } = await runAction("press", {
        chat_id: this.chatId,
        message_id: message.message_id,
        user_id: this.speakerId,
        data: key.callback_data,
      });
      if (this.earlyAnswers.delete(pressId)) return enableButton();
      this.presses.set(pressId, enableButton);
      setTimeout(
        () => this.presses.delete(pressId) && (enableButton(), toast("The bot did not answer the button.", "bad")),
        ANSWER_MILLISECONDS,
      );
    } catch (error) {
      enableButton();
      toast(error.message, "bad");
    }
  }

  takeAnswer(answer) {
    const enableButton = this.presses.get(answer.press_id);
    if (enableButton) enableButton();
    else this.earlyAnswers.add(answer.press_id);
    this.presses.delete(answer.press_id);
    if (!answer.text) return;
    if (answer.show_alert) showAlert(this.state.bot.first_name, answer.text);
    else toast(answer.text);
  }

  enlarge(message) {
    const photos = this.blockOf(message).filter((other) => other.photo);
    enlarge(photos, photos.indexOf(message));
  }

  jumpTo(messageId) {
    const message = this.messages.get(messageId);
    const element = message && this.log.querySelector(`[data-key="${CSS.escape(blockKey(message))}"]`);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    element.focus();
    element.classList.add("found");
    setTimeout(() => element.classList.remove("found"), 1500);
  }

  onKey(event) {
    const block = event.target.closest(".block");
    if (event.target !== block && event.target !== this.log) return;
    const blocks = [...this.log.querySelectorAll(".block")];
    const at = block ? blocks.indexOf(block) : blocks.length;
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: blocks.length - 1 }[event.key];
    const message = block && this.messages.get(Number(block.dataset.id));
    if (next !== undefined) {
      event.preventDefault();
      blocks[Math.max(0, Math.min(blocks.length - 1, next))]?.focus();
    } else if (message && event.key.toLowerCase() === "r" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.composer.reply(message);
    }
  }

  onFocus(event) {
    const block = event.target.closest(".block");
    if (block && block !== this.current) this.makeCurrent(block);
  }

  focusLast() {
    [...this.log.querySelectorAll(".block")].at(-1)?.focus();
  }

  isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
  }

  // Follow new messages until the person scrolls up.
  onScroll() {
    const top = this.log.scrollTop;
    if (this.isAtEnd()) this.followsEnd = true;
    else if (top < this.lastTop) this.followsEnd = false;
    this.lastTop = top;
    this.toEnd.hidden = this.followsEnd;
  }

  scrollToEnd(smooth) {
    this.followsEnd = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    requestAnimationFrame(() =>
      this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" }),
    );
    this.toEnd.hidden = true;
  }

  async try(work) {
    try {
      await work();
    } catch (error) {
      toast(
        error instanceof Refused ? error.message : "The playground did not answer. Is it still running?",
        "bad",
      );
    }
  }
}
