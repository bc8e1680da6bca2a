// The front page: two drop zones, paste, swap, and the comparison.

import { compare } from "./compare.js";
import { Problem } from "./evaluate.js";
import { fetchFile, inOrder, readableSize } from "./files.js";
import { Options } from "./options.js";
import { Progress } from "./progress.js";
import { Zone } from "./zone.js";

// The form's overhead beside the files: boundaries, names, the token and the options.
const ENVELOPE_BYTES = 8192;

const form = document.querySelector("#front");
const [start, swapButton, example, formError] = ["#start", "#swap", "#example", "#formError"].map((id) => document.querySelector(id));
const progress = new Progress(document.querySelector("#progress"));
const options = new Options(form.querySelector(".options"));
const zones = { a: new Zone("zoneA", changed), b: new Zone("zoneB", changed) };
let running = null; // the AbortController of the current run

form.noValidate = true;
changed();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
swapButton.addEventListener("click", swap);
document.addEventListener("keydown", (event) => {
  const unmodified = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (unmodified && event.key.toLowerCase() === "x" && !event.target.closest("input, select, textarea")) swap();
});
example.addEventListener("click", tryExample);
document.addEventListener("paste", (event) => addFiles([...event.clipboardData.files]));
// The back button may restore this page in the state in which it was left.
window.addEventListener("pagehide", finish);

// Files may be dropped anywhere. A single file on a zone is left to the zone; all else is caught in the capture phase.
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
  addFiles(files);
}, true);

// One file goes to the free zone, Before first; two files fill both zones and start the comparison.
function addFiles(files) {
  if (running || !files.length) return;
  if (files.length > 2) return fail(`Two pictures are compared at a time; these are ${files.length}.`);
  if (files.length === 2) {
    [zones.a.file, zones.b.file] = inOrder(files);
    run();
  } else {
    (zones.a.file && !zones.b.file ? zones.b : zones.a).file = files[0];
  }
}

async function tryExample() {
  try {
    addFiles(await Promise.all([example.dataset.a, example.dataset.b].map(fetchFile)));
  } catch (error) {
    fail(error.message);
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
  example.hidden = running || zones.a.file || zones.b.file;
}

async function run() {
  const [a, b] = [zones.a.file, zones.b.file];
  if (running || !a || !b || !options.check()) return;
  const limit = Number(form.dataset.maxBytes);
  if (a.size + b.size + ENVELOPE_BYTES > limit) {
    return fail(`The two files have ${readableSize(a.size + b.size)}; the limit for both together is ${readableSize(limit)}.`);
  }
  begin();
  try {
    const links = await compare(form, a, b, progress, running.signal);
    location.assign(links.page);
  } catch (error) {
    if (error.name === "AbortError") return;
    finish();
    if (!(error instanceof Problem)) throw error;
    if (error.field in zones) zones[error.field].fail(error.message);
    else if (!options.showError(error.message)) fail(error.message);
  }
}

function begin() {
  running = new AbortController();
  for (const zone of [zones.a, zones.b]) zone.clear();
  changed();
  progress.begin();
}

function finish() {
  running?.abort();
  running = null;
  progress.end();
  changed();
}

function fail(message) {
  formError.textContent = message;
  formError.hidden = false;
  start.focus();
}
