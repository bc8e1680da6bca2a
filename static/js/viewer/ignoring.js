// Areas to be left out: drawn by mouse, finger or keyboard, or taken from a region; then the pair is compared again.

const MARGIN = 4; // pixels around a region: what changed bleeds a little into what is beside it
const MOST = 1000; // the service takes no more

export class Ignoring {
  #panel;
  #state;
  #camera;
  #size;
  drawing = false;
  draft = null;

  // panel: its form and list. size: {width, height} of the picture. `changed` is called when there is more to be drawn.
  constructor(panel, size, state, camera, changed) {
    [this.#panel, this.#size, this.#state, this.#camera, this.changed] = [panel, size, state, camera, changed];
    this.before = JSON.stringify(state.ignored);
    const draw = panel.querySelector(".draw");
    // Enter, too, comes as a click where the button still has the focus: it takes what was drawn by keyboard.
    draw.addEventListener("click", () => (this.draft ? this.accept() : this.draw(!this.drawing)));
    panel.querySelector(".undo").addEventListener("click", () => {
      state.set({ ignored: JSON.parse(this.before) });
      draw.focus();
    });
    state.on(["ignored"], () => this.#show());
    this.#show();
  }

  // Begin or end drawing.
  draw(on = true) {
    this.drawing = on;
    this.draft = null;
    this.#panel.querySelector(".draw").setAttribute("aria-pressed", String(on));
    this.#panel.querySelector(".hint").hidden = !on;
    this.#panel.closest("#viewer").classList.toggle("drawing", on);
    this.changed();
  }

  // While it is drawn, and when it is done: two corners in pixels of the picture.
  span(from, to, done) {
    const box = clipped(from, to, this.#size);
    const seen = box && Math.max(box.width, box.height) * this.#camera.scale > 4;
    this.draft = seen || !done ? box : null;
    if (done && seen) this.accept();
    this.changed();
  }

  // Leave a region out, wherever it is; once is enough.
  add(...boxes) {
    const { ignored } = this.#state;
    const known = new Set(ignored.map((box) => JSON.stringify(box)));
    const grown = boxes.map(({ x, y, width, height }) =>
      clipped({ x: x - MARGIN, y: y - MARGIN }, { x: x + width + MARGIN, y: y + height + MARGIN }, this.#size),
    );
    const more = grown.filter((box) => !known.has(JSON.stringify(box)));
    if (more.length) this.#state.set({ ignored: [...ignored, ...more].slice(0, MOST) });
  }

  // By keyboard: a box in the middle of what is seen, moved by arrows, sized with Shift.
  nudge(right, down, size) {
    const { x, y, scale, pane } = this.#camera;
    const [width, height] = [pane.width / scale / 4, pane.height / scale / 4];
    const box = this.draft ?? { x: x - width / 2, y: y - height / 2, width, height };
    const step = Math.max(1, Math.round(16 / scale));
    const moved = size ? { x: box.x, y: box.y } : { x: box.x + right * step, y: box.y + down * step };
    const grown = size ? { x: right * step, y: down * step } : { x: 0, y: 0 };
    const end = { x: moved.x + Math.max(1, box.width + grown.x), y: moved.y + Math.max(1, box.height + grown.y) };
    const first = { x: box.x + width, y: box.y + height };
    this.draft = this.draft ? clipped(moved, end, this.#size) : clipped(box, first, this.#size);
    this.changed();
  }

  accept() {
    if (this.draft) this.#state.set({ ignored: [...this.#state.ignored, this.draft].slice(0, MOST) });
    this.draw(false);
  }

  #show() {
    const { ignored } = this.#state;
    const part = (name) => this.#panel.querySelector(name);
    const [list, tell, pending] = [".ignored", ".told-ignored", ".pending"].map(part);
    list.replaceChildren(...ignored.map((box, index) => this.#item(box, index)));
    tell.hidden = !ignored.length;
    tell.textContent = ignored.length === 1 ? "1 area is left out." : `${ignored.length} areas are left out.`;
    const changed = JSON.stringify(ignored) !== this.before;
    pending.hidden = !changed;
    part("[name=ignore]").value = JSON.stringify(ignored);
    this.changed();
  }

  #item(box, index) {
    const item = document.createElement("li");
    const words = `${box.width} × ${box.height} px at ${box.x}, ${box.y}`;
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "button plain", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove the area of ${words}`);
    remove.addEventListener("click", () => {
      this.#state.set({ ignored: this.#state.ignored.filter((_, other) => other !== index) });
      this.#panel.querySelector(".ignored button, .draw").focus();
    });
    item.append(`${words} `, remove);
    return item;
  }
}

// The box between two corners in whole pixels, within the picture; null where nothing is left of it.
function clipped(from, to, { width, height }) {
  const [left, right] = [from.x, to.x].sort((one, other) => one - other).map((x) => Math.min(Math.max(x, 0), width));
  const [top, bottom] = [from.y, to.y].sort((one, other) => one - other).map((y) => Math.min(Math.max(y, 0), height));
  const [x, y] = [Math.floor(left), Math.floor(top)];
  const box = { x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y };
  return box.width > 0 && box.height > 0 ? box : null;
}
