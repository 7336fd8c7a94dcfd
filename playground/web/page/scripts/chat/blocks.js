// Render messages as bubbles. A block is one message, or all messages of an album.

import { fileAddress } from "../api.js";
import { formatSize, formatTime, h, icon, iconButton } from "../dom.js";
import { renderText } from "../entities.js";

const MAX_WIDTH = 420;
const MAX_HEIGHT = 400;
const KINDS = { sticker: "Sticker", video: "Video", animation: "GIF", video_note: "Video message" };

export function blockKey(message) {
  return message.media_group_id ? `album-${message.media_group_id}` : `message-${message.message_id}`;
}

// Describe a message in a few words, for quotes and for screen readers.
export function summarise(message) {
  const text = message.text ?? message.caption;
  if (text) return text;
  if (message.photo) return "Photo";
  if (message.document && !message.animation) return message.document.file_name || "File";
  const kind = Object.keys(KINDS).find((name) => name in message);
  return kind ? KINDS[kind] : "Message";
}

// The smallest size that has `wanted` pixels on its long side, else the largest.
export function pickSize(sizes, wanted) {
  return sizes.find((size) => Math.max(size.width, size.height) >= wanted) ?? sizes.at(-1);
}

function serviceText(message, view) {
  const actor = view.nameOf(message);
  if (message.new_chat_members)
    return `${actor} added ${message.new_chat_members.map((user) => user.first_name).join(", ")}`;
  if (message.left_chat_member) {
    const gone = message.left_chat_member;
    return gone.id === message.sender_id ? `${gone.first_name} left` : `${actor} removed ${gone.first_name}`;
  }
  if (message.migrate_to_chat_id) return "This group became a supergroup";
  if (message.migrate_from_chat_id) return "This supergroup grew out of a group";
  if (message.forum_topic_created) return `${actor} opened the topic “${message.forum_topic_created.name}”`;
  return null;
}

function renderQuote(message, view) {
  const quoted = message.reply_to_message;
  if (!quoted || quoted.forum_topic_created) return null;
  const cover = (quoted.document ?? quoted.video ?? quoted.sticker)?.thumbnail;
  const sizes = quoted.photo ?? (cover && [cover]);
  const jump = () => view.jumpTo(quoted.message_id);
  const name = view.nameOf({ ...quoted, sender_id: quoted.from?.id ?? quoted.sender_chat?.id });
  return h(
    "button",
    {
      type: "button",
      class: "quote",
      onclick: jump,
      "aria-label": `In reply to ${name}: ${summarise(quoted)}`,
    },
    sizes &&
      h("img", {
        class: "quote-thumb",
        src: fileAddress(pickSize(sizes, 80).file_id),
        alt: "",
        width: "36",
        height: "36",
      }),
    h("span", { class: "quote-words" }, h("b", {}, name), h("span", { dir: "auto" }, summarise(quoted))),
  );
}

function renderPhoto(message, view) {
  const shown = pickSize(message.photo, 640);
  const label = `Enlarge the photo ${message.caption ?? ""}`.trim();
  const image = h("img", {
    src: fileAddress(shown.file_id),
    alt: message.caption ?? "Photo",
    loading: "lazy",
  });
  // Reserve the space before the picture is loaded, so that the log does not jump.
  image.style.width = `${Math.min(shown.width, MAX_WIDTH, (MAX_HEIGHT * shown.width) / shown.height)}px`;
  image.style.aspectRatio = `${shown.width} / ${shown.height}`;
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "lost" }, "No longer kept")));
  const open = () => view.enlarge(message);
  return h("button", { type: "button", class: "photo", "aria-label": label, onclick: open }, image);
}

function renderDocument(message) {
  const file = message.document;
  const isPicture = /^image\/(jpeg|png|webp|gif)$/.test(file.mime_type ?? "");
  const thumb = file.thumbnail ?? (isPicture && file.file_size < 8e6 ? file : null);
  const picture = thumb && h("img", { src: fileAddress(thumb.file_id), alt: "", loading: "lazy" });
  picture?.addEventListener("error", () => picture.replaceWith(icon("file")));
  return h(
    "a",
    {
      class: "document",
      href: fileAddress(file.file_id),
      target: "_blank",
      rel: "noopener",
      download: file.file_name || "file",
    },
    h("span", { class: "document-picture" }, picture || icon("file")),
    h(
      "span",
      { class: "document-words" },
      h("b", { dir: "auto" }, file.file_name || "File"),
      h("span", {}, formatSize(file.file_size)),
    ),
  );
}

function renderClip(message, clip) {
  return h("video", {
    class: message.video_note ? "video round" : "video",
    src: fileAddress(clip.file_id),
    poster: clip.thumbnail ? fileAddress(clip.thumbnail.file_id) : undefined,
    controls: true,
    preload: "none",
    "aria-label": summarise(message),
  });
}

// Telegram converts a GIF to MP4, the playground does not: try it as a picture, then as a video.
function renderAnimation(message) {
  const image = h("img", { class: "video", src: fileAddress(message.animation.file_id), alt: "GIF" });
  image.addEventListener("error", () => image.replaceWith(renderClip(message, message.animation)));
  return image;
}

