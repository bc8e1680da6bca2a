// The pairs of points, and their text. A pair is {a, b}; either is {x, y} in pixels, or null until it is set.

export const [MIN_PAIRS, MAX_PAIRS] = [2, 4];
const FORM = "Write one pair a line, as four numbers: x and y in Before, x and y in After.";

export class Pairs extends EventTarget {
  #all = [];

  get all() {
    return this.#all;
  }

  // The pairs whose points are both set.
  get complete() {
    return this.#all.filter(({ a, b }) => a && b);
  }

  // Set a point of one picture, "a" or "b", in the first pair that lacks it, or in a new one. Returns its index.
  add(field, point) {
    const index = this.#all.findIndex((pair) => !pair[field]);
    if (index < 0 && this.#all.length === MAX_PAIRS) return -1;
    if (index < 0) this.#all.push({ a: null, b: null, [field]: point });
    else this.#all[index][field] = point;
    this.#changed();
    return index < 0 ? this.#all.length - 1 : index;
  }

  move(index, field, point) {
    this.#all[index][field] = point;
    this.#changed();
  }

  remove(index) {
    this.#all.splice(index, 1);
    this.#changed();
  }

  clear() {
    this.#all = [];
    this.#changed();
  }

  // One line of four numbers for each complete pair.
  get text() {
    return this.complete.map(({ a, b }) => [a.x, a.y, b.x, b.y].join(", ")).join("\n");
  }

  // Replace the pairs by those of a text. Returns what is wrong with the text, or "".
  read(text) {
    const rows = parsed(text.trim());
    if (!rows) return FORM;
    if (rows.length > MAX_PAIRS) return `Set no more than ${MAX_PAIRS} pairs.`;
    this.#all = rows.map(([ax, ay, bx, by]) => ({ a: { x: ax, y: ay }, b: { x: bx, y: by } }));
    this.#changed();
    return "";
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

// The rows of four numbers of a JSON list or of lines; null if the text is neither.
function parsed(text) {
  try {
    const rows = text.startsWith("[") ? JSON.parse(text) : lines(text);
    const right = rows.every((row) => Array.isArray(row) && row.length === 4 && row.every(Number.isFinite));
    return right ? rows : null;
  } catch {
    return null;
  }
}

function lines(text) {
  const rows = text.split("\n").map((line) => line.split(/[\s,;]+/).filter(Boolean));
  return rows.filter((row) => row.length).map((row) => row.map(Number));
}
