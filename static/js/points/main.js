// Points by which After is lined up: set on the two pictures or typed as numbers, which stay in step.

import { MAX_PAIRS, MIN_PAIRS, Pairs } from "./pairs.js";
import { Plot } from "./plot.js";

// Where pairs are added by keyboard, as shares of the sides: no three of these points are on one line.
const STARTS = [[0.25, 0.25], [0.75, 0.75], [0.75, 0.25], [0.25, 0.75]];
const EFFECTS = {
  2: "turned, scaled and shifted",
  3: "turned, scaled, shifted and stretched",
  4: "turned, scaled, shifted, stretched and tilted",
};

class Panel {
  #pairs = new Pairs();
  #panel;
  #plots;
  #text;
  #typing = false;

  // panel: the part of the page with the pictures, the list and the text field.
  constructor(panel) {
    this.#panel = panel;
    this.#text = this.#part("textarea");
    this.#plots = [...panel.querySelectorAll(".plot")].map((figure) => new Plot(figure, this.#pairs));
    this.#pairs.addEventListener("change", () => this.#changed());
    this.#text.addEventListener("input", () => this.#read());
    this.#part(".add").addEventListener("click", () => this.#add());
    this.#part(".clear").addEventListener("click", () => {
      this.#pairs.clear();
      this.#part(".add").focus();
    });
    panel.addEventListener("toggle", () => this.#load());
    // The back button may restore the text that was typed.
    window.addEventListener("pageshow", () => this.#read());
    this.#load();
    this.#read();
  }

  #part(selector) {
    return this.#panel.querySelector(selector);
  }

  #load() {
    if (this.#panel.open) for (const plot of this.#plots) plot.load();
  }

  #read() {
    this.#typing = true;
    const wrong = this.#pairs.read(this.#text.value);
    this.#typing = false;
    if (wrong) this.#text.setCustomValidity(wrong);
  }

  #changed() {
    const { all } = this.#pairs;
    if (!this.#typing) this.#text.value = this.#pairs.text;
    this.#text.setCustomValidity(this.#lacks() ? "Set two to four pairs of points, each in both pictures." : "");
    for (const plot of this.#plots) plot.draw();
    this.#part(".pairs").replaceChildren(...all.map((pair, index) => this.#item(pair, index)));
    this.#part(".next").textContent = instruction(this.#pairs);
    this.#part(".clear").hidden = !all.length;
    this.#part(".add").hidden = this.#pairs.complete.length === MAX_PAIRS;
  }

  // Whether points are missing. No points at all are allowed where the report has some: without them, B is searched.
  #lacks() {
    const { all, complete } = this.#pairs;
    return complete.length < all.length || (complete.length < MIN_PAIRS && (all.length > 0 || this.#text.required));
  }

  // Complete the first pair that lacks a point, or add one, and select its point in Before.
  #add() {
    const { all } = this.#pairs;
    const incomplete = all.findIndex(({ a, b }) => !(a && b));
    const index = incomplete < 0 ? all.length : incomplete;
    for (const { field, size } of this.#plots) {
      const [x, y] = [size.width * STARTS[index][0], size.height * STARTS[index][1]].map(Math.floor);
      if (!this.#pairs.all[index]?.[field]) this.#pairs.add(field, { x, y });
    }
    this.#plots[0].focus(index);
  }

  #item({ a, b }, index) {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "button plain", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove pair ${index + 1}`);
    remove.addEventListener("click", () => {
      this.#pairs.remove(index);
      this.#panel.querySelector(".pairs button, .add").focus();
    });
    item.append(`${index + 1}: Before ${place(a)}, After ${place(b)} `, remove);
    return item;
  }
}

// What to do next.
function instruction({ all, complete }) {
  const index = all.findIndex(({ a, b }) => !(a && b));
  if (index >= 0) return `Now set point ${index + 1} in ${all[index].a ? "After" : "Before"}: click the same place there.`;
  if (!all.length) return "Click a place in Before, then the same place in After.";
  if (all.length < MIN_PAIRS) return "One pair is set. Set at least one more, far from it.";
  return `${complete.length} pairs are set: After can be ${EFFECTS[complete.length]}. Drag a point to correct it.`;
}

function place(point) {
  return point ? `${point.x}, ${point.y}` : "not set";
}

const panel = document.querySelector("#points");
if (panel) new Panel(panel);
