// The progress of a comparison: a line of text, a thin bar, and the steps as a checklist.

const MARKS = { waiting: "", running: "", done: "✓" };
const STATES = { waiting: "to come", running: "running", done: "done" };

const ANNOUNCE_MILLISECONDS = 5000; // at least, between two announcements to screen readers

export class Progress {
  #element;
  #text = make("p", "doing");
  #bar = make("progress", "bar");
  #list = make("ol", "steps");
  #status = make("p", "visually-hidden");
  #timer = 0;
  #announced = -Infinity;

  // element: empty and hidden.
  constructor(element) {
    this.#element = element;
    this.#bar.setAttribute("aria-label", "Progress");
    this.#status.setAttribute("role", "status");
    element.replaceChildren(this.#text, this.#bar, this.#list, this.#status);
  }

  begin() {
    this.#list.replaceChildren();
    this.#bar.removeAttribute("value");
    this.#text.textContent = this.#status.textContent = "";
    this.#announced = -Infinity;
    this.#element.hidden = false;
    this.#element.scrollIntoView({ block: "nearest" });
  }

  end() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#element.hidden = true;
  }

  // share: of the files that is sent, in [0, 1].
  uploading(share) {
    const sent = share === 1;
    this.#text.textContent = sent ? "Checking the files" : `Uploading, ${Math.round(share * 100)} %`;
    if (sent) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
    this.#announce("Uploading");
  }

  // steps: as evaluate() reports them.
  steps(steps) {
    if (!this.#timer) this.#startTimer();
    const done = steps.filter((step) => step.state === "done");
    this.#bar.value = done.length / steps.length;
    steps.forEach((step, index) => this.#update(step, this.#list.children[index]));
    const running = steps.filter((step) => step.state === "running").map((step) => step.label);
    if (running.length) this.#announce(`${running.join(", ")}. ${done.length} of ${steps.length} steps done.`);
  }

  // Replace a step's line only if it changed.
  #update(step, old) {
    const key = `${step.name} ${step.state}`;
    if (old?.dataset.key === key) return;
    const line = item(step);
    line.dataset.key = key;
    if (old) old.replaceWith(line);
    else this.#list.append(line);
  }

  #startTimer() {
    const began = performance.now();
    const tick = () => (this.#text.textContent = `Comparing, ${Math.round((performance.now() - began) / 1000)} s`);
    this.#timer = setInterval(tick, 1000);
    tick();
  }

  #announce(text) {
    if (performance.now() - this.#announced < ANNOUNCE_MILLISECONDS) return;
    this.#announced = performance.now();
    this.#status.textContent = text;
  }
}

function item({ label, state, milliseconds }) {
  const line = make("li", state);
  const mark = make("span", "mark", MARKS[state]);
  mark.setAttribute("aria-hidden", "true");
  line.append(mark, make("span", "label", label), make("span", "visually-hidden", `, ${STATES[state]}`));
  if (state === "done") line.append(make("span", "soft took", duration(milliseconds)));
  return line;
}

function duration(milliseconds) {
  return milliseconds < 9950 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
