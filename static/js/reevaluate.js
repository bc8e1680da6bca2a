// From a report to the next one of the same pair: compared again with other options, followed step by step.

import { evaluate, Problem } from "./evaluate.js";
import { Progress } from "./progress.js";

for (const form of document.querySelectorAll("form.again")) follow(form);

function follow(form) {
  const [buttons, error] = [form.querySelectorAll("button"), form.querySelector(".error")];
  const progress = new Progress(form.querySelector(".progress"));
  let leaving = new AbortController();
  const finish = () => {
    for (const button of buttons) button.disabled = false;
    progress.end();
  };
  // The back button may bring this page back as it is left here: in order.
  window.addEventListener("pagehide", () => {
    leaving.abort();
    finish();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    leaving = new AbortController();
    const asked = new FormData(form);
    error.hidden = true;
    for (const button of buttons) button.disabled = true;
    progress.begin();
    try {
      const links = await evaluate(form.action, asked, (steps) => progress.steps(steps), leaving.signal);
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

// The next report opens as this one is seen; but its regions have numbers of their own.
function view() {
  const kept = new URLSearchParams(window.location.hash.slice(1));
  for (const name of ["region", "hidden"]) kept.delete(name);
  return kept.size ? `#${decodeURIComponent(kept.toString())}` : "";
}
