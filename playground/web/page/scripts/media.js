// Pictures into the sizes Telegram offers, covers out of videos.

const LONG_SIDES = [90, 320, 800, 1280];

async function draw(source, width, height, longSide) {
  const scale = Math.min(1, longSide / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.87);
  });
}

// The sizes of a photo, smallest first; null when this browser cannot read it.
export async function makePhotoSizes(file, longSides = LONG_SIDES) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const { width, height } = bitmap;
  const longest = Math.max(width, height);
  const sides = longSides.filter((side) => side < longest);
  if (longest <= longSides.at(-1)) sides.push(longest);
  const sizes = [];
  for (const side of sides) sizes.push(await draw(bitmap, width, height, side));
  bitmap.close();
  return sizes;
}

// A frame from near the start of a video; null when this browser cannot play it.
export async function makeVideoCover(file) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      video.onseeked = resolve;
      video.onerror = () => reject(new Error("no video"));
      video.onloadeddata = () => {
        video.currentTime = Math.min(0.1, video.duration / 2 || 0);
      };
      setTimeout(() => reject(new Error("too slow")), 8000);
    });
    return await draw(video, video.videoWidth, video.videoHeight, 320);
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(video.src);
  }
}
