// Compare two files: upload them with progress, then evaluate the pair.

import { evaluate, lost, Problem, refusal } from "./evaluate.js";

// The last uploaded pair. The same files are not uploaded twice, for example after a lost connection.
let stored = null;

// Returns the links of the report. form: contains the token and the options. Throws like evaluate().
export async function compare(form, a, b, progress, signal) {
  const again = stored?.a === a && stored?.b === b;
  if (!again) {
    await check(a, "a");
    await check(b, "b");
    const { links } = await upload(form, a, b, (share) => progress.uploading(share), signal);
    stored = { a, b, url: links.evaluate_page };
  }
  const options = new FormData(form);
  for (const picture of ["a", "b"]) options.delete(picture);
  try {
    return await evaluate(stored.url, options, (steps) => progress.steps(steps), signal);
  } catch (error) {
    if (error.status === 404) stored = null;
    if (error.status === 404 && again) return compare(form, a, b, progress, signal); // deleted in the recent list
    throw error;
  }
}

// Folders and files that were moved since they were chosen would fail to upload like a lost connection.
async function check(file, field) {
  await file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Problem(`${file.name} can no longer be read. Choose it again.`, field);
  });
}

// Uses XMLHttpRequest, because fetch() does not report how much of a body is sent.
function upload(form, a, b, sent, signal) {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append("a", a, a.name);
  body.append("b", b, b.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && sent(event.loaded / event.total);
    request.onload = () => {
      const { status, response } = request;
      if (status < 300 && response) resolve(response);
      else reject(refusal(status, response, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(lost());
    request.onabort = () => reject(new DOMException("The page was left.", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
