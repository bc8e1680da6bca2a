// The view in the address, so that a copied link restores it.

import { MODES } from "viewer/modes.js";

const DELAY = 200; // milliseconds; browsers allow a hundred changes in half a minute

export class Address {
  #state;
  #camera;
  #maps;
  #timer = 0;

  // count: of the regions. maps: the names of the heat maps, the initial one first.
  constructor(state, camera, count, maps) {
    [this.#state, this.#camera, this.count, this.#maps] = [state, camera, count, maps];
    state.addEventListener("change", ({ detail }) => detail.includes("pointed") || this.update());
    window.addEventListener("hashchange", () => this.restore());
  }

  // Update the address after a delay, not with every step of a drag.
  update() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(null, "", this.link), DELAY);
  }

  get link() {
    const { pathname, search } = window.location;
    return `${pathname}${search}#${this.hash}`;
  }

  // The mode, and every value that differs from its default.
  get hash() {
    const { mode, swipe, mix, heat, map, side, chosen, least, hidden, outlines, sort } = this.#state;
    const values = { view: mode };
    if (mode === "swipe" && swipe !== 0.5) values.swipe = round(swipe, 3);
    if (mode === "onion" && mix !== 0.5) values.mix = round(mix, 2);
    if (mode === "heat") values.mix = round(heat, 2);
    if (mode === "heat" && map !== this.#maps[0]) values.map = map;
    if (mode === "blink" && !this.#state.playing) values.side = side;
    if (!this.#camera.fitted) values.at = this.position;
    if (chosen) values.region = chosen;
    if (least) values.least = least;
    if (hidden.size) values.hidden = [...hidden].join(",");
    if (sort !== "change") values.sort = sort;
    if (!outlines) values.outlines = "off";
    return Object.entries(values).map((entry) => entry.join("=")).join("&");
  }

  get position() {
    const { x, y, scale } = this.#camera;
    return [round(x, 1), round(y, 1), round(scale, 4)].join(",");
  }

  // Restore the view from the address, ignoring invalid values. Returns whether the address names a mode.
  restore() {
    const given = new URLSearchParams(window.location.hash.slice(1));
    const mode = given.get("view");
    if (!Object.hasOwn(MODES, mode ?? "") || !document.querySelector(`[data-mode="${mode}"]`)) return false;
    this.#state.set({ mode });
    this.#state.set({ ...this.#dials(given, mode), ...this.#list(given) });
    const [x, y, scale] = (given.get("at") ?? "").split(",").map(Number);
    const placed = scale > 0 && Number.isFinite(x) && Number.isFinite(y);
    // Scale 0 is raised to that of the whole picture, which undoes an earlier address.
    this.#camera.moveTo(placed ? { x, y, scale } : { x: 0, y: 0, scale: 0 });
    return true;
  }

  #dials(given, mode) {
    const values = { swipe: share(given.get("swipe"), 0.5), outlines: given.get("outlines") !== "off" };
    if (mode === "heat") {
      values.heat = share(given.get("mix"), this.#state.heat);
      values.map = this.#maps.find((name) => name === given.get("map")) ?? this.#maps[0];
    } else values.mix = share(given.get("mix"), 0.5);
    if (["a", "b"].includes(given.get("side"))) Object.assign(values, { side: given.get("side"), playing: false });
    return values;
  }

  #list(given) {
    const known = (number) => Number.isInteger(number) && number > 0 && number <= this.count;
    const [chosen] = [Number(given.get("region"))].filter(known);
    const hidden = (given.get("hidden") ?? "").split(",").map(Number).filter(known);
    const sort = ["change", "score", "size", "place"].find((name) => name === given.get("sort"));
    const least = share(given.get("least"), 0);
    return { chosen: chosen ?? 0, hidden: new Set(hidden), least, sort: sort ?? "change" };
  }
}

function share(text, otherwise) {
  const value = Number(text);
  return text !== null && value >= 0 && value <= 1 ? value : otherwise;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
