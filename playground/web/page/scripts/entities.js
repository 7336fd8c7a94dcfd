// Turn a text and its entities into DOM nodes. Entity offsets count UTF-16 code units, and so do JavaScript strings.

import { h } from "./dom.js";

const TAGS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

// Only web links: a `javascript:` URL in a message must not run.
function safeAddress(address) {
  return /^https?:\/\//i.test(address) ? address : null;
}

function wrap(entity, text, children, onCommand) {
  const covered = text.slice(entity.offset, entity.offset + entity.length);
  if (entity.type in TAGS) return h(TAGS[entity.type], {}, ...children);
  if (entity.type === "text_link" || entity.type === "url") {
    const href = safeAddress(entity.url ?? covered);
    return href
      ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children)
      : h("span", {}, ...children);
  }
  if (entity.type === "bot_command" && onCommand) {
    return h("button", { type: "button", class: "command", onclick: () => onCommand(covered) }, ...children);
  }
  if (entity.type === "spoiler") {
    const reveal = (event) => event.currentTarget.classList.add("shown");
    return h(
      "button",
      { type: "button", class: "spoiler", "aria-label": "Hidden text: show", onclick: reveal },
      ...children,
    );
  }
  return h("span", { class: `entity-${entity.type}` }, ...children);
}

// Return the nodes for text[start:end]; an entity inside another becomes a nested element.
function build(text, entities, start, end, onCommand) {
  const nodes = [];
  let position = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const from = Math.max(entity.offset, position);
    const until = Math.min(entity.offset + entity.length, end);
    let after = index + 1;
    while (after < entities.length && entities[after].offset < until) after += 1;
    if (until > from) {
      if (from > position) nodes.push(text.slice(position, from));
      const inner = entities.slice(index + 1, after);
      nodes.push(wrap(entity, text, build(text, inner, from, until, onCommand), onCommand));
      position = until;
    }
    index = after;
  }
  if (position < end) nodes.push(text.slice(position, end));
  return nodes;
}

export function renderText(text, entities = [], onCommand = null) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, ordered, 0, text.length, onCommand);
}
