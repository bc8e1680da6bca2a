// Points by which After is lined up: set on the two pictures or typed as numbers, which stay in step.

import { MAX_PAIRS, MIN_PAIRS, Pairs } from "./pairs.js";
import { Plot } from "./plot.js";

// Where a pair is added by keyboard, as shares of the sides: the first two and any three lie apart.
const STARTS = [[0.25, 0.25], [0.75, 0.75], [0.75, 0.25], [0.25, 0.75]];
const EFFECTS = {
  2: "turned, scaled and shifted",
  3: "turned, scaled, shifted and stretched",
  4: "turned, scaled, shifted, stretched and tilted",
};

const panel = document.querySelector("#points");
if (panel) connect(panel);

function connect(panel) {
  const part = (selector) => panel.querySelector(selector);
  const [text, list, next] = [part("textarea"), part(".pairs"), part(".next")];
  const emptyMeans = text.required ? "" : "The service searches for the motion.";
  const pairs = new Pairs();
  const plots = [...panel.querySelectorAll(".plot")].map((figure) => new Plot(figure, pairs));

  const show = () => {
    for (const plot of plots) plot.draw();
    list.replaceChildren(...pairs.all.map((pair, index) => item(pair, index)));
    next.textContent = instruction(pairs, emptyMeans);
    part(".clear").hidden = !pairs.all.length;
    part(".add").hidden = pairs.all.length === MAX_PAIRS;
  };
  const judge = (wrong = "") => {
    const count = pairs.all.length;
    const few = pairs.complete.length < count || count < (text.required ? MIN_PAIRS : count && MIN_PAIRS);
    text.setCustomValidity(wrong || (few ? "Set two to four pairs of points, each in both pictures." : ""));
  };
  const read = () => judge(pairs.read(text.value));
  const item = ({ a, b }, index) => {
    const row = document.createElement("li");
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "button plain", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove pair ${index + 1}`);
    remove.addEventListener("click", () => {
      pairs.remove(index);
      (list.querySelector("button") ?? part(".add")).focus();
    });
    row.append(`${index + 1}: Before ${place(a)}, After ${place(b)} `, remove);
    return row;
  };

  let reading = false;
  pairs.addEventListener("change", () => {
    if (!reading) text.value = pairs.text;
    judge();
    show();
  });
  text.addEventListener("input", () => {
    reading = true;
    read();
    reading = false;
  });
  part(".clear").addEventListener("click", () => {
    pairs.clear();
    part(".add").focus();
  });
  part(".add").addEventListener("click", () => plots[0].focus(addPair(pairs, plots)));
  const load = () => panel.open && plots.forEach((plot) => plot.load());
  panel.addEventListener("toggle", load);
  // The back button may restore the text that was typed.
  window.addEventListener("pageshow", () => text.dispatchEvent(new Event("input")));
  load();
  read();
}

// Complete the first pair that lacks a point, or add one. Returns its index.
function addPair(pairs, plots) {
  const index = Math.max(0, pairs.all.findIndex(({ a, b }) => !(a && b)));
  const number = pairs.complete.length === pairs.all.length ? pairs.all.length : index;
  for (const { field, size } of plots) {
    const [x, y] = [size.width * STARTS[number][0], size.height * STARTS[number][1]].map(Math.floor);
    if (!pairs.all[number]?.[field]) pairs.add(field, { x, y });
  }
  return number;
}

function instruction(pairs, emptyMeans) {
  const index = pairs.all.findIndex(({ a, b }) => !(a && b));
  const count = pairs.complete.length;
  if (index >= 0) return `Now set point ${index + 1} in ${pairs.all[index].a ? "After" : "Before"}: click the same place there.`;
  if (!count) return `Click a place in Before, then the same place in After. ${emptyMeans}`.trim();
  if (count < MIN_PAIRS) return "One pair is set. Set at least one more, far from it.";
  return `${count} pairs are set: After can be ${EFFECTS[count]}. Drag a point to correct it.`;
}

function place(point) {
  return point ? `${point.x}, ${point.y}` : "not set";
}
