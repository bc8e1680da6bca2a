// One picture of the report: an overview, and where that is reduced, tiles in full for the part looked at.

const KEPT = 40; // tiles
const SOFT = 1.4; // how far the overview is stretched before tiles are fetched
const FULL = 0.99; // pixel for pixel, but for rounding: from here on nothing but tiles will do
const AT_ONCE = 4; // tiles on their way; of a browser's six connections two stay free for all else
const PAUSE = 5000; // milliseconds before a tile is asked for again, as the service has it; twice as many each time
const ATTEMPTS = 5; // in little more than a minute

export class Picture {
  #changed;
  #tiling;
  #overview = null;
  #tiles = new Map(); // by address; the oldest first
  #seen = []; // the tiles of what was drawn last
  #missing = false;

  // url: of the overview, or the selector of an element of the page that holds it. size: {width, height} in full.
  // tiling: {side, url(column, row)} or null. `changed` is called when there is more to be drawn.
  constructor(url, size, tiling, changed) {
    Object.assign(this, { url, size });
    this.#tiling = tiling;
    this.#changed = changed;
  }

  // Whether more of what was looked at last is still to come.
  get waiting() {
    return this.#overview?.complete === false || this.#seen.some((tile) => tile.awaited);
  }

  get failed() {
    return this.#missing || this.#seen.some((tile) => tile.lost);
  }

  // Draw the part that the camera sees on a canvas, in device pixels; `ratio` of them are one CSS pixel.
  draw(context, camera, ratio) {
    const overview = this.#load();
    if (!overview) return;
    context.imageSmoothingEnabled = camera.scale * ratio < 2;
    context.imageSmoothingQuality = "high";
    this.#paint(context, camera, ratio, overview, { x: 0, y: 0, ...this.size });
    const reduced = overview.naturalWidth / this.size.width;
    const close = camera.scale * ratio > Math.min(FULL, reduced * SOFT);
    this.#seen = this.#tiling && close ? this.#fill(context, camera, ratio) : [];
  }

  // The first to draw it has it loaded: a mode that nobody looks at costs nothing.
  #load() {
    if (!this.#overview) {
      this.#overview = fetched(address(this.url), this.#changed, () => {
        this.#missing = true;
        this.#changed();
      });
    }
    return ready(this.#overview) ? this.#overview : null;
  }

  #fill(context, camera, ratio) {
    const { side, url } = this.#tiling;
    const from = camera.toPicture({ x: 0, y: 0 });
    const to = camera.toPicture({ x: camera.pane.width, y: camera.pane.height });
    const { width, height } = this.size;
    const seen = [];
    for (let y = first(from.y, side); y < Math.min(to.y, height); y += side) {
      for (let x = first(from.x, side); x < Math.min(to.x, width); x += side) {
        const tile = this.#tile(url(x / side, y / side));
        const box = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
        tile.ask();
        if (ready(tile.image)) this.#paint(context, camera, ratio, tile.image, box);
        seen.push(tile);
      }
    }
    this.#forget(Math.max(KEPT, seen.length));
    return seen;
  }

  #tile(url) {
    const tile = this.#tiles.get(url) ?? new Tile(url, this.#changed);
    this.#tiles.delete(url);
    this.#tiles.set(url, tile);
    return tile;
  }

  #forget(kept) {
    for (const url of [...this.#tiles.keys()].slice(0, -kept)) this.#tiles.delete(url);
  }

  // Edges are rounded to device pixels, so that no seam is seen between two tiles.
  #paint(context, camera, ratio, image, box) {
    const from = camera.toPane(box);
    const to = camera.toPane({ x: box.x + box.width, y: box.y + box.height });
    const [left, top, right, bottom] = [from.x, from.y, to.x, to.y].map((value) => Math.round(value * ratio));
    context.drawImage(image, left, top, right - left, bottom - top);
  }
}

// A part of a picture in full. It is asked for with every drawing that shows it: what has left the sight meanwhile is not
// fetched, and the drawing after one that came or failed is the queue.
class Tile {
  static #underway = 0; // of all pictures
  #url;
  #busy = false; // on its way, or in the pause after a failure
  #failures = 0;
  image = new Image();

  constructor(url, changed) {
    this.#url = url;
    this.image.onload = () => {
      Tile.#underway -= 1;
      changed();
    };
    this.image.onerror = () => {
      Tile.#underway -= 1;
      setTimeout(() => this.#rested(changed), PAUSE * 2 ** this.#failures);
      this.#failures += 1;
      changed();
    };
  }

  get lost() {
    return this.#failures === ATTEMPTS;
  }

  get awaited() {
    return !ready(this.image) && !this.lost;
  }

  ask() {
    if (this.#busy || !this.awaited || Tile.#underway === AT_ONCE) return;
    this.#busy = true;
    Tile.#underway += 1;
    this.image.src = this.#url;
  }

  #rested(changed) {
    this.#busy = false;
    changed();
  }
}

function address(place) {
  const holder = /^[#[]/.test(place) ? document.querySelector(place) : null;
  return holder ? holder.getAttribute("href") ?? holder.getAttribute("src") : place;
}

function fetched(url, loaded, failed) {
  const image = new Image();
  image.onload = loaded;
  image.onerror = failed;
  image.src = url;
  return image;
}

function ready(image) {
  return image.complete && image.naturalWidth > 0;
}

function first(edge, side) {
  return Math.max(0, Math.floor(edge / side) * side);
}
