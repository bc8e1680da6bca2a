// Mouse, pen and fingers on the stage: drag, pinch, wheel, double click; the swipe's handle; drawing an area.

const NOTCH = 1.2; // factor of a mouse wheel's notch
const STILL = 5; // CSS pixels that a click may tremble
const NEAR = 28; // from the swipe's line, for a finger

// `actions`: pick(point, pane) for a click, swipeTo(share), draft(from, to, done) while an area is drawn, and
// drawing(): whether the next drag draws one. Points are in pixels of the picture.
export class Gestures {
  #stage;
  #element;
  #state;
  #actions;
  #pointers = new Map(); // those that are down, by id: where they were last
  #drag = null; // what the first of them does: "pan", "swipe" or "draw"
  hover = null; // {frame, x, y} under a mouse

  constructor(stage, element, state, actions) {
    [this.#stage, this.#element, this.#state, this.#actions] = [stage, element, state, actions];
    for (const [name, heard] of Object.entries({
      pointerdown: this.#down, pointermove: this.#move, pointerup: this.#up, pointercancel: this.#cancel,
      pointerleave: this.#leave, dblclick: this.#twice, lostpointercapture: this.#cancel,
    })) {
      element.addEventListener(name, heard.bind(this));
    }
    element.addEventListener("wheel", this.#wheel.bind(this), { passive: false });
  }

  #down(event) {
    if (event.button || event.target.closest("button, input")) return;
    const [first] = this.#pointers.values();
    // A second finger counts from the pane of the first one, and makes a click of neither.
    const at = first ? { ...this.#within(event, first.frame), frame: first.frame } : this.#stage.at(event);
    if (first) first.moved = true;
    this.#pointers.set(event.pointerId, { ...at, began: at, moved: Boolean(first) });
    this.#element.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 1) {
      this.#drag = this.#purpose(event, at);
      this.start = this.#stage.camera.toPicture(at);
    } else if (this.#drag !== "draw") this.#drag = "pan";
  }

  // Where nothing can be panned, the whole picture is the swipe's handle.
  #purpose(event, at) {
    if (this.#actions.drawing()) return "draw";
    if (this.#state.mode !== "swipe") return "pan";
    const { left, width } = this.#stage.span;
    const near = Math.abs(at.x - (left + width * this.#state.swipe)) < NEAR;
    return near || this.#stage.camera.fitted ? "swipe" : "pan";
  }

  #move(event) {
    const at = this.#stage.at(event);
    const last = this.#pointers.get(event.pointerId);
    if (!last) {
      this.hover = event.pointerType === "mouse" ? at : null;
      this.#actions.hovered();
      return;
    }
    this.hover = null;
    const point = { ...this.#within(event, last.frame), frame: last.frame, began: last.began };
    const trembles = Math.hypot(point.x - point.began.x, point.y - point.began.y) < STILL && this.#pointers.size === 1;
    if (trembles && !last.moved) return;
    point.moved = true;
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, last, point);
    else if (this.#drag === "swipe") this.#swipe(point);
    else if (this.#drag === "draw") this.#actions.draft(this.start, this.#stage.camera.toPicture(point), false);
    else this.#stage.camera.pan(point.x - last.x, point.y - last.y);
    this.#pointers.set(event.pointerId, point);
  }

  // A drag belongs to the pane in which it began, also where it leaves that.
  #within(event, frame) {
    const { left, top } = this.#element.getBoundingClientRect();
    return { x: event.clientX - left - frame.x, y: event.clientY - top - frame.y };
  }

  #pinch(id, last, point) {
    const [other] = [...this.#pointers].filter(([key]) => key !== id).map(([, value]) => value);
    const apart = (one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 };
    this.#stage.camera.zoom(apart(point) / apart(last), middle);
    this.#stage.camera.pan((point.x - last.x) / 2, (point.y - last.y) / 2);
  }

  #up(event) {
    const last = this.#pointers.get(event.pointerId);
    if (!last) return;
    const point = this.#stage.camera.toPicture(last);
    if (this.#drag === "draw") this.#actions.draft(this.start, point, true);
    else if (!last.moved && this.#pointers.size === 1) this.#actions.pick(point);
    this.#cancel(event);
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    if (!this.#pointers.size) this.#drag = null;
  }

  #leave() {
    this.hover = null;
    this.#actions.hovered();
  }

  #swipe({ x }) {
    const { left, width } = this.#stage.span;
    this.#state.set({ swipe: Math.min(1, Math.max(0, (x - left) / width)) });
  }

  // To the pixels, or back to the whole.
  #twice(event) {
    if (event.target.closest("button, input") || this.#state.mode === "swipe") return;
    const { camera } = this.#stage;
    const close = Math.max(1, camera.whole * 4);
    if (camera.scale < 1 || camera.fitted) camera.zoom(close / camera.scale, this.#stage.at(event));
    else camera.fit();
  }

  // The page scrolls on where there is nothing to zoom: out of the whole picture, and back up from below it.
  #wheel(event) {
    const { camera } = this.#stage;
    const pinched = event.ctrlKey || event.metaKey;
    if (!pinched && camera.fitted && (event.deltaY > 0 || window.scrollY > 0)) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / 100 : event.deltaY / 3;
    const notches = Math.max(-3, Math.min(3, pinched ? lines * 6 : lines));
    camera.zoom(NOTCH ** -notches, this.#stage.at(event));
  }
}
