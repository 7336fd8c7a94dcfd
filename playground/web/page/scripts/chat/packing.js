// What a file can be sent as, and the parts that then travel.

import { h, icon, toast } from "../dom.js";
import { makePhotoSizes, makeSticker, makeVideoCover } from "../media.js";

const SMALL = 320;

// "picture", "gif", "clip", "sticker" (a moving one) or "other".
function sortOf(file) {
  if (file.type === "image/gif") return "gif";
  if (file.type.startsWith("image/") && file.type !== "image/svg+xml") return "picture";
  if (file.type.startsWith("video/")) return "clip";
  return /\.tgs$/i.test(file.name) ? "sticker" : "other";
}

// What these files can be sent as together: [value, label, icon], the usual one first.
export function listKinds(files) {
  const sorts = new Set(files.map(sortOf));
  const several = files.length > 1 ? "s" : "";
  const only = (...wanted) => sorts.size > 0 && [...sorts].every((sort) => wanted.includes(sort));
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

// The choice as radio buttons with icons.
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
  if (sortOf(file) === "clip") return makeVideoCover(file, square);
  return file.type.startsWith("image/") ? ((await makePhotoSizes(file, [SMALL])) ?? [null])[0] : null;
}

// [fields, parts] for `sendMessage`.
export async function pack(file, kind, fields) {
  const sort = sortOf(file);
  if (kind === "media" && sort === "picture") {
    const sizes = await makePhotoSizes(file);
    if (sizes) return [fields, sizes.map((size, index) => ["size", size, `size-${index}.jpg`])];
    toast(`${file.name}: this browser cannot open it as a photo, so it went as a file.`);
    kind = "file";
  }
  if (kind === "sticker" && sort === "picture") {
    const sticker = await makeSticker(file);
    if (sticker) return [{ ...fields, as: "sticker" }, [["file", sticker, "sticker.webp"]]];
    throw new Error(`${file.name}: this browser cannot open it as a picture.`);
  }
  const cover = await makeCover(file, kind === "video_note");
  const parts = [["file", file, file.name || "picture"]];
  if (cover) parts.push(["thumbnail", cover, "cover.jpg"]);
  return [{ ...fields, as: kind === "media" ? "video" : kind }, parts];
}
