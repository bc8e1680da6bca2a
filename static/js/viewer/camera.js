// The visible part of the picture: the point in the middle and the scale. All panes share one camera.

const MAX_SCALE = 64; // CSS pixels per pixel of the picture
const MAX_ENLARGEMENT = 2; // of a picture smaller than its pane, unless it is tiny
const TINY = 256; // pixels of the longer side
const FLIGHT = 260; // milliseconds

const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Camera {
  #changed;
  #flight = 0;
  pane = { width: 1, height: 1 }; // CSS pixels
  scale = 1; // CSS pixels for one pixel of the picture
  x = 0; // the pixel in the middle
  y = 0;

  // width, height: of the picture in pixels. `changed` is called after every motion.
  constructor(width, height, changed) {
    Object.assign(this, { width, height, x: width / 2, y: height / 2 });
    this.#changed = changed;
    this.scale = this.whole;
  }

  get whole() {
    const fit = Math.min(this.pane.width / this.width, this.pane.height / this.height);
    return Math.min(fit, Math.max(MAX_ENLARGEMENT, Math.floor(TINY / Math.max(this.width, this.height))));
  }

  get widthScale() {
    return Math.min(this.pane.width / this.width, MAX_SCALE);
  }

  // Whether the whole picture is visible, as after `fit`.
  get fitted() {
    return Math.abs(this.scale / this.whole - 1) < 1e-3;
  }

  resize(pane) {
    const { fitted } = this;
    this.pane = pane;
    if (fitted) this.scale = this.whole;
    this.#apply();
  }

  // Show the whole picture, or if it is shown already and long, its full width: a whole long page is illegibly narrow.
  fit() {
    const long = this.widthScale > this.whole * 1.5;
    if (this.fitted && long) this.fly(this.width / 2, this.pane.height / this.widthScale / 2, this.widthScale);
    else this.fly(this.width / 2, this.height / 2, this.whole);
  }

  // Change the scale by a factor, with a fixed point of the pane (its middle by default).
  zoom(factor, point = this.middle) {
    this.land();
    const fixed = this.toPicture(point);
    this.scale = this.#within(this.scale * factor);
    this.x = fixed.x - (point.x - this.middle.x) / this.scale;
    this.y = fixed.y - (point.y - this.middle.y) / this.scale;
    this.#apply();
  }

  // Move the picture by a distance in CSS pixels.
  pan(right, down) {
    this.land();
    this.x -= right / this.scale;
    this.y -= down / this.scale;
    this.#apply();
  }

  // Show a box {x, y, width, height} with its surroundings.
  show(box) {
    const margin = 2.5; // the visible part, in sizes of the box
    const scale = Math.min(this.pane.width / (box.width * margin), this.pane.height / (box.height * margin), 8);
    this.fly(box.x + box.width / 2, box.y + box.height / 2, Math.max(scale, this.whole));
  }

  // Move to a view in a short animation, or at once with prefers-reduced-motion.
  fly(x, y, scale) {
    this.land();
    const target = { x, y, scale: this.#within(scale) };
    if (still.matches) return this.moveTo(target);
    const from = { x: this.x, y: this.y, scale: this.scale };
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / FLIGHT));
      this.#between(from, target, 1 - (1 - share) ** 3);
      this.#flight = share < 1 ? requestAnimationFrame(step) : 0;
    };
    this.#flight = requestAnimationFrame(step);
  }

  // Stop the animation at its current view.
  land() {
    cancelAnimationFrame(this.#flight);
    this.#flight = 0;
  }

  moveTo({ x, y, scale }) {
    Object.assign(this, { x, y, scale: this.#within(scale) });
    this.#apply();
  }

  get middle() {
    return { x: this.pane.width / 2, y: this.pane.height / 2 };
  }

  // Convert CSS pixels of the pane to pixels of the picture, and back.
  toPicture({ x, y }) {
    return { x: this.x + (x - this.middle.x) / this.scale, y: this.y + (y - this.middle.y) / this.scale };
  }

  toPane({ x, y }) {
    return { x: this.middle.x + (x - this.x) * this.scale, y: this.middle.y + (y - this.y) * this.scale };
  }

  // Interpolate the scale geometrically, which looks even, and the middle accordingly.
  #between(from, target, share) {
    this.scale = from.scale * (target.scale / from.scale) ** share;
    const near = Math.abs(target.scale / from.scale - 1) < 1e-6;
    const moved = near ? share : (1 / from.scale - 1 / this.scale) / (1 / from.scale - 1 / target.scale);
    this.x = from.x + (target.x - from.x) * moved;
    this.y = from.y + (target.y - from.y) * moved;
    this.#apply();
  }

  #within(scale) {
    return Math.min(Math.max(scale, this.whole), Math.max(MAX_SCALE, this.whole));
  }

  // Limit the scale, and show as little beside the picture as possible.
  #apply() {
    this.scale = this.#within(this.scale);
    this.x = clamped(this.x, this.width, this.pane.width / this.scale);
    this.y = clamped(this.y, this.height, this.pane.height / this.scale);
    this.#changed();
  }
}

function clamped(middle, length, visible) {
  return visible >= length ? length / 2 : Math.min(Math.max(middle, visible / 2), length - visible / 2);
}
