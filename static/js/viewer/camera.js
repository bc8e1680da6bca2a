// Which part of the picture is looked at: the point in the middle and the scale. All panes share one camera.

const DEEPEST = 64; // CSS pixels of the screen for one of the picture
const GROWTH = 2; // a picture smaller than its pane is enlarged so far and no farther, unless it is tiny
const TINY = 256;
const FLIGHT = 260; // milliseconds

const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Camera {
  #changed;
  #flight = 0;
  pane = { width: 1, height: 1 }; // CSS pixels
  scale = 1; // CSS pixels for one pixel of the picture
  x = 0; // the pixel in the middle
  y = 0;

  // width, height: of the picture in its own pixels. `changed` is called after every motion.
  constructor(width, height, changed) {
    Object.assign(this, { width, height, x: width / 2, y: height / 2 });
    this.#changed = changed;
    this.scale = this.whole;
  }

  get whole() {
    const fit = Math.min(this.pane.width / this.width, this.pane.height / this.height);
    return Math.min(fit, Math.max(GROWTH, Math.floor(TINY / Math.max(this.width, this.height))));
  }

  get across() {
    return Math.min(this.pane.width / this.width, DEEPEST);
  }

  // Whether the whole picture is seen, as after `fit`.
  get fitted() {
    return Math.abs(this.scale / this.whole - 1) < 1e-3;
  }

  resize(pane) {
    const { fitted } = this;
    this.pane = pane;
    if (fitted) this.scale = this.whole;
    this.#settle();
  }

  // The whole picture; once more, and it fills the width: a long page is a thread when it is whole.
  fit() {
    const long = this.across > this.whole * 1.5;
    if (this.fitted && long) this.fly(this.width / 2, this.pane.height / this.across / 2, this.across);
    else this.fly(this.width / 2, this.height / 2, this.whole);
  }

  // Change the scale by a factor, the picture held fast at a point of the pane (its middle by default).
  zoom(factor, point = this.middle) {
    this.land();
    const held = this.toPicture(point);
    this.scale = this.#within(this.scale * factor);
    this.x = held.x - (point.x - this.middle.x) / this.scale;
    this.y = held.y - (point.y - this.middle.y) / this.scale;
    this.#settle();
  }

  // Drag the picture by so many CSS pixels.
  pan(right, down) {
    this.land();
    this.x -= right / this.scale;
    this.y -= down / this.scale;
    this.#settle();
  }

  // Show a box {x, y, width, height} with as much around it as tells where it is.
  show(box) {
    const room = 2.5;
    const scale = Math.min(this.pane.width / (box.width * room), this.pane.height / (box.height * room), 8);
    this.fly(box.x + box.width / 2, box.y + box.height / 2, Math.max(scale, this.whole));
  }

  // Go there in a short flight, or at once where motion is not wanted.
  fly(x, y, scale) {
    this.land();
    const target = { x, y, scale: this.#within(scale) };
    if (still.matches) return this.place(target);
    const from = { x: this.x, y: this.y, scale: this.scale };
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / FLIGHT));
      this.#between(from, target, 1 - (1 - share) ** 3);
      this.#flight = share < 1 ? requestAnimationFrame(step) : 0;
    };
    this.#flight = requestAnimationFrame(step);
  }

  // End a flight where it is.
  land() {
    cancelAnimationFrame(this.#flight);
    this.#flight = 0;
  }

  place({ x, y, scale }) {
    Object.assign(this, { x, y, scale: this.#within(scale) });
    this.#settle();
  }

  get middle() {
    return { x: this.pane.width / 2, y: this.pane.height / 2 };
  }

  // From CSS pixels of the pane to pixels of the picture, and back.
  toPicture({ x, y }) {
    return { x: this.x + (x - this.middle.x) / this.scale, y: this.y + (y - this.middle.y) / this.scale };
  }

  toPane({ x, y }) {
    return { x: this.middle.x + (x - this.x) * this.scale, y: this.middle.y + (y - this.y) * this.scale };
  }

  // Even steps of the eye are equal factors of the scale; the point looked at moves along with it.
  #between(from, target, share) {
    this.scale = from.scale * (target.scale / from.scale) ** share;
    const near = Math.abs(target.scale / from.scale - 1) < 1e-6;
    const moved = near ? share : (1 / from.scale - 1 / this.scale) / (1 / from.scale - 1 / target.scale);
    this.x = from.x + (target.x - from.x) * moved;
    this.y = from.y + (target.y - from.y) * moved;
    this.#settle();
  }

  #within(scale) {
    return Math.min(Math.max(scale, this.whole), Math.max(DEEPEST, this.whole));
  }

  // No more of what is beside the picture is shown than must be.
  #settle() {
    this.scale = this.#within(this.scale);
    this.x = held(this.x, this.width, this.pane.width / this.scale);
    this.y = held(this.y, this.height, this.pane.height / this.scale);
    this.#changed();
  }
}

function held(middle, length, seen) {
  return seen >= length ? length / 2 : Math.min(Math.max(middle, seen / 2), length - seen / 2);
}
