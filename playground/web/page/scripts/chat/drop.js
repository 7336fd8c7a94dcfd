// Drag and drop of files onto a chat: one zone sends photos, the other unchanged files.

import { h, icon } from "../dom.js";

export function buildDropZones() {
  return h(
    "div",
    { class: "drop", hidden: true },
    h("div", { dataset: { as: "photo" } }, icon("photo"), "Send as a photo"),
    h("div", { dataset: { as: "file" } }, icon("file"), "Send as a file"),
  );
}

export function listenToDrops(element, zones, addFiles) {
  element.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zones.hidden = false;
    const zone = event.target.closest?.("[data-as]");
    for (const other of zones.children) other.classList.toggle("over", other === zone);
  });
  element.addEventListener("dragleave", (event) => {
    if (!element.contains(event.relatedTarget)) zones.hidden = true;
  });
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    zones.hidden = true;
    const asFiles = event.target.closest?.("[data-as]")?.dataset.as === "file";
    if (event.dataTransfer.files.length) addFiles(event.dataTransfer.files, asFiles);
  });
}
