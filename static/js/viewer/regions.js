// The list of changes: choose, step, sort, filter by score, hide.

const ORDERS = {
  change: (one, other) => one.number - other.number,
  score: (one, other) => other.score - one.score || one.number - other.number,
  size: (one, other) => area(other) - area(one) || one.number - other.number,
  place: (one, other) => one.box.y - other.box.y || one.box.x - other.box.x,
};

export class Regions {
  #section;
  #state;
  #camera;
  #items = new Map(); // list items by number
  #sliding = false;

  // section: the list's element. regions: in its order, each with number, box, score and the partner's number.
  constructor(section, regions, state, camera) {
    [this.#section, this.all, this.#state, this.#camera] = [section, regions, state, camera];
    for (const item of section.querySelectorAll("li")) this.#connectItem(item, Number(item.dataset.region));
    this.#connectFilters();
    state.on(["sort"], () => this.#order());
    state.on(["chosen", "least", "hidden", "sort"], () => this.#show());
    this.#show();
  }

  // How to draw a region: "normal", "chosen", "faint" while the slider excludes it, or null for not at all.
  look(region) {
    const { chosen, pointed, outlines, hidden, least } = this.#state;
    if (!outlines || hidden.has(region.number)) return null;
    if (region.score < least) return this.#sliding ? "faint" : null;
    const numbers = [region.number, region.partner].filter(Boolean);
    return numbers.some((number) => number === chosen || number === pointed) ? "chosen" : "normal";
  }

  // The regions that are neither hidden nor below the minimum score, in the order of the list.
  get visible() {
    const { hidden, least, sort } = this.#state;
    const visible = this.all.filter(({ number, score }) => !hidden.has(number) && score >= least);
    return visible.sort(ORDERS[sort]);
  }

  // Choose a region and move the camera to it.
  visit(number) {
    const region = this.all[number - 1];
    if (!region) return;
    this.#state.set({ chosen: number });
    this.#camera.show(around([region.box, region.moved_to].filter(Boolean)));
  }

  // Choose the next or the previous region of the list.
  step(by) {
    const visible = this.visible.map(({ number }) => number);
    if (!visible.length) return;
    const at = visible.indexOf(this.#state.chosen);
    this.visit(visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : (at + by + visible.length) % visible.length]);
  }

  // The smallest visible region within `reach` pixels of a point of the picture.
  at({ x, y }, reach) {
    const inside = ({ box }) =>
      x >= box.x - reach && y >= box.y - reach && x <= box.x + box.width + reach && y <= box.y + box.height + reach;
    return this.visible.filter(inside).sort((one, other) => area(one) - area(other))[0];
  }

  hide(number) {
    const hidden = new Set(this.#state.hidden);
    if (!hidden.delete(number)) hidden.add(number);
    this.#state.set({ hidden });
  }

  #connectItem(item, number) {
    this.#items.set(number, item);
    item.querySelector(".change").addEventListener("click", () => this.visit(number));
    item.addEventListener("pointerenter", () => this.#state.set({ pointed: number }));
    item.addEventListener("pointerleave", () => this.#state.set({ pointed: 0 }));
    item.querySelector(".hide").addEventListener("click", () => this.hide(number));
  }

  #connectFilters() {
    const [sort, least, all] = [".sort", ".least", ".show-all"].map((name) => this.#section.querySelector(name));
    sort?.addEventListener("change", () => this.#state.set({ sort: sort.value }));
    all.addEventListener("click", () => this.#state.set({ hidden: new Set(), least: 0 }));
    least?.addEventListener("input", () => {
      this.#sliding = true;
      this.#state.set({ least: Number(least.value) });
    });
    least?.addEventListener("change", () => {
      this.#sliding = false;
      this.#state.set({ least: Number(least.value), hidden: new Set(this.#state.hidden) });
    });
  }

  // Called only for a new order, because an item that is moved loses the focus.
  #order() {
    const order = [...this.all].sort(ORDERS[this.#state.sort]);
    this.#section.querySelector("ol").append(...order.map(({ number }) => this.#items.get(number)));
  }

  #show() {
    const { chosen, least, hidden, sort } = this.#state;
    const list = this.#section.querySelector("ol");
    for (const { number, score } of this.all) {
      const item = this.#items.get(number);
      item.classList.toggle("out", hidden.has(number));
      item.hidden = score < least;
      item.querySelector(".change").setAttribute("aria-pressed", String(number === chosen));
      item.querySelector(".hide").textContent = hidden.has(number) ? "Show" : "Hide";
    }
    this.#reveal(list, this.#items.get(chosen));
    this.#showFilters(least, hidden, sort);
  }

  // Scroll only the list, not the page.
  #reveal(list, item) {
    if (!item || item.hidden) return;
    const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top;
    if (inner.left < outer.left || inner.right > outer.right) list.scrollLeft += inner.left - outer.left;
  }

  #showFilters(least, hidden, sort) {
    const below = this.all.filter(({ score }) => score < least).length;
    const parts = [];
    if (below) parts.push(`${below} below ${least.toFixed(2)}`);
    if (hidden.size) parts.push(`${hidden.size} hidden`);
    const [count, all, slider, select, value] = [".shown-count", ".show-all", ".least", ".sort", ".least-value"].map(
      (name) => this.#section.querySelector(name),
    );
    count.textContent = parts.length ? `${this.visible.length} of ${this.all.length} shown: ${parts.join(", ")}.` : "";
    all.hidden = !parts.length;
    if (slider) slider.value = String(least);
    if (value) value.textContent = least.toFixed(2);
    if (select) select.value = sort;
  }
}

function area({ box }) {
  return box.width * box.height;
}

// The bounding box of all boxes.
function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}
