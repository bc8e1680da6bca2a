// Evaluate a pair and follow its progress.

const LOST = "The connection to the service was lost. Try again.";

// An error response: its message is for the user, `field` names the picture that it is about, if any.
export class Problem extends Error {
  constructor(detail, field = null, status = 0) {
    super(detail);
    this.field = field;
    this.status = status;
  }
}

// The Problem of an error response. `body` is its problem+json, or null if a proxy answered instead.
export function refusal(status, body, retryAfter) {
  const soon = retryAfter > 0 ? `in ${retryAfter} seconds` : "in a moment";
  const messages = {
    413: "The two files together are larger than the service accepts.",
    429: `The service is busy with other comparisons. Try again ${soon}.`,
    502: `The service cannot be reached. Try again ${soon}.`,
    503: `The service cannot work just now. Try again ${soon}.`,
    504: "The service took too long to answer. Try again.",
  };
  const message = status === 429 ? messages[429] : body?.detail ?? messages[status] ?? `The service answered ${status}.`;
  return new Problem(message, body?.field, status);
}

export const lost = () => new Problem(LOST);

// Evaluates a stored pair; returns the links of its report.
//
// url: the pair's evaluate_page link. body: FormData with the page's csrf_token and the options.
// onSteps(steps): called at every change with all steps so far, a list of {name, label, state, milliseconds}, where
// state is "waiting", "running" or "done". signal: closes the connection, which ends the work before its next step.
// Throws Problem, and AbortError if the signal is aborted.
export async function evaluate(url, body, onSteps, signal) {
  // The second type is for errors before the work begins.
  const headers = { Accept: "text/event-stream, application/problem+json;q=0.9" };
  const answer = await connected(fetch(url, { method: "POST", body, headers, signal }));
  if (!answer.ok) {
    throw refusal(answer.status, await answer.json().catch(() => null), answer.headers.get("Retry-After"));
  }
  const steps = new Map();
  for await (const [name, data] of events(answer.body.pipeThrough(new TextDecoderStream()).getReader())) {
    if (name === "report") return data.links;
    if (name === "problem") throw refusal(data.status, data);
    steps.set(data.name, data);
    onSteps([...steps.values()]);
  }
  throw lost();
}

async function* events(reader) {
  let text = "";
  for (;;) {
    const { done, value } = await connected(reader.read());
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = block.match(/^event: (.*)\ndata: (.*)$/);
      if (event) yield [event[1], JSON.parse(event[2])];
    }
  }
}

// A network error becomes a Problem.
async function connected(promise) {
  try {
    return await promise;
  } catch (error) {
    throw error.name === "AbortError" ? error : lost();
  }
}
