// One of the two pictures, with numbered marks that are set by a click and moved by dragging or by the arrow keys.

const SVG = "http://www.w3.org/2000/svg";
const [LOUPE, ZOOM] = [128, 4]; // the loupe's side in CSS pixels, and how much larger than the picture it shows it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Plot {
  #board;
  #loupe;
  #spots;
  #pairs;
  #dragged = -1;

  constructor(figure, pairs) {
    this.field = figure.dataset.field;
    this.name = figure.dataset.name;
    this.#pairs = pairs;
    [this.#board, this.#loupe] = [figure.querySelector(".board"), figure.querySelector(".loupe")];
    this.#spots = figure.querySelector(".spots");
    this.images = figure.querySelectorAll("image");
    const { width, height } = this.#board.viewBox.baseVal;
    this.size = { width, height };
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.#board);
  }

  // Load the picture, which a closed page part does not need.
  load() {
    for (const image of this.images) image.setAttribute("href", image.dataset.href);
  }

  // Draw the marks. Existing ones are kept, so that the focus stays.
  draw() {
    const points = this.#pairs.all.map((pair) => pair[this.field]);
    while (this.#spots.children.length > points.length) this.#spots.lastChild.remove();
    while (this.#spots.children.length < points.length) this.#spots.append(this.#mark(this.#spots.children.length));
    points.forEach((point, index) => this.#place(this.#spots.children[index], point, index));
  }

  focus(index) {
    this.#spots.children[index].focus();
  }

  // Pixels of the picture in a CSS pixel.
  get #unit() {
    return 1 / (this.#board.getScreenCTM()?.a || 1);
  }

  #listen() {
    const board = this.#board;
    board.addEventListener("pointerdown", (event) => this.#begin(event));
    board.addEventListener("pointermove", (event) => this.#follow(event));
    board.addEventListener("pointerup", () => (this.#dragged = -1));
    board.addEventListener("pointercancel", () => (this.#dragged = -1));
    board.addEventListener("pointerleave", () => this.#magnify(null));
    board.addEventListener("click", (event) => this.#click(event));
    // On the figure: an SVG that listens to the focus can have it.
    const figure = board.parentElement;
    figure.addEventListener("keydown", (event) => this.#press(event));
    figure.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && this.#magnify(this.#at(target)));
    figure.addEventListener("focusout", () => this.#magnify(null));
  }

  #begin(event) {
    const spot = event.target.closest(".spot");
    if (!spot) return;
    this.#dragged = this.#index(spot);
    this.#board.setPointerCapture(event.pointerId);
  }

  #follow(event) {
    const point = this.#point(event);
    if (this.#dragged >= 0) this.#pairs.move(this.#dragged, this.field, point);
    if (this.#dragged >= 0 || event.pointerType === "mouse") this.#magnify(point);
  }

  #click(event) {
    if (event.target.closest(".board > image, .paper")) this.#pairs.add(this.field, this.#point(event));
  }

  #press(event) {
    const spot = event.target.closest(".spot");
    const arrow = ARROWS[event.key];
    if (!spot || !(arrow || ["Delete", "Backspace"].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    const index = this.#index(spot);
    if (!arrow) return this.#pairs.remove(index);
    const step = event.shiftKey ? 10 : 1;
    const { x, y } = this.#at(spot);
    this.#pairs.move(index, this.field, this.#inside({ x: x + step * arrow[0], y: y + step * arrow[1] }));
    this.#magnify(this.#at(spot));
  }

  #index(spot) {
    return [...this.#spots.children].indexOf(spot);
  }

  #at(spot) {
    return this.#pairs.all[this.#index(spot)]?.[this.field] ?? null;
  }

  // The pixel under an event: its centre, or a tenth of it where pixels are large on the screen.
  #point({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.#board.getScreenCTM().inverse());
    const fraction = this.#unit < 0.5 ? 10 : 1;
    const rounded = (value) => Math.round((value - 0.5) * fraction) / fraction;
    return this.#inside({ x: rounded(x), y: rounded(y) });
  }

  #inside({ x, y }) {
    const { width, height } = this.size;
    return { x: Math.min(Math.max(x, 0), width - 1), y: Math.min(Math.max(y, 0), height - 1) };
  }

  #mark(index) {
    const spot = element("g", { class: "spot", tabindex: "0", role: "application", "aria-roledescription": "point" });
    const cross = "M-10 0H-3M3 0H10M0-10V-3M0 3V10";
    spot.append(
      element("circle", { class: "reach", r: 18 }),
      element("path", { class: "casing", d: cross }),
      element("path", { class: "line", d: cross }),
      element("circle", { class: "badge", cx: 16, cy: -16, r: 10 }),
      element("text", { x: 16, y: -11.5 }, index + 1),
    );
    return spot;
  }

  #place(spot, point, index) {
    spot.classList.toggle("unset", !point);
    spot.setAttribute("aria-hidden", String(!point));
    spot.setAttribute("tabindex", point ? "0" : "-1");
    if (!point) return;
    const unit = this.#unit;
    // The number is drawn towards the middle of the picture, where it cannot be cut off.
    const side = { x: point.x > this.size.width - 32 * unit ? -1 : 1, y: point.y < 32 * unit ? -1 : 1 };
    spot.setAttribute("transform", `translate(${point.x + 0.5} ${point.y + 0.5}) scale(${unit})`);
    set(spot.querySelector(".badge"), { cx: 16 * side.x, cy: -16 * side.y });
    set(spot.querySelector("text"), { x: 16 * side.x, y: 4.5 - 16 * side.y });
    const place = `Point ${index + 1} in ${this.name}, at ${point.x}, ${point.y}`;
    spot.setAttribute("aria-label", `${place}. The arrow keys move it, Delete removes the pair.`);
  }

  // Show the surroundings of a point enlarged, in the corner that is not near it; null hides them.
  #magnify(point) {
    const loupe = this.#loupe;
    loupe.toggleAttribute("hidden", !point);
    if (!point) return;
    const span = Math.min((LOUPE * this.#unit) / ZOOM, LOUPE / 2);
    const [x, y] = [point.x + 0.5, point.y + 0.5];
    loupe.setAttribute("viewBox", `${x - span / 2} ${y - span / 2} ${span} ${span}`);
    loupe.querySelector(".cross").setAttribute("transform", `translate(${x} ${y}) scale(${span / LOUPE})`);
    loupe.classList.toggle("left", x > this.size.width / 2);
  }
}

function element(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  set(made, attributes);
  made.textContent = text;
  return made;
}

function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
