// The list of changes and what is seen of it: choose, step, sort, filter by score, hide.

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

  // section: the list as the page has it. regions: in its order, each with number, box, score and the partner's number.
  constructor(section, regions, state, camera) {
    [this.#section, this.all, this.#state, this.#camera] = [section, regions, state, camera];
    for (const item of section.querySelectorAll("li")) this.#adopt(item, Number(item.dataset.region));
    this.#steer();
    state.on(["sort"], () => this.#order());
    state.on(["chosen", "least", "hidden", "sort"], () => this.#show());
    this.#show();
  }

  // How a region is to be drawn: "plain", "chosen", "faint" while a slider takes it away, or null for not at all.
  look(region) {
    const { chosen, pointed, outlines, hidden, least } = this.#state;
    if (!outlines || hidden.has(region.number)) return null;
    if (region.score < least) return this.#sliding ? "faint" : null;
    const places = [region.number, region.partner].filter(Boolean);
    return places.some((number) => number === chosen || number === pointed) ? "chosen" : "plain";
  }

  // In the order of the list, those that are neither hidden nor below the score.
  get seen() {
    const { hidden, least, sort } = this.#state;
    const seen = this.all.filter(({ number, score }) => !hidden.has(number) && score >= least);
    return seen.sort(ORDERS[sort]);
  }

  // Choose a region and go there.
  visit(number) {
    const region = this.all[number - 1];
    if (!region) return;
    this.#state.set({ chosen: number });
    this.#camera.show(around([region.box, region.moved_to].filter(Boolean)));
  }

  // The next one in the list, or the one before.
  step(by) {
    const seen = this.seen.map(({ number }) => number);
    if (!seen.length) return;
    const at = seen.indexOf(this.#state.chosen);
    this.visit(seen[at < 0 ? (by > 0 ? 0 : seen.length - 1) : (at + by + seen.length) % seen.length]);
  }

  // The smallest of those drawn that holds a point of the picture; `reach` pixels of it may be missed.
  at({ x, y }, reach) {
    const inside = ({ box }) =>
      x >= box.x - reach && y >= box.y - reach && x <= box.x + box.width + reach && y <= box.y + box.height + reach;
    return this.seen.filter(inside).sort((one, other) => area(one) - area(other))[0];
  }

  hide(number) {
    const hidden = new Set(this.#state.hidden);
    if (!hidden.delete(number)) hidden.add(number);
    this.#state.set({ hidden });
  }

  #adopt(item, number) {
    this.#items.set(number, item);
    item.querySelector(".change").addEventListener("click", () => this.visit(number));
    item.addEventListener("pointerenter", () => this.#state.set({ pointed: number }));
    item.addEventListener("pointerleave", () => this.#state.set({ pointed: 0 }));
    item.querySelector(".hide").addEventListener("click", () => this.hide(number));
  }

  #steer() {
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

  // Not with every other change: an item that is moved loses the focus.
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
    this.#tell(least, hidden, sort);
  }

  // Scrolls the list alone: the page stays where it is.
  #reveal(list, item) {
    if (!item || item.hidden) return;
    const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top;
    if (inner.left < outer.left || inner.right > outer.right) list.scrollLeft += inner.left - outer.left;
  }

  #tell(least, hidden, sort) {
    const below = this.all.filter(({ score }) => score < least).length;
    const parts = [];
    if (below) parts.push(`${below} below ${least.toFixed(2)}`);
    if (hidden.size) parts.push(`${hidden.size} hidden`);
    const [told, all, slider, select, value] = [".told-shown", ".show-all", ".least", ".sort", ".least-value"].map(
      (name) => this.#section.querySelector(name),
    );
    told.textContent = parts.length ? `${this.seen.length} of ${this.all.length} shown: ${parts.join(", ")}.` : "";
    all.hidden = !parts.length;
    if (slider) slider.value = String(least);
    if (value) value.textContent = least.toFixed(2);
    if (select) select.value = sort;
  }
}

function area({ box }) {
  return box.width * box.height;
}

// The box that holds them all.
function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}
