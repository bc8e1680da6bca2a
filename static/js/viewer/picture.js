// One picture of the report: an overview, and if that is shrunk, full-resolution tiles of the visible part.

const MAX_TILES = 40; // in memory
const MAX_STRETCH = 1.4; // of the overview before tiles are fetched
const FULL = 0.99; // nearly one pixel per pixel, where only tiles are sharp enough
const MAX_REQUESTS = 4; // at once; two of a browser's six connections stay free
const RETRY_MILLISECONDS = 5000; // like the service's Retry-After; doubled after each failure
const MAX_ATTEMPTS = 5; // in little more than a minute

export class Picture {
  #changed;
  #tiling;
  #overview = null;
  #tiles = new Map(); // by address; the oldest first
  #visible = []; // the tiles of the last drawing
  #missing = false;

  // url: of the overview, or the selector of an element of the page with it. size: {width, height} of the full picture.
  // tiling: {side, url(column, row)} or null. `changed` is called when there is more to draw.
  constructor(url, size, tiling, changed) {
    Object.assign(this, { url, size });
    this.#tiling = tiling;
    this.#changed = changed;
  }

  // Whether parts of the last drawing are still loading.
  get waiting() {
    return this.#overview?.complete === false || this.#visible.some((tile) => tile.awaited);
  }

  get failed() {
    return this.#missing || this.#visible.some((tile) => tile.lost);
  }

  // Draw the camera's part of the picture on a canvas in device pixels, `ratio` of them per CSS pixel.
  draw(context, camera, ratio) {
    const overview = this.#load();
    if (!overview) return;
    context.imageSmoothingEnabled = camera.scale * ratio < 2;
    context.imageSmoothingQuality = "high";
    this.#paint(context, camera, ratio, overview, { x: 0, y: 0, ...this.size });
    const reduced = overview.naturalWidth / this.size.width;
    const close = camera.scale * ratio > Math.min(FULL, reduced * MAX_STRETCH);
    this.#visible = this.#tiling && close ? this.#fill(context, camera, ratio) : [];
  }

  // The overview, loaded at the first drawing, so that unused modes cost nothing.
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
    const visible = [];
    for (let y = first(from.y, side); y < Math.min(to.y, height); y += side) {
      for (let x = first(from.x, side); x < Math.min(to.x, width); x += side) {
        const tile = this.#tile(url(x / side, y / side));
        const box = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
        tile.request();
        if (ready(tile.image)) this.#paint(context, camera, ratio, tile.image, box);
        visible.push(tile);
      }
    }
    this.#forget(Math.max(MAX_TILES, visible.length));
    return visible;
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

  // Edges are rounded to device pixels, so that there is no seam between tiles.
  #paint(context, camera, ratio, image, box) {
    const from = camera.toPane(box);
    const to = camera.toPane({ x: box.x + box.width, y: box.y + box.height });
    const [left, top, right, bottom] = [from.x, from.y, to.x, to.y].map((value) => Math.round(value * ratio));
    context.drawImage(image, left, top, right - left, bottom - top);
  }
}

// A tile. Every drawing that shows it requests it, so tiles that are no longer visible are not fetched. The drawing after
// each response starts the next request.
class Tile {
  static #underway = 0; // of all pictures
  #url;
  #busy = false; // loading, or waiting after a failure
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
      setTimeout(() => this.#retry(changed), RETRY_MILLISECONDS * 2 ** this.#failures);
      this.#failures += 1;
      changed();
    };
  }

  get lost() {
    return this.#failures === MAX_ATTEMPTS;
  }

  get awaited() {
    return !ready(this.image) && !this.lost;
  }

  request() {
    if (this.#busy || !this.awaited || Tile.#underway === MAX_REQUESTS) return;
    this.#busy = true;
    Tile.#underway += 1;
    this.image.src = this.#url;
  }

  #retry(changed) {
    this.#busy = false;
    changed();
  }
}

function address(url) {
  const element = /^[#[]/.test(url) ? document.querySelector(url) : null;
  return element ? element.getAttribute("href") ?? element.getAttribute("src") : url;
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
