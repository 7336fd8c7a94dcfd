// The composer: text, attachments, replies, edits and the command menu.

import { runAction, sendMessage } from "../api.js";
import { summarise } from "./blocks.js";
import { openCamera } from "../dialogs/dialogs.js";
import { formatSize, h, icon, iconButton, toast } from "../dom.js";
import { carriesCaption, listKinds, makesAlbum, prepareFile, renderKinds } from "./packing.js";

const MAX_FILES = 10; // in an album: https://core.telegram.org/bots/api#sendmediagroup

// The small preview of an attached file.
function renderPreview({ file, address }) {
  const [kind] = file.type.split("/");
  if (kind !== "image" && kind !== "video") return icon("file");
  const preview =
    kind === "image"
      ? h("img", { src: address, alt: "" })
      : h("video", { src: address, muted: true, preload: "metadata" });
  preview.addEventListener("error", () => preview.replaceWith(icon("file")));
  return preview;
}

export class Composer {
  // `chat`: the ChatPane that it belongs to.
  constructor(chat) {
    this.chat = chat;
    this.files = [];
    this.replyTo = null;
    this.editing = null;
    this.busy = false;
    this.build();
  }

  build() {
    const id = `composer-${this.chat.kind}`;
    this.picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      id: `${id}-files`,
      onchange: () => this.addFiles(this.picker.files),
    });
    this.text = h("textarea", {
      id,
      rows: "1",
      placeholder: "Message",
      dir: "auto",
      "aria-autocomplete": "list",
      "aria-controls": `${id}-menu`,
      "aria-expanded": "false",
      role: "combobox",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.onInput(),
      onpaste: (event) => this.onPaste(event),
    });
    this.menu = h("ul", {
      id: `${id}-menu`,
      class: "command-menu",
      role: "listbox",
      "aria-label": "Commands",
      hidden: true,
    });
    this.context = h("div", { class: "context", hidden: true });
    this.tray = h("div", { class: "tray", hidden: true });
    this.sendButton = iconButton("send", "Send", () => this.send(), "send");
    const pick = iconButton("attach", "Attach photos or files", () => this.picker.click());
    const camera = iconButton("camera", "Take a picture", () => openCamera((file) => this.addFiles([file])));
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event) => event.preventDefault(),
        onfocusout: (event) => this.element.contains(event.relatedTarget) || this.closeMenu(),
      },
      this.menu,
      this.context,
      this.tray,
      this.picker,
      h("div", { class: "composer-row" }, pick, camera, this.text, this.sendButton),
    );
  }

  onPaste(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    this.addFiles(event.clipboardData.files);
  }

  // Attach files from the picker, clipboard, camera or a drop. `asFiles`: send them unchanged, not as photos.
  addFiles(files, asFiles = false) {
    const room = MAX_FILES - this.files.length;
    if (files.length > room) toast(`An album holds ${MAX_FILES}: only the first ones were taken.`);
    for (const file of [...files].slice(0, room))
      this.files.push({ file, address: URL.createObjectURL(file) });
    this.picker.value = "";
    this.kind = asFiles ? "file" : null;
    this.showTray();
    this.text.focus();
  }

  showTray() {
    const kinds = listKinds(this.files.map(({ file }) => file));
    if (!kinds.some(([kind]) => kind === this.kind)) this.kind = kinds[0][0];
    this.tray.hidden = this.files.length === 0;
    this.text.placeholder = this.files.length && carriesCaption(this.kind) ? "Add a caption" : "Message";
    const remove = (item) => {
      URL.revokeObjectURL(item.address);
      this.files = this.files.filter((other) => other !== item);
      this.showTray();
      this.text.focus();
    };
    const items = this.files.map((item) => {
      const name = item.file.name || "picture";
      const picture = renderPreview(item);
      return h(
        "li",
        { class: "tray-item", title: `${name}, ${formatSize(item.file.size)}` },
        picture,
        iconButton("close", `Remove ${name}`, () => remove(item)),
      );
    });
    const choose = (kind) => {
      this.kind = kind;
      this.text.placeholder = carriesCaption(kind) ? "Add a caption" : "Message";
    };
    this.tray.replaceChildren(
      h("ul", { class: "tray-items", "aria-label": "To be sent" }, ...items),
      renderKinds(`as-${this.chat.kind}`, kinds, this.kind, choose),
    );
  }

  reply(message) {
    this.stopEditing();
    this.replyTo = message;
    this.showContext("reply", `Reply to ${this.chat.nameOf(message)}`, message);
  }

  edit(message) {
    this.replyTo = null;
    this.editing = message;
    this.text.value = message.text ?? message.caption ?? "";
    this.showContext("edit", message.text ? "Edit the text" : "Edit the caption", message);
    this.grow();
  }

  showContext(name, title, message) {
    this.context.hidden = false;
    this.context.replaceChildren(
      icon(name),
      h(
        "span",
        { class: "context-words" },
        h("b", {}, title),
        h("span", { dir: "auto" }, summarise(message)),
      ),
      iconButton("close", name === "reply" ? "Do not reply" : "Stop editing", () => this.clearContext()),
    );
    this.text.focus();
  }

  stopEditing() {
    if (this.editing) this.text.value = "";
    this.editing = null;
  }

  clearContext() {
    this.stopEditing();
    this.replyTo = null;
    this.context.hidden = true;
    this.grow();
    this.text.focus();
  }

  grow() {
    this.text.style.height = "auto";
    const borders = this.text.offsetHeight - this.text.clientHeight;
    this.text.style.height = `${Math.min(this.text.scrollHeight + borders, 140)}px`;
  }

  onInput() {
    this.grow();
    const typed = this.text.value.match(/^\/(\w*)$/);
    this.matches = typed
      ? this.chat.commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase()))
      : [];
    this.chosen = 0;
    this.showMenu();
  }

  showMenu() {
    this.menu.hidden = this.matches.length === 0;
    this.text.setAttribute("aria-expanded", String(!this.menu.hidden));
    const options = this.matches.map(({ command, description }, index) =>
      h(
        "li",
        {
          role: "option",
          id: `${this.menu.id}-${index}`,
          "aria-selected": String(index === this.chosen),
          onmousedown: (event) => {
            event.preventDefault();
            this.chosen = index;
            this.complete();
          },
        },
        h("b", {}, `/${command}`),
        h("span", { dir: "auto" }, description),
      ),
    );
    this.menu.replaceChildren(...options);
    if (this.menu.hidden) this.text.removeAttribute("aria-activedescendant");
    else this.text.setAttribute("aria-activedescendant", `${this.menu.id}-${this.chosen}`);
    options[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  closeMenu() {
    this.matches = [];
    this.showMenu();
  }

  complete() {
    this.useCommand(`/${this.matches[this.chosen].command}`);
  }

  // Send a command. In a group it names the bot, because other bots could be members, too.
  useCommand(command) {
    const full =
      this.chat.isGroup && !command.includes("@") ? `${command}@${this.chat.botUsername}` : command;
    this.text.value = full;
    this.send();
  }

  onKey(event) {
    const open = !this.menu.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.chosen = (this.chosen + step + this.matches.length) % this.matches.length;
      this.showMenu();
    } else if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.complete();
    } else if (event.key === "Escape") {
      if (open) this.closeMenu();
      else if (!this.context.hidden) this.clearContext();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (open) this.complete();
      else this.send();
    } else if (event.key === "ArrowUp" && !this.text.value) {
      event.preventDefault();
      this.chat.focusLast();
    }
  }

  async send() {
    const text = this.text.value.trim();
    if (this.busy || (!text && !this.files.length && !this.editing)) return;
    this.busy = true;
    this.sendButton.disabled = true;
    this.closeMenu();
    try {
      if (this.editing)
        await runAction("edit", { chat_id: this.chat.chatId, message_id: this.editing.message_id, text });
      else if (this.files.length) await this.sendFiles(text);
      else await sendMessage({ ...this.address(), text });
      this.reset();
    } catch (error) {
      toast(
        error instanceof TypeError ? "The playground did not answer. Is it still running?" : error.message,
        "bad",
      );
    } finally {
      this.busy = false;
      this.sendButton.disabled = false;
    }
  }

  address() {
    return {
      chat_id: this.chat.chatId,
      thread_id: this.chat.topicId || "",
      user_id: this.chat.speakerId,
      reply_to: this.replyTo?.message_id,
    };
  }

  // Send each file. Stickers and round videos have no caption: then the text follows as its own message.
  async sendFiles(text) {
    const captioned = carriesCaption(this.kind);
    const groupId = this.files.length > 1 && makesAlbum(this.kind) ? String(Date.now()) : "";
    for (const [index, { file }] of this.files.entries()) {
      const caption = index === 0 && captioned ? text : "";
      const fields = { ...this.address(), media_group_id: groupId, caption };
      await sendMessage(...(await prepareFile(file, this.kind, fields)));
    }
    if (text && !captioned) await sendMessage({ ...this.address(), text });
  }

  reset() {
    for (const { address } of this.files) URL.revokeObjectURL(address);
    this.files = [];
    this.editing = this.replyTo = null;
    this.context.hidden = true;
    this.text.value = "";
    this.showTray();
    this.grow();
    this.text.focus();
  }
}
