// Make the sizes of a photo, stickers, and covers of videos, as Telegram's apps and servers do.

const LONG_SIDES = [90, 320, 800, 1280]; // pixels; close to s, m, x and y of https://core.telegram.org/api/files
const COVER_SIDE = 320;
const STICKER_SIDE = 512;

function toBlob(canvas, type) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), type, 0.87);
  });
}

function getContext2d(canvas, width, height) {
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  return context;
}

// A picture as JPEG, no larger than it is. On white, as JPEG has no transparency.
async function draw(source, width, height, longSide) {
  const scale = Math.min(1, longSide / Math.max(width, height));
  const canvas = document.createElement("canvas");
  const context = getContext2d(canvas, width * scale, height * scale);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return toBlob(canvas, "image/jpeg");
}

// The square in the middle of a picture, as JPEG.
async function drawSquare(source, width, height, side) {
  const short = Math.min(width, height);
  const canvas = document.createElement("canvas");
  const context = getContext2d(canvas, side, side);
  context.drawImage(source, (width - short) / 2, (height - short) / 2, short, short, 0, 0, side, side);
  return toBlob(canvas, "image/jpeg");
}

// The sizes of a photo as JPEG, smallest first; null when this browser cannot decode the file.
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

// A picture as a sticker: WebP with transparency, 512 pixels on its long side; null when it cannot be decoded.
export async function makeSticker(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const scale = STICKER_SIDE / Math.max(bitmap.width, bitmap.height);
  const canvas = document.createElement("canvas");
  const context = getContext2d(canvas, bitmap.width * scale, bitmap.height * scale);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return toBlob(canvas, "image/webp");
}

// A frame from near the start of a video; null when this browser cannot play it.
export async function makeVideoCover(file, square = false) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      video.onseeked = resolve;
      video.onerror = () => reject(new Error("no video"));
      video.onloadeddata = () => {
        // The very first frame is often black.
        video.currentTime = Math.min(0.1, video.duration / 2 || 0);
      };
      setTimeout(() => reject(new Error("too slow")), 8000);
    });
    const crop = square ? drawSquare : draw;
    return await crop(video, video.videoWidth, video.videoHeight, COVER_SIDE);
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(video.src);
  }
}
