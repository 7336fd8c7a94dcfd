// The kinds of message that a file can become, and the form parts for each kind.

import { h, icon, toast } from "../dom.js";
import { makePhotoSizes, makeSticker, makeVideoCover } from "../media.js";

const COVER_SIDE = 320;

// "picture", "gif", "clip" (a video), "sticker" (an animated one, TGS) or "other".
function mediaTypeOf(file) {
  if (file.type === "image/gif") return "gif";
  if (file.type.startsWith("image/") && file.type !== "image/svg+xml") return "picture";
  if (file.type.startsWith("video/")) return "clip";
  return /\.tgs$/i.test(file.name) ? "sticker" : "other";
}

// The kinds that all these files can be sent as: [value, label, icon], the usual one first.
export function listKinds(files) {
  const types = new Set(files.map(mediaTypeOf));
  const several = files.length > 1 ? "s" : "";
  const only = (...wanted) => types.size > 0 && [...types].every((type) => wanted.includes(type));
  const asFile = ["file", `File${several}`, "file"];
  const asGif = ["animation", `GIF${several}`, "gif"];
  const asSticker = ["sticker", `Sticker${several}`, "sticker"];
  if (only("picture")) return [["media", `Photo${several}`, "photo"], asSticker, asFile];
  if (only("gif")) return [asGif, asFile];
  if (only("sticker")) return [asSticker, asFile];
  if (only("clip")) {
    const kinds = [["media", `Video${several}`, "video"], asGif, ["video_note", "Round", "round"]];
    if (files.every((file) => file.type === "video/webm")) kinds.push(asSticker);
    return [...kinds, asFile];
  }
  return only("picture", "clip") ? [["media", "Photos, videos", "photo"], asFile] : [asFile];
}

export const carriesCaption = (kind) => kind !== "sticker" && kind !== "video_note";
export const makesAlbum = (kind) => kind === "media" || kind === "file";

// Radio buttons with icons to choose the kind.
export function renderKinds(name, kinds, chosen, onChoose) {
  const choices = kinds.map(([value, label, picture]) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onChoose(value) }),
      icon(picture),
      label,
    ),
  );
  return h("fieldset", { class: "segmented" }, h("legend", { class: "unseen-text" }, "Send as"), ...choices);
}

async function makeCover(file, square) {
  if (mediaTypeOf(file) === "clip") return makeVideoCover(file, square);
  return file.type.startsWith("image/") ? ((await makePhotoSizes(file, [COVER_SIDE])) ?? [null])[0] : null;
}

// Return [fields, parts] for `sendMessage`. Throws an Error for the person when the kind is impossible.
export async function prepareFile(file, kind, fields) {
  const mediaType = mediaTypeOf(file);
  if (kind === "media" && mediaType === "picture") {
    const sizes = await makePhotoSizes(file);
    if (sizes) return [fields, sizes.map((size, index) => ["size", size, `size-${index}.jpg`])];
    toast(`${file.name}: this browser cannot open it as a photo, so it went as a file.`);
    kind = "file";
  }
  if (kind === "sticker" && mediaType === "picture") {
    const sticker = await makeSticker(file);
    if (sticker) return [{ ...fields, as: "sticker" }, [["file", sticker, "sticker.webp"]]];
    throw new Error(`${file.name}: this browser cannot open it as a picture.`);
  }
  const cover = await makeCover(file, kind === "video_note");
  const parts = [["file", file, file.name || "picture"]];
  if (cover) parts.push(["thumbnail", cover, "cover.jpg"]);
  return [{ ...fields, as: kind === "media" ? "video" : kind }, parts];
}
