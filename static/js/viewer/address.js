// The view in the address: a copied link shows what was on the screen.

import { MODES } from "viewer/modes.js";

const LATER = 200; // milliseconds; browsers refuse more than a hundred changes in half a minute

export class Address {
  #state;
  #camera;
  #maps;
  #timer = 0;

  // count: of the regions. maps: the names of the heat maps, the one that is shown first at the beginning.
  constructor(state, camera, count, maps) {
    [this.#state, this.#camera, this.count, this.#maps] = [state, camera, count, maps];
    state.addEventListener("change", ({ detail }) => detail.includes("pointed") || this.later());
    window.addEventListener("hashchange", () => this.restore());
  }

  // Write it soon: not with every step of a drag.
  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(null, "", this.link), LATER);
  }

  get link() {
    const { pathname, search } = window.location;
    return `${pathname}${search}#${this.hash}`;
  }

  // What differs from how a report opens, beside the mode.
  get hash() {
    const { mode, swipe, mix, heat, map, side, chosen, least, hidden, outlines, sort } = this.#state;
    const told = { view: mode };
    if (mode === "swipe" && swipe !== 0.5) told.swipe = round(swipe, 3);
    if (mode === "onion" && mix !== 0.5) told.mix = round(mix, 2);
    if (mode === "heat") told.mix = round(heat, 2);
    if (mode === "heat" && map !== this.#maps[0]) told.map = map;
    if (mode === "blink" && !this.#state.playing) told.side = side;
    if (!this.#camera.fitted) told.at = this.place;
    if (chosen) told.region = chosen;
    if (least) told.least = least;
    if (hidden.size) told.hidden = [...hidden].join(",");
    if (sort !== "change") told.sort = sort;
    if (!outlines) told.outlines = "off";
    return Object.entries(told).map((entry) => entry.join("=")).join("&");
  }

  get place() {
    const { x, y, scale } = this.#camera;
    return [round(x, 1), round(y, 1), round(scale, 4)].join(",");
  }

  // Take over what the address says; whatever makes no sense in it is passed over. True where it names a mode.
  restore() {
    const told = new URLSearchParams(window.location.hash.slice(1));
    const mode = told.get("view");
    if (!Object.hasOwn(MODES, mode ?? "") || !document.querySelector(`[data-mode="${mode}"]`)) return false;
    this.#state.set({ mode });
    this.#state.set({ ...this.#dials(told, mode), ...this.#list(told) });
    const [x, y, scale] = (told.get("at") ?? "").split(",").map(Number);
    const placed = scale > 0 && Number.isFinite(x) && Number.isFinite(y);
    // The smallest scale shows the whole, wherever an earlier address has led.
    this.#camera.place(placed ? { x, y, scale } : { x: 0, y: 0, scale: 0 });
    return true;
  }

  #dials(told, mode) {
    const values = { swipe: share(told.get("swipe"), 0.5), outlines: told.get("outlines") !== "off" };
    if (mode === "heat") {
      values.heat = share(told.get("mix"), this.#state.heat);
      values.map = this.#maps.find((name) => name === told.get("map")) ?? this.#maps[0];
    } else values.mix = share(told.get("mix"), 0.5);
    if (["a", "b"].includes(told.get("side"))) Object.assign(values, { side: told.get("side"), playing: false });
    return values;
  }

  #list(told) {
    const known = (number) => Number.isInteger(number) && number > 0 && number <= this.count;
    const [chosen] = [Number(told.get("region"))].filter(known);
    const hidden = (told.get("hidden") ?? "").split(",").map(Number).filter(known);
    const sort = ["change", "score", "size", "place"].find((name) => name === told.get("sort"));
    return { chosen: chosen ?? 0, hidden: new Set(hidden), least: share(told.get("least"), 0), sort: sort ?? "change" };
  }
}

function share(text, otherwise) {
  const value = Number(text);
  return text !== null && value >= 0 && value <= 1 ? value : otherwise;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
