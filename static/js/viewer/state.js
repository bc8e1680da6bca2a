// What the viewer shows, in one place: whoever changes it tells all others.

export class State extends EventTarget {
  mode = "side";
  swipe = 0.5; // share of the picture's visible width
  mix = 0.5; // how much of B an onion skin shows
  heat = 0.6; // how much of the heat map is seen on A
  map = "ssim_map"; // which heat map
  side = "a"; // which picture a blink shows
  playing = false;
  outlines = true;
  chosen = 0; // number of a region, 0 for none
  pointed = 0; // the same for the one under the mouse in the list
  least = 0; // score below which regions are out of sight
  hidden = new Set(); // numbers of regions
  sort = "change";
  ignored = []; // boxes to be left out

  // Take over some values and tell the others which; what stays as it is is no change.
  set(values) {
    const names = Object.keys(values).filter((name) => this[name] !== values[name]);
    if (!names.length) return;
    Object.assign(this, values);
    this.dispatchEvent(new CustomEvent("change", { detail: names }));
  }

  // Call `heard` whenever one of these values changes.
  on(names, heard) {
    this.addEventListener("change", ({ detail }) => detail.some((name) => names.includes(name)) && heard());
  }
}
