// Opens the camera when asked, has its pictures classified one after the other, shows what was seen.

import { Camera } from "./camera.js";
import { drawFaces, Line } from "./draw.js";
import { classify, Refused } from "./classify.js";
import { Tracks } from "./tracks.js";

const PERIOD_MS = 1000 / 15; // no more pictures than this: a phone stays cool
const NOBODY_MS = 250; // looking for a face takes longest where there is none
const NOBODY_AFTER_MS = 2_000;
const RETRY_MS = 1_000;
const SUMMARY_MS = 1_500; // a screen reader is told no more often than this
const WAITING = ["busy", "worker_unavailable", "rate_limited", "too_many_at_once"];
const CLOSED = ["unauthorized", "expired", "not_admitted"];

const find = (id) => document.getElementById(id);
const words = Object.fromEntries(
  [...find("words").children].map((item) => [item.dataset.word, item.textContent]),
);
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
const camera = new Camera(find("video"));
const tracks = new Tracks();
const line = new Line();
let run = 0; // changes when the camera is opened or closed: what still runs of before ends
let summaryAt = -SUMMARY_MS;
let seenAt = 0;
let looks = [];

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, Math.max(0, milliseconds)));
const label = ({ word, share }) => (word === "unsure" ? words.unsure : `${words[word]} ${percent.format(share)}`);

function showTrouble(text = "") {
  if (find("trouble").textContent !== text) find("trouble").textContent = text;
}

function whenVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}

function show(answer, size, now) {
  const faces = tracks.update(answer.faces, now);
  drawFaces(find("boxes"), faces, size, camera.isMirrored, label);
  const largest = faces.toSorted((one, other) => other.box[2] * other.box[3] - one.box[2] * one.box[3])[0];
  line.add(largest && largest.word !== "unsure" ? largest.happy : null, now);
  line.draw(find("line"), now);
  if (faces.length) seenAt = now;
  if (now - summaryAt < SUMMARY_MS) return;
  summaryAt = now;
  const text = faces.length ? faces.map(label).join(" · ") : words["no-face"];
  if (find("summary").textContent !== text) find("summary").textContent = text;
}

// How many pictures of the last second were answered, and how long the middle one took.
function showRate(took, now) {
  looks = [...looks.filter(({ at }) => at > now - 1000), { at: now, took }];
  const middle = looks.map((look) => look.took).sort((one, other) => one - other)[looks.length >> 1];
  find("rate").textContent = `${looks.length}/s · ${Math.round(middle)} ms`;
}

// Gives how long to wait before the next picture.
async function look(mine) {
  const begun = performance.now();
  const taken = await camera.take();
  if (mine !== run) return 0; // stopped while the picture was packed: it is not sent
  if (!taken) return RETRY_MS / 10;
  const answer = await classify(taken.blob);
  if (mine !== run) return 0;
  const now = performance.now();
  showTrouble();
  show(answer, taken.size, now);
  showRate(now - begun, now);
  return (now - seenAt > NOBODY_AFTER_MS ? NOBODY_MS : PERIOD_MS) - (now - begun);
}

async function keepLooking(mine) {
  while (mine === run) {
    await whenVisible();
    let wait = RETRY_MS;
    try {
      wait = await look(mine);
    } catch (error) {
      if (mine !== run) return;
      if (error instanceof Refused && CLOSED.includes(error.kind)) {
        close();
        showTrouble(error.kind === "not_admitted" ? words["not-admitted"] : words.expired);
        return;
      }
      wait = error instanceof Refused ? error.wait : RETRY_MS;
      const isWaiting = error instanceof Refused && WAITING.includes(error.kind);
      showTrouble(isWaiting ? words.busy : words.unreachable);
    }
    await sleep(wait);
  }
}

function sizePicture() {
  const { videoWidth, videoHeight } = find("video");
  if (videoWidth && videoHeight) find("picture").style.aspectRatio = `${videoWidth} / ${videoHeight}`;
  find("picture").classList.toggle("mirrored", camera.isMirrored);
}

async function open(openCamera) {
  const mine = ++run;
  const buttons = document.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  showTrouble();
  try {
    await openCamera();
    find("before").hidden = true;
    find("stage").hidden = false;
    find("summary").textContent = words.starting;
    find("turn").hidden = (await camera.countCameras()) < 2;
    sizePicture();
    seenAt = performance.now();
    summaryAt = -SUMMARY_MS;
    keepLooking(mine);
  } catch (error) {
    close();
    showTrouble(error.name === "NotAllowedError" ? words.denied : words.missing);
  } finally {
    for (const button of buttons) button.disabled = false;
    find(find("stage").hidden ? "open" : "stop").focus();
  }
}

function close() {
  run++;
  camera.close();
  tracks.clear();
  line.clear();
  looks = [];
  for (const id of ["summary", "rate"]) find(id).textContent = "";
  find("stage").hidden = true;
  find("before").hidden = false;
  find("open").focus();
}

find("open").addEventListener("click", () => open(() => camera.open()));
find("turn").addEventListener("click", () => open(() => camera.turn()));
find("stop").addEventListener("click", () => {
  close();
  showTrouble();
});
find("video").addEventListener("resize", sizePicture);
window.addEventListener("pagehide", close);
document.documentElement.dataset.ready = "true";
