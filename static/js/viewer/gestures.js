// Mouse, pen and touch on the stage: drag, pinch, wheel, double click, the swipe's handle, drawing an area.

const NOTCH = 1.2; // zoom factor of one notch of a mouse wheel
const CLICK_TOLERANCE = 5; // CSS pixels of motion during a click
const HANDLE_REACH = 28; // CSS pixels around the swipe's line, enough for a finger

// `actions`: pick(point) for a click, draft(from, to, done) while an area is drawn, drawing() for whether the next drag
// draws an area, and hovered() when the cursor moves. Points are in pixels of the picture.
export class Gestures {
  #stage;
  #element;
  #state;
  #actions;
  #pointers = new Map(); // the last positions of pressed pointers by id
  #drag = null; // the effect of the first pointer: "pan", "swipe" or "draw"
  hover = null; // {frame, x, y} under a mouse

  constructor(stage, element, state, actions) {
    [this.#stage, this.#element, this.#state, this.#actions] = [stage, element, state, actions];
    for (const [name, listener] of Object.entries({
      pointerdown: this.#down, pointermove: this.#move, pointerup: this.#up, pointercancel: this.#cancel,
      pointerleave: this.#leave, dblclick: this.#twice, lostpointercapture: this.#cancel,
    })) {
      element.addEventListener(name, listener.bind(this));
    }
    element.addEventListener("wheel", this.#wheel.bind(this), { passive: false });
  }

  #down(event) {
    if (event.button || event.target.closest("button, input")) return;
    const [first] = this.#pointers.values();
    // A second finger is measured in the pane of the first one, and neither of them clicks.
    const at = first ? { ...this.#within(event, first.frame), frame: first.frame } : this.#stage.at(event);
    if (first) first.moved = true;
    this.#pointers.set(event.pointerId, { ...at, began: at, moved: Boolean(first) });
    this.#element.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 1) {
      this.#drag = this.#purpose(event, at);
      this.start = this.#stage.camera.toPicture(at);
    } else if (this.#drag !== "draw") this.#drag = "pan";
  }

  // While the whole picture is visible and cannot be panned, all of it is the swipe's handle.
  #purpose(event, at) {
    if (this.#actions.drawing()) return "draw";
    if (this.#state.mode !== "swipe") return "pan";
    const { left, width } = this.#stage.span;
    const near = Math.abs(at.x - (left + width * this.#state.swipe)) < HANDLE_REACH;
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
    const distance = Math.hypot(point.x - point.began.x, point.y - point.began.y);
    if (distance < CLICK_TOLERANCE && this.#pointers.size === 1 && !last.moved) return;
    point.moved = true;
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, last, point);
    else if (this.#drag === "swipe") this.#swipe(point);
    else if (this.#drag === "draw") this.#actions.draft(this.start, this.#stage.camera.toPicture(point), false);
    else this.#stage.camera.pan(point.x - last.x, point.y - last.y);
    this.#pointers.set(event.pointerId, point);
  }

  // The position in the pane in which the drag began, even outside it.
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

  // Zoom in to the pixels, or back to the whole picture.
  #twice(event) {
    if (event.target.closest("button, input") || this.#state.mode === "swipe") return;
    const { camera } = this.#stage;
    const close = Math.max(1, camera.whole * 4);
    if (camera.scale < 1 || camera.fitted) camera.zoom(close / camera.scale, this.#stage.at(event));
    else camera.fit();
  }

  // Zoom, or let the page scroll: down from the whole picture, and back up to it.
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