function renderSticker(sticker) {
  const alt = `Sticker ${sticker.emoji ?? ""}`;
  const shown = sticker.is_animated || sticker.is_video ? sticker.thumbnail : sticker;
  if (!shown)
    return h("span", { class: "sticker emoji", role: "img", "aria-label": alt }, sticker.emoji ?? "🙂");
  return h("img", { class: "sticker", src: fileAddress(shown.file_id), alt });
}

function renderMedia(message, view) {
  if (message.photo) return renderPhoto(message, view);
  if (message.animation) return renderAnimation(message);
  const clip = message.video ?? message.video_note;
  if (clip) return renderClip(message, clip);
  if (message.sticker) return renderSticker(message.sticker);
  return message.document ? renderDocument(message) : null;
}

function renderKeyboard(message, view) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  const renderKey = (key) => {
    if (key.url)
      return h(
        "a",
        {
          class: "key",
          href: /^https?:/i.test(key.url) ? key.url : undefined,
          target: "_blank",
          rel: "noopener noreferrer",
          dir: "auto",
        },
        key.text,
        icon("open"),
      );
    return h(
      "button",
      {
        type: "button",
        class: "key",
        dir: "auto",
        onclick: (event) => view.press(message, key, event.currentTarget),
      },
      key.text,
    );
  };
  return h(
    "div",
    { class: "keyboard", role: "group", "aria-label": "Buttons" },
    ...rows.map((row) => h("div", { class: "keyboard-row" }, ...row.map(renderKey))),
  );
}

function renderTools(message, view, own) {
  const canEdit = own && (message.text || message.caption || message.photo);
  return h(
    "div",
    { class: "tools" },
    iconButton("reply", "Reply", () => view.reply(message)),
    canEdit &&
      iconButton("edit", message.text ? "Edit the text" : "Edit the caption", () => view.edit(message)),
    own && iconButton("delete", "Delete", () => view.remove(message)),
  );
}

function renderMeta(messages, captioned) {
  const last = messages.at(-1);
  const hidden = messages.some((message) => !message.seen_by_bot);
  const why = "Privacy mode: the bot was not shown this";
  return h(
    "span",
    { class: "meta" },
    hidden && h("span", { class: "unseen", title: why, role: "img", "aria-label": why }, icon("hidden")),
    captioned?.edit_date && "edited ",
    h("time", { datetime: new Date(last.date * 1000).toISOString() }, formatTime(last.date)),
  );
}

// `view`: names and speaker of the chat, and the functions that buttons call, see ChatPane.
export function renderBlock(messages, view) {
  const first = messages[0];
  const service = serviceText(first, view);
  const dataset = { key: blockKey(first), id: String(first.message_id) };
  if (service) return h("div", { class: "service", dataset }, h("span", {}, service));
  const own = first.sender_id === view.speakerId;
  const fromBot = first.sender_id === view.botId;
  const captioned = messages.find((message) => message.caption || message.text);
  const entities = captioned?.entities ?? captioned?.caption_entities;
  const media = messages.map((message) => renderMedia(message, view)).filter(Boolean);
  const photos = messages.every((message) => message.photo);
  const reactions = messages.flatMap((message) => message.reactions);
  const forwarded = first.forward_origin;
  const bare = first.sticker || first.video_note ? " bare" : "";
  const bubble = h(
    "div",
    { class: `bubble${media.length && photos ? " with-photo" : ""}${bare}` },
    view.isGroup &&
      !own &&
      h("span", { class: "name", dataset: { hue: view.hueOf(first) } }, view.nameOf(first)),
    forwarded &&
      h(
        "span",
        { class: "forwarded" },
        `Forwarded from ${forwarded.sender_user?.first_name ?? forwarded.sender_user_name ?? forwarded.chat?.title ?? forwarded.sender_chat?.title}`,
      ),
    renderQuote(first, view),
    media.length > 0 &&
      h(
        "div",
        { class: photos && media.length > 1 ? `album album-${Math.min(media.length, 4)}` : "media" },
        ...media,
      ),
    captioned &&
      h(
        "div",
        { class: "text", dir: "auto" },
        ...renderText(captioned.text ?? captioned.caption, entities, view.useCommand),
      ),
    reactions.length > 0 &&
      h(
        "div",
        { class: "reactions" },
        ...reactions.map((emoji) =>
          h("span", { class: "reaction", role: "img", "aria-label": `Reaction ${emoji}` }, emoji),
        ),
      ),
    renderMeta(messages, captioned),
  );
  const side = own ? "own" : "other";
  const label = `${own ? "You" : view.nameOf(first)}: ${media.length > 1 ? `album of ${media.length}` : summarise(captioned ?? first)}`;
  return h(
    "article",
    { class: `block ${side}${fromBot ? " from-bot" : ""}`, dataset, tabindex: "-1", "aria-label": label },
    bubble,
    renderTools(captioned ?? first, view, own),
    renderKeyboard(messages.at(-1), view),
  );
}
