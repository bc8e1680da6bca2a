// Ignored areas: drawn by mouse, touch or keyboard, or taken from a region. Then the pair is compared again.

const MARGIN = 4; // pixels around a region, because changes blur into their surroundings
const MAX_AREAS = 1000; // the service's limit

export class Ignoring {
  #panel;
  #state;
  #camera;
  #size;
  drawing = false;
  draft = null;

  // panel: the form with the list. size: {width, height} of the picture. `changed`: called when there is more to draw.
  constructor(panel, size, state, camera, changed) {
    [this.#panel, this.#size, this.#state, this.#camera, this.changed] = [panel, size, state, camera, changed];
    this.before = JSON.stringify(state.ignored);
    const draw = panel.querySelector(".draw");
    // Enter also clicks the button while it has the focus; it then accepts the area drawn by keyboard.
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

  // Draw an area between two corners in pixels of the picture; done: accept it unless it is tiny.
  span(from, to, done) {
    const box = clipped(from, to, this.#size);
    const visible = box && Math.max(box.width, box.height) * this.#camera.scale > 4;
    this.draft = visible || !done ? box : null;
    if (done && visible) this.accept();
    this.changed();
  }

  // Ignore the boxes of a region, with a margin and without duplicates.
  add(...boxes) {
    const { ignored } = this.#state;
    const known = new Set(ignored.map((box) => JSON.stringify(box)));
    const grown = boxes.map(({ x, y, width, height }) =>
      clipped({ x: x - MARGIN, y: y - MARGIN }, { x: x + width + MARGIN, y: y + height + MARGIN }, this.#size),
    );
    const more = grown.filter((box) => !known.has(JSON.stringify(box)));
    if (more.length) this.#state.set({ ignored: [...ignored, ...more].slice(0, MAX_AREAS) });
  }

  // Draw by keyboard: start with a box in the middle of the view; arrows move it, with Shift they resize it.
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
    if (this.draft) this.#state.set({ ignored: [...this.#state.ignored, this.draft].slice(0, MAX_AREAS) });
    this.draw(false);
  }

  #show() {
    const { ignored } = this.#state;
    const part = (name) => this.#panel.querySelector(name);
    const [list, count, pending] = [".ignored", ".ignored-count", ".pending"].map(part);
    list.replaceChildren(...ignored.map((box, index) => this.#item(box, index)));
    count.hidden = !ignored.length;
    count.textContent = ignored.length === 1 ? "1 area is ignored." : `${ignored.length} areas are ignored.`;
    const changed = JSON.stringify(ignored) !== this.before;
    pending.hidden = !changed;
    part("[name=ignore]").value = JSON.stringify(ignored);
    this.changed();
  }

  #item(box, index) {
    const item = document.createElement("li");
    const text = `${box.width} × ${box.height} px at ${box.x}, ${box.y}`;
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "button plain", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove the area of ${text}`);
    remove.addEventListener("click", () => {
      this.#state.set({ ignored: this.#state.ignored.filter((_, other) => other !== index) });
      this.#panel.querySelector(".ignored button, .draw").focus();
    });
    item.append(`${text} `, remove);
    return item;
  }
}

// The box between two corners in whole pixels, clipped to the picture; null if it is empty.
function clipped(from, to, { width, height }) {
  const [left, right] = [from.x, to.x].sort((one, other) => one - other).map((x) => Math.min(Math.max(x, 0), width));
  const [top, bottom] = [from.y, to.y].sort((one, other) => one - other).map((y) => Math.min(Math.max(y, 0), height));
  const [x, y] = [Math.floor(left), Math.floor(top)];
  const box = { x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y };
  return box.width > 0 && box.height > 0 ? box : null;
}
