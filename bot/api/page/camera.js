// The camera, and small JPEG pictures of what it sees.

const LONGEST_SIDE = 640; // pixels: more tells the classifier nothing about a face this close
const QUALITY = 0.75;

export class Camera {
  #video;
  #canvas = document.createElement("canvas");
  #stream = null;
  facing = "user";

  constructor(video) {
    this.#video = video;
  }

  get isMirrored() {
    return this.facing === "user";
  }

  // Throws what getUserMedia throws.
  async open() {
    if (!navigator.mediaDevices) throw new DOMException("no camera in this context", "NotFoundError");
    this.close();
    const video = { facingMode: this.facing, width: { ideal: 640 }, height: { ideal: 480 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  async turn() {
    this.facing = this.isMirrored ? "environment" : "user";
    await this.open();
  }

  async countCameras() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === "videoinput").length;
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.#canvas.width = this.#canvas.height = 0; // nothing of the last picture stays
  }

  // A JPEG of what is seen now, with its size.
  async take() {
    const { videoWidth, videoHeight } = this.#video;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
    const width = Math.round(videoWidth * scale);
    const height = Math.round(videoHeight * scale);
    if (!width || !height) return null;
    Object.assign(this.#canvas, { width, height });
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, width, height);
    const blob = await new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob && { blob, size: { width, height } };
  }
}
