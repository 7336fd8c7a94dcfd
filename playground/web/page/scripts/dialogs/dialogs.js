// Dialogs on top of the chats: enlarged photos, the bot's alerts, the camera.

import { fileAddress } from "../api.js";
import { h, iconButton, toast } from "../dom.js";
import { renderText } from "../entities.js";

export function openDialog(className, label, ...children) {
  const dialog = h("dialog", { class: className, "aria-label": label }, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  // A click beside the content hits the dialog element itself: close it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function showAlert(name, text) {
  const close = h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, "OK");
  const dialog = openDialog(
    "alert",
    `${name} says`,
    h("h2", {}, name),
    h("p", { dir: "auto" }, text),
    h("div", { class: "dialog-actions" }, close),
  );
  close.focus();
}

// Enlarge a photo. `messages`: all photos of the album; `index`: the photo to show first.
export function enlarge(messages, index) {
  const image = h("img", { alt: "" });
  const caption = h("p", { class: "lightbox-caption", dir: "auto" });
  const count = h("span", { class: "lightbox-count" });
  const show = (to) => {
    index = (to + messages.length) % messages.length;
    const message = messages[index];
    image.src = fileAddress(message.photo.at(-1).file_id);
    image.alt = message.caption ?? "Photo";
    caption.replaceChildren(...renderText(message.caption ?? "", message.caption_entities));
    count.textContent = messages.length > 1 ? `${index + 1} of ${messages.length}` : "";
  };
  const several = messages.length > 1;
  const dialog = openDialog(
    "lightbox",
    "Enlarged photo",
    h(
      "div",
      { class: "lightbox-bar" },
      count,
      iconButton("close", "Close", () => dialog.close()),
    ),
    h(
      "div",
      { class: "lightbox-stage" },
      several && iconButton("previous", "Previous photo", () => show(index - 1), "lightbox-step"),
      image,
      several && iconButton("next", "Next photo", () => show(index + 1), "lightbox-step"),
    ),
    caption,
  );
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(index - 1);
    if (event.key === "ArrowRight") show(index + 1);
  });
  dialog.querySelector(".lightbox-stage").addEventListener("click", (event) => {
    if (event.target === event.currentTarget) dialog.close();
  });
  show(index);
}

const REFUSALS = {
  NotAllowedError:
    "The browser did not allow the camera. You can allow it beside the address, or choose a photo.",
  NotFoundError: "No camera was found. You can choose a photo instead.",
  NotReadableError: "The camera is in use by another program. You can choose a photo instead.",
};

// Open the camera; `onPicture` gets the picture as a File.
export async function openCamera(onPicture) {
  let stream = null;
  let facing = "user";
  const video = h("video", { playsinline: true, muted: true, autoplay: true });
  const start = async () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: facing, width: { ideal: 1920 } },
    });
    video.srcObject = stream;
  };
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError");
    await start();
  } catch (error) {
    toast(REFUSALS[error.name] ?? "The camera could not be opened. You can choose a photo instead.");
    return;
  }
  const shoot = () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (blob) onPicture(new File([blob], "camera.jpg", { type: "image/jpeg" }));
        dialog.close();
      },
      "image/jpeg",
      0.92,
    );
  };
  const flip = () => {
    facing = facing === "user" ? "environment" : "user";
    start().catch(() => toast("There is no other camera."));
  };
  const shutter = h("button", {
    type: "button",
    class: "shutter",
    "aria-label": "Take the picture",
    onclick: shoot,
  });
  const dialog = openDialog(
    "camera",
    "Camera",
    video,
    h(
      "div",
      { class: "camera-bar" },
      iconButton("close", "Close the camera", () => dialog.close()),
      shutter,
      iconButton("flip", "Other camera", flip),
    ),
  );
  dialog.addEventListener("close", () => stream.getTracks().forEach((track) => track.stop()));
  shutter.focus();
}
