// Compare the pair of a report again with other options.

import { evaluate, Problem } from "./evaluate.js";
import { Progress } from "./progress.js";

for (const form of document.querySelectorAll("form.again")) connect(form);

function connect(form) {
  const [buttons, error] = [form.querySelectorAll("button"), form.querySelector(".error")];
  const progress = new Progress(form.querySelector(".progress"));
  let leaving = new AbortController();
  const finish = () => {
    for (const button of buttons) button.disabled = false;
    progress.end();
  };
  // The back button may restore this page in the state in which it was left.
  window.addEventListener("pagehide", () => {
    leaving.abort();
    finish();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    leaving = new AbortController();
    const options = new FormData(form);
    error.hidden = true;
    for (const button of buttons) button.disabled = true;
    progress.begin();
    try {
      const links = await evaluate(form.action, options, (steps) => progress.steps(steps), leaving.signal);
      window.location.assign(links.page + view());
    } catch (reason) {
      if (reason.name === "AbortError") return;
      finish();
      if (!(reason instanceof Problem)) throw reason;
      error.textContent = reason.message;
      error.hidden = false;
    }
  });
}

// The next report opens with this view, except for the regions, whose numbers may differ, and the part of the page.
function view() {
  const values = new URLSearchParams(window.location.hash.slice(1));
  for (const name of ["region", "hidden", "points"]) values.delete(name);
  return values.size ? `#${decodeURIComponent(values.toString())}` : "";
}
