// How far a comparison is: a line of words, a thin bar, and the steps as a checklist.

const MARKS = { waiting: "", running: "", done: "✓" };
const STATES = { waiting: "to come", running: "running", done: "done" };

// Screen readers hear of what runs no more often than this.
const QUIET_MILLISECONDS = 5000;

export class Progress {
  #element;
  #words = make("p", "doing");
  #bar = make("progress", "bar");
  #list = make("ol", "steps");
  #spoken = make("p", "visually-hidden");
  #timer = 0;
  #said = -Infinity;

  // element: an empty, hidden one.
  constructor(element) {
    this.#element = element;
    this.#bar.setAttribute("aria-label", "Progress");
    this.#spoken.setAttribute("role", "status");
    element.replaceChildren(this.#words, this.#bar, this.#list, this.#spoken);
  }

  begin() {
    this.#list.replaceChildren();
    this.#bar.removeAttribute("value");
    this.#words.textContent = this.#spoken.textContent = "";
    this.#said = -Infinity;
    this.#element.hidden = false;
    this.#element.scrollIntoView({ block: "nearest" });
  }

  end() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#element.hidden = true;
  }

  // The share of the files that is sent, in [0, 1].
  uploading(share) {
    const sent = share === 1;
    this.#words.textContent = sent ? "Checking the files" : `Uploading, ${Math.round(share * 100)} %`;
    if (sent) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
    this.#say("Uploading");
  }

  // The steps as evaluate() tells them.
  steps(steps) {
    if (!this.#timer) this.#count();
    const done = steps.filter((step) => step.state === "done");
    this.#bar.value = done.length / steps.length;
    steps.forEach((step, index) => this.#place(step, this.#list.children[index]));
    const running = steps.filter((step) => step.state === "running").map((step) => step.label);
    if (running.length) this.#say(`${running.join(", ")}. ${done.length} of ${steps.length} steps done.`);
  }

  // Only what changed is drawn anew.
  #place(step, old) {
    const key = `${step.name} ${step.state}`;
    if (old?.dataset.key === key) return;
    const line = item(step);
    line.dataset.key = key;
    if (old) old.replaceWith(line);
    else this.#list.append(line);
  }

  #count() {
    const began = performance.now();
    const tick = () => (this.#words.textContent = `Comparing, ${Math.round((performance.now() - began) / 1000)} s`);
    this.#timer = setInterval(tick, 1000);
    tick();
  }

  #say(words) {
    if (performance.now() - this.#said < QUIET_MILLISECONDS) return;
    this.#said = performance.now();
    this.#spoken.textContent = words;
  }
}

function item({ label, state, milliseconds }) {
  const line = make("li", state);
  const mark = make("span", "mark", MARKS[state]);
  mark.setAttribute("aria-hidden", "true");
  line.append(mark, make("span", "label", label), make("span", "visually-hidden", `, ${STATES[state]}`));
  if (state === "done") line.append(make("span", "soft took", took(milliseconds)));
  return line;
}

function took(milliseconds) {
  return milliseconds < 9950 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
