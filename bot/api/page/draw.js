// Boxes with words over the moving picture, and the line of the last half minute. Canvas only, no markup.

export const COLORS = { happy: "#f6b017", sad: "#5eb8f0", unsure: "#e2e2e2" };
const INK = "#17161f";
const LINE_MS = 30_000;
const GAP_MS = 1_500; // without a look for so long the line has a gap

// Fits a canvas to its size on the screen; gives its context, in CSS pixels.
function fit(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// `tracks` in pixels of a picture of `size`; `label` gives a track's words.
export function drawFaces(canvas, tracks, size, isMirrored, label) {
  const { context, width } = fit(canvas);
  const scale = width / size.width;
  for (const track of tracks) {
    const [x, y, across, down] = track.box.map((value) => value * scale);
    const left = isMirrored ? width - x - across : x;
    drawBox(context, left, y, across, down, track.word);
    drawLabel(context, left + across / 2, y, width, label(track), track.word);
  }
}

function drawBox(context, x, y, width, height, word) {
  context.setLineDash(word === "unsure" ? [7, 6] : []);
  for (const [line, color] of [
    [5, INK],
    [3, COLORS[word]],
  ]) {
    context.lineWidth = line;
    context.strokeStyle = color;
    context.beginPath();
    context.roundRect(x, y, width, height, Math.min(14, width / 5));
    context.stroke();
  }
  context.setLineDash([]);
}

// Above the box, or over its upper edge where there is no room: it does not jump as the face moves.
function drawLabel(context, middle, top, widest, text, word) {
  context.font = "600 15px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  const [width, height] = [context.measureText(text).width + 20, 28];
  const y = Math.max(4, top - height - 6);
  const x = Math.max(4, Math.min(middle - width / 2, widest - width - 4));
  context.fillStyle = COLORS[word];
  context.beginPath();
  context.roundRect(x, y, width, height, 14);
  context.fill();
  context.fillStyle = INK;
  context.fillText(text, x + width / 2, y + height / 2 + 1);
}

// What was said of the largest face, kept for half a minute and on this page only.
export class Line {
  #points = [];

  // `happy` between 0 and 1, or null where it is hard to tell or nobody is there.
  add(happy, now) {
    this.#points.push({ happy, now });
    while (this.#points[0].now < now - LINE_MS) this.#points.shift();
  }

  clear() {
    this.#points = [];
  }

  draw(canvas, now) {
    const { context, width, height } = fit(canvas);
    const style = getComputedStyle(canvas);
    const place = ({ happy, now: at }) => [
      width * (1 - (now - at) / LINE_MS),
      6 + (1 - happy) * (height - 12),
    ];
    context.strokeStyle = style.borderTopColor;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, height / 2);
    context.lineTo(width, height / 2);
    context.stroke();
    context.lineWidth = 3;
    context.lineCap = "round";
    for (let n = 1; n < this.#points.length; n++) {
      const [before, point] = [this.#points[n - 1], this.#points[n]];
      if (before.happy === null || point.happy === null || point.now - before.now > GAP_MS) continue;
      context.strokeStyle = COLORS[point.happy >= 0.5 ? "happy" : "sad"];
      context.beginPath();
      context.moveTo(...place(before));
      context.lineTo(...place(point));
      context.stroke();
    }
  }
}
