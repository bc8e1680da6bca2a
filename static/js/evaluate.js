// One evaluation, followed step by step.

const LABELS = {
  queue: "Waiting for a place",
  load: "Loading the networks, once after a start",
  decode: "Opening the pictures",
  align: "Lining them up",
  pixel: "Counting pixels",
  ssim: "Structure (SSIM)",
  orb: "Features (ORB)",
  hash: "Hashes",
  mobilenet: "Meaning (embeddings and classes)",
  lpips: "Perception (LPIPS)",
  regions: "Finding what changed",
  methods: "Comparing the methods",
  draw: "Drawing",
};

const LOST = "The connection to the service was lost. Try again.";

// An answer that is an error: its text is meant for the reader, `field` says which picture it is about, if any.
export class Problem extends Error {
  constructor(detail, field = null, status = 0) {
    super(detail);
    this.field = field;
    this.status = status;
  }
}

// The Problem of a refusal. `body` is its problem+json, or null where a proxy answered with something of its own.
export function refusal(status, body, retryAfter) {
  const soon = retryAfter > 0 ? `in ${retryAfter} seconds` : "in a moment";
  const words = {
    413: "The two files together are larger than the service takes.",
    429: `The service is busy with other comparisons. Try again ${soon}.`,
    502: `The service cannot be reached. Try again ${soon}.`,
    503: `The service cannot work just now. Try again ${soon}.`,
    504: "The service took too long to answer. Try again.",
  };
  const said = status === 429 ? words[429] : body?.detail ?? words[status] ?? `The service answered ${status}.`;
  return new Problem(said, body?.field, status);
}

export const lost = () => new Problem(LOST);

// Evaluates a stored pair; returns the links of its report.
//
// url: the pair's evaluate_page link. body: FormData with the page's csrf_token and the options.
// tell(steps): called at every change, with all steps so far as a list of {name, label, state, milliseconds}, where
// state is "waiting", "running" or "done". signal: stops listening; the service goes on, and keeps the report.
// Throws Problem, and AbortError once the signal is given.
export async function evaluate(url, body, tell, signal) {
  // The second type is for what is refused before the work begins.
  const headers = { Accept: "text/event-stream, application/problem+json;q=0.9" };
  const answer = await connected(fetch(url, { method: "POST", body, headers, signal }));
  if (!answer.ok) {
    throw refusal(answer.status, await answer.json().catch(() => null), answer.headers.get("Retry-After"));
  }
  const steps = new Map();
  for await (const [name, data] of events(answer.body.pipeThrough(new TextDecoderStream()).getReader())) {
    if (name === "report") return data.links;
    if (name === "problem") throw refusal(data.status, data);
    steps.set(data.name, { ...data, label: LABELS[data.name] ?? data.name });
    tell([...steps.values()]);
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

// What the network cannot do is told in words.
async function connected(promise) {
  try {
    return await promise;
  } catch (error) {
    throw error.name === "AbortError" ? error : lost();
  }
}
