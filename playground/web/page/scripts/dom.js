// Build elements without innerHTML: texts of people and bots are inserted as text, never as HTML.

// Create an element (h for "hyperscript"): `on...` adds a listener, false and null leave a property or child out.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && !name.startsWith("aria") && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

// SVG paths of the icons, in a box of 24 x 24.
const PATHS = {
  send: "M4 11.5 20 4l-5 16-3.5-6.5L4 11.5ZM11.5 13.5 20 4",
  attach:
    "m20 11-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.700 4.700L9.700 16.700a1.600 1.600 0 0 1-2.3-2.3l7.600-7.600",
  camera: "M4 8h3l1.5-2.5h7L17 8h3v11H4V8Zm8 8.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
  live: "M3.500 6h12v12h-12V6Zm12 4.500 5-2.500v8l-5-2.500M9.500 10.500v3m-1.500-1.500h3",
  reply: "M10 6 4 12l6 6v-4c5 0 8 1.5 10 5 0-6-3.5-9-10-9V6Z",
  edit: "m4 20 1-4L16 5l3 3L8 19l-4 1ZM14 7l3 3",
  delete: "M5 7h14M10 7V4.5h4V7m-7 0 1 12.5h8L17 7",
  close: "m6 6 12 12M18 6 6 18",
  settings: "M4 7h9m4 0h3M4 17h3m4 0h9M15 9.5v-5M9 19.5v-5",
  hidden:
    "M4 4l16 16M9.5 6.3A9 9 0 0 1 12 6c4.5 0 7.5 3.5 9 6a16 16 0 0 1-2.600 3.200M6 8a16 16 0 0 0-3 4c1.5 2.5 4.5 6 9 6a8.5 8.5 0 0 0 3.800-.9M10 10a2.800 2.800 0 0 0 4 4",
  file: "M7 3.5h7L18 8v12.5H7v-17Zm7 0V8h4",
  plus: "M12 5v14M5 12h14",
  sticker:
    "M6 4h12a2 2 0 0 1 2 2v8l-6 6H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Zm8 16v-4a2 2 0 0 1 2-2h4M9 9.5h.01M15 9.5h.01",
  video: "M3.500 6h12v12h-12V6Zm12 4.500 5-2.500v8l-5-2.500",
  gif: "M4 5h16v14H4V5Zm6.500 5.500H8.700a1.500 1.500 0 0 0 0 3h1.600V12M13.200 10.500v3m2.500 0v-3h2m-2 1.600h1.500",
  round: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm-2-11 5 3-5 3V9Z",
  group:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.500 8c0-3 2-5 5.500-5s5.500 2 5.500 5M15.500 5.300a3 3 0 0 1 0 5.400M17 14.300c2.200.6 3.500 2.300 3.500 4.700",
  supergroup:
    "M12 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM6.500 19c0-3.200 2-5.500 5.500-5.500s5.500 2.300 5.500 5.500M5.500 11.500a2 2 0 1 0 0-4M18.500 11.500a2 2 0 1 1 0-4M3 17c0-1.500.5-2.500 1.500-3.200M21 17c0-1.500-.5-2.500-1.500-3.200",
  forum: "M9 4 7 20M17 4l-2 16M4.500 9h16M3.500 15h16",
  channel: "M4 10v4h3l8 4.500v-13L7 10H4Zm14-1a4 4 0 0 1 0 6M8 14l1.500 5",
  photo: "M4 5h16v14H4V5Zm0 11 4.5-4.5 3.5 3.5 3-3 5 5M15 9.5h.01",
  previous: "m14.5 5-7 7 7 7",
  next: "m9.5 5 7 7-7 7",
  flip: "M4 9a8 8 0 0 1 14-3l2 2V3m0 12a8 8 0 0 1-14 3l-2-2v5",
  open: "M9 5H5v14h14v-4M13 5h6v6m0-6-8 8",
  down: "m6 10 6 6 6-6",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, extra = "") {
  return h(
    "button",
    { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, onclick },
    icon(name),
  );
}

export function formatSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function formatTime(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function toast(text, kind = "") {
  const note = h("p", { class: `toast ${kind}`, dir: "auto" }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), Math.max(4000, 60 * text.length));
}
