// The page of a stored pair: the comparison without the upload.

import { evaluate, Problem } from "./evaluate.js";
import { Options } from "./options.js";
import { Progress } from "./progress.js";

const form = document.querySelector("#pair");
const [start, formError] = ["#start", "#formError"].map((id) => document.querySelector(id));
const progress = new Progress(document.querySelector("#progress"));
const options = new Options(form.querySelector(".options"));
let leaving = new AbortController();

form.noValidate = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (options.check()) run();
});
// The back button may restore this page in the state in which it was left.
window.addEventListener("pagehide", () => {
  leaving.abort();
  finish();
});

async function run() {
  leaving = new AbortController();
  formError.hidden = start.disabled = true;
  progress.begin();
  try {
    const links = await evaluate(form.action, new FormData(form), (steps) => progress.steps(steps), leaving.signal);
    location.assign(links.page);
  } catch (error) {
    if (error.name === "AbortError") return;
    finish();
    if (!(error instanceof Problem)) throw error;
    if (!options.showError(error.message)) fail(error.message);
  }
}

function finish() {
  start.disabled = false;
  progress.end();
}

function fail(message) {
  formError.textContent = message;
  formError.hidden = false;
  start.focus();
}
