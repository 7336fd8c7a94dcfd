// Faces followed from picture to picture, with what is said of them made steady. Knows nothing of the page.

const SAME_FACE = 0.25; // overlap of two boxes, their common part of both together
const BOX_MS = 90; // time constants of the smoothing
const ANSWER_MS = 450;
const GONE_MS = 700; // a face that was not seen for so long has left
const SURE = 0.65; // of the looks lately; below UNSURE it becomes hard to tell again
const UNSURE = 0.35;
const HAPPY = 0.58; // the word changes only when the mean is clearly on the other side
const SAD = 0.42;
const SHARE_MS = 400; // a number changes no more often than this
const MOST_SURE = 0.99; // never said with certainty

export class Tracks {
  #tracks = [];
  #next = 1;

  // `faces` as the API answers them; `now` in milliseconds. Gives the faces that are there.
  update(faces, now) {
    const free = new Set(this.#tracks);
    for (const [face, track] of pair(faces, this.#tracks)) {
      free.delete(track);
      follow(track, face, now);
    }
    const known = new Set(this.#tracks.map((track) => track.face));
    for (const face of faces) if (!known.has(face)) this.#tracks.push(begin(this.#next++, face, now));
    this.#tracks = this.#tracks.filter((track) => now - track.seenAt <= GONE_MS);
    return this.#tracks;
  }

  clear() {
    this.#tracks = [];
  }
}

export function overlap([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (aw * ah + bw * bh - width * height);
}

// The best overlaps first; each face and each track once.
function pair(faces, tracks) {
  const pairs = faces.flatMap((face) =>
    tracks.map((track) => ({ face, track, value: overlap(face.box, track.face.box) })),
  );
  pairs.sort((one, other) => other.value - one.value);
  const taken = new Set();
  const found = [];
  for (const { face, track, value } of pairs) {
    if (value < SAME_FACE || taken.has(face) || taken.has(track)) continue;
    taken.add(face).add(track);
    found.push([face, track]);
  }
  return found;
}

function begin(id, face, now) {
  const track = {
    id,
    face,
    seenAt: now,
    box: [...face.box],
    happy: face.probability_happy,
    sureness: face.sure ? 1 : 0,
    word: "unsure",
    sharedAt: -Infinity,
    share: 0,
  };
  track.isHappy = track.happy >= 0.5;
  track.isSure = face.sure;
  return say(track, now);
}

function follow(track, face, now) {
  const toBox = 1 - Math.exp(-(now - track.seenAt) / BOX_MS);
  const toAnswer = 1 - Math.exp(-(now - track.seenAt) / ANSWER_MS);
  track.box = track.box.map((value, side) => value + toBox * (face.box[side] - value));
  track.happy += toAnswer * (face.probability_happy - track.happy);
  track.sureness += toAnswer * ((face.sure ? 1 : 0) - track.sureness);
  track.face = face;
  track.seenAt = now;
  if (track.happy >= HAPPY) track.isHappy = true;
  else if (track.happy <= SAD) track.isHappy = false;
  if (track.sureness >= SURE) track.isSure = true;
  else if (track.sureness <= UNSURE) track.isSure = false;
  say(track, now);
}

function say(track, now) {
  const word = track.isSure ? (track.isHappy ? "happy" : "sad") : "unsure";
  if (word === track.word && now - track.sharedAt < SHARE_MS) return track;
  const share = track.isHappy ? track.happy : 1 - track.happy;
  track.word = word;
  track.share = Math.min(MOST_SURE, Math.max(0.5, share));
  track.sharedAt = now;
  return track;
}
