// The state of the viewer. Parts of the viewer change it and listen to its changes.

export class State extends EventTarget {
  mode = "side";
  swipe = 0.5; // share of the picture's visible width
  mix = 0.5; // opacity of B in the onion skin
  heat = 0.6; // opacity of the heat map on A
  map = "ssim_map"; // which heat map
  side = "a"; // which picture a blink shows
  playing = false;
  outlines = true;
  chosen = 0; // number of a region, 0 for none
  pointed = 0; // number of the region under the mouse in the list, 0 for none
  least = 0; // minimum score of visible regions
  hidden = new Set(); // numbers of regions
  sort = "change";
  ignored = []; // boxes to ignore

  // Set values and notify the listeners of those that changed.
  set(values) {
    const names = Object.keys(values).filter((name) => this[name] !== values[name]);
    if (!names.length) return;
    Object.assign(this, values);
    this.dispatchEvent(new CustomEvent("change", { detail: names }));
  }

  // Call `listener` whenever one of these values changes.
  on(names, listener) {
    this.addEventListener("change", ({ detail }) => detail.some((name) => names.includes(name)) && listener());
  }
}
