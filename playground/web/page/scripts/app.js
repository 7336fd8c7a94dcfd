// Start the page, and keep it up to date with the playground's events.

import { getBotStatus, getState, listen } from "./api.js";
import { ChatPane } from "./chat/chat.js";
import { h, icon } from "./dom.js";
import { openSettings } from "./dialogs/settings.js";

const BOT_STATUS_INTERVAL = 4000; // milliseconds
const KINDS = ["private", "group"];

const panes = {};
const tabs = {};
let state;
let source;
let reloading = null;

function paneOf(chatId) {
  return Object.values(panes).find((pane) => pane.stores.has(chatId));
}

function showTab(kind) {
  for (const name of KINDS) {
    tabs[name].setAttribute("aria-selected", String(name === kind));
    tabs[name].tabIndex = name === kind ? 0 : -1;
    panes[name].element.classList.toggle("current", name === kind);
  }
  tabs[kind].querySelector(".badge").hidden = true;
  panes[kind].scrollToEnd(false);
}

function nameTabs() {
  for (const kind of KINDS)
    if (tabs[kind]) tabs[kind].firstElementChild.textContent = panes[kind].name.textContent;
}

function buildTabs() {
  for (const kind of KINDS) {
    tabs[kind] = h(
      "button",
      { type: "button", role: "tab", "aria-controls": `chat-${kind}`, onclick: () => showTab(kind) },
      h("span", {}),
      h("span", { class: "badge", hidden: true, "aria-label": "new messages" }),
    );
  }
  nameTabs();
  const bar = document.getElementById("tabs");
  bar.append(...KINDS.map((kind) => tabs[kind]));
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = KINDS.find((kind) => tabs[kind].getAttribute("aria-selected") === "false");
    showTab(other);
    tabs[other].focus();
  });
}

function markUnread(pane) {
  const hidden = getComputedStyle(pane.element).display === "none";
  if (hidden) tabs[pane.kind].querySelector(".badge").hidden = false;
}

// Link to the bot's live camera page; hidden until the bot has told the playground its URL.
function linkLivePage() {
  const link = document.getElementById("open-live");
  link.hidden = !state.live_url;
  if (state.live_url) link.href = state.live_url;
}

// Load the state again. Several events within 60 ms cause one request.
function reload() {
  reloading ??= setTimeout(async () => {
    reloading = null;
    state = await getState();
    for (const pane of Object.values(panes)) pane.update(state);
    linkLivePage();
  }, 60);
}

function onEvent({ kind, data }) {
  const pane = paneOf(data.chat_id ?? data.chat?.id);
  if (kind === "message" && pane) {
    pane.put(data);
    markUnread(pane);
  } else if (kind === "edit") pane?.put(data);
  else if (kind === "delete") pane?.removeMessage(data);
  else if (kind === "action") pane?.showAction(data);
  else if (kind === "answer") pane?.takeAnswer(data);
  else if (["reset", "chat", "commands", "profile"].includes(kind)) {
    // A group that became a supergroup has a new identifier: keep showing it.
    if (data.replaces && panes.group.chosen.chat === data.replaces) panes.group.chosen.chat = data.chat_id;
    reload();
  }
}

function showBotStatus(reachable, connected = false) {
  const status = document.getElementById("pulse");
  const words = reachable ? (connected ? "Bot connected" : "No bot yet") : "Stopped";
  if (status.textContent !== words) status.textContent = words;
  status.dataset.state = reachable ? (connected ? "good" : "waiting") : "gone";
}

async function checkBot() {
  try {
    showBotStatus(true, (await getBotStatus()).connected);
    // A closed EventSource, unlike a broken one, does not connect again by itself.
    if (source.readyState === EventSource.CLOSED) subscribe(state.number);
  } catch {
    showBotStatus(false);
  }
}

function subscribe(since) {
  let wasLost = false;
  source = listen(since, onEvent, (isOpen) => {
    if (isOpen && wasLost) reload(); // events may have been missed
    wasLost = !isOpen;
    if (!isOpen) showBotStatus(false);
    else checkBot();
  });
}

async function start() {
  state = await getState();
  for (const kind of KINDS) {
    panes[kind] = new ChatPane(kind, state, nameTabs);
    document.getElementById("chats").append(panes[kind].element);
  }
  buildTabs();
  showTab("private");
  document.getElementById("open-live").append(icon("live"));
  linkLivePage();
  const settings = document.getElementById("open-settings");
  settings.append(icon("settings"));
  settings.addEventListener("click", async () => {
    const newest = await getState();
    const find = ({ chatId }) => newest.chats.find(({ id }) => id === chatId);
    openSettings(newest, find(panes.private), find(panes.group));
  });
  // By default a browser opens a dropped file in place of the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  showBotStatus(true, state.connected);
  subscribe(state.number);
  setInterval(checkBot, BOT_STATUS_INTERVAL);
  document.documentElement.dataset.ready = "true"; // tests wait for this
}

start();
