// The stage: one or two panes with pictures and one camera, and above them a canvas for drawings.

import { Camera } from "viewer/camera.js";
import { MODES } from "viewer/modes.js";
import { Picture } from "viewer/picture.js";

const [GAP, CAPTION] = [8, 24]; // CSS pixels between the panes, and above each, as in viewer.css
const MIN_GAIN = 1.2; // of stacked pictures in size, because they are harder to compare than side by side

export class Stage {
  #element;
  #panes;
  #sheet;
  #drawn = 0;
  #painters = [];
  #state;

  // element: contains two .pane with a canvas each, and the canvas .sheet. pair: the page's data of the pictures.
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

  // Call `paint(context, frames)` at each drawing of the sheet; frames: a box in CSS pixels for every visible pane.
  above(paint) {
    this.#painters.push(paint);
  }

  // Draw once in the next animation frame, however often this is called.
  draw() {
    this.#drawn ||= requestAnimationFrame(() => {
      this.#drawn = 0;
      this.#draw();
    });
  }

  // The box of each visible pane on the stage: {x, y, width, height, index} in CSS pixels.
  get frames() {
    const origin = this.#element.getBoundingClientRect();
    return this.#shown.map(({ canvas }, index) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return { x: left - origin.left, y: top - origin.top, width, height, index };
    });
  }

  // The pane under an event and the position on it in CSS pixels.
  at(event) {
    const origin = this.#element.getBoundingClientRect();
    const [x, y] = [event.clientX - origin.left, event.clientY - origin.top];
    const frames = this.frames;
    const inside = (frame) => x >= frame.x && x < frame.x + frame.width && y >= frame.y && y < frame.y + frame.height;
    const frame = frames.find(inside) ?? frames[0];
    return { frame, x: x - frame.x, y: y - frame.y };
  }

  // Left and width of the picture in the first pane, the range of a swipe.
  get span() {
    const { camera } = this;
    const left = Math.max(0, camera.toPane({ x: 0, y: 0 }).x);
    const right = Math.min(camera.pane.width, camera.toPane({ x: camera.width, y: 0 }).x);
    return { left, width: Math.max(1, right - left) };
  }

  // Whether a visible picture is still loading, at least partly, and whether one failed to load.
  get waiting() {
    return this.#visible.some((picture) => picture.waiting);
  }

  get failed() {
    return this.#visible.some((picture) => picture.failed);
  }

  get #visible() {
    const layers = MODES[this.#state.mode].panes(this.#state).flat();
    return layers.map(({ picture }) => this.pictures[picture]).filter(Boolean);
  }

  get #shown() {
    return this.#panes.filter(({ pane }) => !pane.hidden);
  }

  // Show the mode's panes side by side, or stacked if they are much larger then.
  #arrange() {
    const count = MODES[this.#state.mode].panes(this.#state).length;
    this.#panes.forEach(({ pane }, index) => (pane.hidden = index >= count));
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { width: w, height: h } = this.camera;
    const [half, low] = [(width - GAP) / 2, (height - GAP) / 2 - CAPTION];
    const [beside, stacked] = [Math.min(half / w, (height - CAPTION) / h), Math.min(width / w, low / h)];
    const across = stacked < beside * MIN_GAIN;
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
    // Rounded like the picture's edges, so that nothing shows beside them.
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
        this.#chequer(context, ratio); // the lower picture must not show through transparent parts of the upper one
      }
      this.pictures[picture]?.draw(context, this.camera, ratio);
      context.restore();
    }
  }
}

// The chequerboard under transparent pixels, in the page's colours.
function chequers(element, ratio) {
  const side = Math.round(8 * ratio);
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * side, height: 2 * side });
  const context = canvas.getContext("2d");
  const style = getComputedStyle(element);
  for (const [name, cells] of [["--chequer-a", [[0, 0], [1, 1]]], ["--chequer-b", [[1, 0], [0, 1]]]]) {
    context.fillStyle = style.getPropertyValue(name);
    for (const [x, y] of cells) context.fillRect(x * side, y * side, side, side);
  }
  return context.createPattern(canvas, "repeat");
}

// The context of the cleared canvas, resized to the device pixels that it covers.
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
