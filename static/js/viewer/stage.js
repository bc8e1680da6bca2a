// The stage: one or two panes of pictures seen through one camera, and above them a sheet for what is drawn on them.

import { Camera } from "viewer/camera.js";
import { MODES } from "viewer/modes.js";
import { Picture } from "viewer/picture.js";

const [GAP, CAPTION] = [8, 24]; // CSS pixels between the panes, and above each, as the style has them
const WORTH = 1.2; // pictures above each other are harder to compare: they must be so much larger there

export class Stage {
  #element;
  #panes;
  #sheet;
  #drawn = 0;
  #painters = [];
  #state;

  // element: holds two .pane with a canvas each, and the canvas .sheet. pair: what the page knows of the pictures.
  constructor(element, pair, state) {
    this.#element = element;
    const panes = [...element.querySelectorAll(".pane")];
    this.#panes = panes.map((pane) => ({ pane, canvas: pane.querySelector("canvas") }));
    this.#sheet = element.querySelector(".sheet");
    this.#state = state;
    this.pictures = pictures(pair, () => this.draw());
    this.camera = new Camera(pair.width, pair.height, () => {
      this.draw();
      this.onmove?.();
    });
    state.on(["mode"], () => this.#arrange());
    state.on(["swipe", "mix", "heat", "map", "side"], () => this.draw());
    new ResizeObserver(() => this.#arrange()).observe(element);
    this.#arrange();
  }

  // Have `paint(context, frames)` draw on the sheet each time; frames: a box in CSS pixels for every pane on the stage.
  above(paint) {
    this.#painters.push(paint);
  }

  // Draw in the next frame, however often it is asked for.
  draw() {
    this.#drawn ||= requestAnimationFrame(() => {
      this.#drawn = 0;
      this.#draw();
    });
  }

  // Of each pane on the stage, where it is on it: {x, y, width, height, side} in CSS pixels.
  get frames() {
    const origin = this.#element.getBoundingClientRect();
    return this.#shown.map(({ canvas }, index) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return { x: left - origin.left, y: top - origin.top, width, height, index };
    });
  }

  // The pane at a point of the window and where on it, both in CSS pixels.
  at(event) {
    const origin = this.#element.getBoundingClientRect();
    const [x, y] = [event.clientX - origin.left, event.clientY - origin.top];
    const frames = this.frames;
    const inside = (frame) => x >= frame.x && x < frame.x + frame.width && y >= frame.y && y < frame.y + frame.height;
    const frame = frames.find(inside) ?? frames[0];
    return { frame, x: x - frame.x, y: y - frame.y };
  }

  // Left and width of the part of the first pane that the picture takes: what a swipe runs over.
  get span() {
    const { camera } = this;
    const left = Math.max(0, camera.toPane({ x: 0, y: 0 }).x);
    const right = Math.min(camera.pane.width, camera.toPane({ x: camera.width, y: 0 }).x);
    return { left, width: Math.max(1, right - left) };
  }

  // Whether a picture on the stage is still on its way, in whole or in part; and whether one could not be had.
  get waiting() {
    return this.#seen.some((picture) => picture.waiting);
  }

  get failed() {
    return this.#seen.some((picture) => picture.failed);
  }

  get #seen() {
    const layers = MODES[this.#state.mode].panes(this.#state).flat();
    return layers.map(({ picture }) => this.pictures[picture]).filter(Boolean);
  }

  get #shown() {
    return this.#panes.filter(({ pane }) => !pane.hidden);
  }

  // As many panes as the mode has, beside each other, or above where that shows far more.
  #arrange() {
    const count = MODES[this.#state.mode].panes(this.#state).length;
    this.#panes.forEach(({ pane }, index) => (pane.hidden = index >= count));
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { width: w, height: h } = this.camera;
    const [half, low] = [(width - GAP) / 2, (height - GAP) / 2 - CAPTION];
    const [beside, above] = [Math.min(half / w, (height - CAPTION) / h), Math.min(width / w, low / h)];
    const across = above < beside * WORTH;
    this.#element.dataset.direction = across ? "across" : "down";
    this.#element.dataset.panes = count;
    const [pane] = this.frames;
    this.camera.resize({ width: Math.max(1, pane.width), height: Math.max(1, pane.height) });
  }

  #draw() {
    const ratio = window.devicePixelRatio || 1;
    const layers = MODES[this.#state.mode].panes(this.#state);
    this.#shown.forEach(({ canvas }, index) => this.#compose(sized(canvas, ratio), layers[index], ratio));
    const context = sized(this.#sheet, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const frames = this.frames;
    for (const paint of this.#painters) paint(context, frames);
  }

  #chequer(context, ratio) {
    const from = this.camera.toPane({ x: 0, y: 0 });
    const to = this.camera.toPane({ x: this.camera.width, y: this.camera.height });
    // Rounded as the picture's own edges are: a size of its own would look out from under it.
    const [left, top, right, bottom] = [from.x, from.y, to.x, to.y].map((value) => Math.round(value * ratio));
    context.fillStyle = chequers(this.#element, ratio);
    context.fillRect(left, top, right - left, bottom - top);
  }

  #compose(context, layers, ratio) {
    this.#chequer(context, ratio);
    const { left, width } = this.span;
    for (const { picture, alpha = 1, from = null } of layers) {
      context.save();
      context.globalAlpha = alpha;
      if (from !== null) {
        context.beginPath();
        context.rect(Math.round((left + width * from) * ratio), 0, context.canvas.width, context.canvas.height);
        context.clip();
        this.#chequer(context, ratio); // where the upper picture is transparent, the lower one must not shine through
      }
      this.pictures[picture]?.draw(context, this.camera, ratio);
      context.restore();
    }
  }
}

// What lies under transparency, of the page's own colours: nothing of it is in the picture.
function chequers(element, ratio) {
  const side = Math.round(8 * ratio);
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * side, height: 2 * side });
  const context = canvas.getContext("2d");
  const style = getComputedStyle(element);
  for (const [name, places] of [["--chequer-a", [[0, 0], [1, 1]]], ["--chequer-b", [[1, 0], [0, 1]]]]) {
    context.fillStyle = style.getPropertyValue(name);
    for (const [x, y] of places) context.fillRect(x * side, y * side, side, side);
  }
  return context.createPattern(canvas, "repeat");
}

// An empty canvas of as many device pixels as it covers.
function sized(canvas, ratio) {
  const covered = [canvas.clientWidth, canvas.clientHeight];
  const [width, height] = covered.map((side) => Math.max(1, Math.round(side * ratio)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function pictures({ width, height, pictures: urls, tiles }, changed) {
  return Object.fromEntries(
    Object.entries(urls).map(([name, url]) => {
      const at = (column, row) => tiles.url.replace("NAME", name).replace("COLUMN", column).replace("ROW", row);
      const tiling = tiles?.names.includes(name) ? { side: tiles.side, url: at } : null;
      return [name, new Picture(url, { width, height }, tiling, changed)];
    }),
  );
}
