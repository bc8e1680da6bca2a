// The front page: two drop zones, paste, swap, and the way from the files to the report.

import { compare, Problem } from "./compare.js";
import { inOrder, readableSize } from "./files.js";
import { Zone } from "./zone.js";

const form = document.querySelector("#front");
const [start, swapButton, formError] = ["#start", "#swap", "#formError"].map((id) => document.querySelector(id));
const [progress, bar, step] = ["#progress", "#bar", "#step"].map((id) => document.querySelector(id));
const zones = { a: new Zone("zoneA", changed), b: new Zone("zoneB", changed) };
let running = false;

form.noValidate = true;
swapButton.hidden = false;
changed();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
swapButton.addEventListener("click", swap);
document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && event.key.toLowerCase() === "x" && !event.target.closest("input, select, textarea")) swap();
});
document.addEventListener("paste", (event) => take([...event.clipboardData.files]));
// The back button may bring this page back as it was left: in the middle of a run.
window.addEventListener("pageshow", (event) => event.persisted && finish());

// Files may be dropped anywhere. One file on a zone is that zone's own business; the capture phase sees all else first.
document.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  form.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  form.classList.remove("dropping");
  const files = [...event.dataTransfer.files];
  if (!files.length || (files.length === 1 && event.target.closest(".zone"))) return;
  event.preventDefault();
  event.stopPropagation();
  take(files);
}, true);

// One file goes to the free zone, before first; two fill both and start.
function take(files) {
  if (running || !files.length) return;
  if (files.length > 2) return fail(`Two pictures are compared at a time; these are ${files.length}.`);
  if (files.length === 2) {
    [zones.a.file, zones.b.file] = inOrder(files);
    run();
  } else {
    (zones.a.file && !zones.b.file ? zones.b : zones.a).file = files[0];
  }
}

function swap() {
  if (running || !(zones.a.file || zones.b.file)) return;
  [zones.a.file, zones.b.file] = [zones.b.file, zones.a.file];
}

function changed() {
  formError.hidden = true;
  swapButton.disabled = running || !(zones.a.file || zones.b.file);
  start.disabled = running || !(zones.a.file && zones.b.file);
}

async function run() {
  const [a, b] = [zones.a.file, zones.b.file];
  if (running || !a || !b) return;
  const limit = Number(form.dataset.maxBytes);
  if (a.size + b.size > limit) {
    return fail(`The two files have ${readableSize(a.size + b.size)}; the limit for both together is ${readableSize(limit)}.`);
  }
  begin();
  try {
    const report = await compare(form, a, b, tell);
    location.assign(report.links.page);
  } catch (error) {
    finish();
    if (!(error instanceof Problem)) throw error;
    (zones[error.field]?.fail ?? fail)(error.message);
  }
}

function tell(words, fraction) {
  step.textContent = words;
  if (fraction === null) bar.removeAttribute("value");
  else bar.value = fraction;
}

function begin() {
  running = true;
  progress.hidden = false;
  changed();
}

function finish() {
  running = false;
  progress.hidden = true;
  changed();
}

function fail(message) {
  formError.textContent = message;
  formError.hidden = false;
}
