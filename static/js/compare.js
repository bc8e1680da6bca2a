// From two files to a report: upload with progress, then evaluate.

// An answer that is an error: its text is meant for the reader, `field` says which picture it is about.
export class Problem extends Error {
  constructor(detail, field) {
    super(detail);
    this.field = field;
  }
}

// Returns the report. `tell(words, fraction)` hears of the progress; fraction is null while it cannot be known.
export async function compare(form, a, b, tell) {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append("a", a, a.name);
  body.append("b", b, b.name);
  const pair = await post(form.action, body, (sent) => {
    if (sent < 1) tell(`Uploading, ${Math.round(sent * 100)} %`, sent);
    else tell("Opening the pictures", null);
  });
  const began = performance.now();
  const wait = () => tell(`Comparing, ${Math.round((performance.now() - began) / 1000)} s`, null);
  wait();
  const timer = setInterval(wait, 1000);
  try {
    const again = new FormData();
    again.append("csrf_token", form.elements.csrf_token.value);
    return await post(pair.links.evaluate_page, again, () => {});
  } finally {
    clearInterval(timer);
  }
}

// fetch() cannot tell how much of a body is sent; XMLHttpRequest can.
function post(url, body, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && sent(event.loaded / event.total);
    request.onload = () => {
      const answer = request.response;
      if (request.status < 300 && answer) resolve(answer);
      else reject(new Problem(answer?.detail ?? `The service answered ${request.status}.`, answer?.field));
    };
    request.onerror = () => reject(new Problem("The connection to the service was lost. Try again.", null));
    request.send(body);
  });
}
