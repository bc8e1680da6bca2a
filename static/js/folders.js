// The gallery of two folders. Rows are created when they come near the screen, so that ten thousand open at once.

const BATCH = 60; // rows; divisible by one, two and three columns
const TYPING_MILLISECONDS = 120;

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const all = read("rows");
const { glyphs, labels } = read("outcomes");
const list = document.getElementById("list");
const form = document.getElementById("filters");
const count = document.getElementById("count");
const pattern = document.getElementById("row").content.firstElementChild;
const chips = [...form.querySelectorAll(".chip")];

// Rows without a value come last. "worst" is their original order.
const ORDERS = {
  worst: () => 0,
  name: (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }),
  share: (one, other) => (other.share ?? -1) - (one.share ?? -1),
  regions: (one, other) => (other.regions ?? -1) - (one.regions ?? -1),
  ssim: (one, other) => (one.ssim ?? 2) - (other.ssim ?? 2),
};

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) fill(target);
}, { rootMargin: "100%" });

let shown = all;
let timer = 0;

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("click", ({ target }) => {
  const chip = target.closest(".chip");
  if (!chip) return;
  chip.ariaPressed = String(chip.ariaPressed !== "true");
  show();
});
form.elements.q.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, TYPING_MILLISECONDS);
});
form.elements.sort.addEventListener("change", show);
addEventListener("keydown", onKey);
addEventListener("beforeprint", () => [...list.children].forEach(fill));
addEventListener("hashchange", restore);
restore();

// The filters are in the address, so that the back button and a copied link restore them.
function restore() {
  const saved = new URLSearchParams(location.hash.slice(1));
  const outcomes = (saved.get("show") ?? "").split(",");
  for (const chip of chips) chip.ariaPressed = String(outcomes.includes(chip.dataset.outcome));
  form.elements.q.value = saved.get("q") ?? "";
  form.elements.sort.value = saved.get("sort") in ORDERS ? saved.get("sort") : "worst";
  show();
}

function save(outcomes, query, sort) {
  const saved = new URLSearchParams();
  if (outcomes.length) saved.set("show", outcomes.join(","));
  if (query) saved.set("q", query);
  if (sort !== "worst") saved.set("sort", sort);
  history.replaceState(null, "", `#${saved}`);
}

function show() {
  const outcomes = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.outcome);
  const query = form.elements.q.value.trim();
  const sort = form.elements.sort.value;
  const isShown = ({ outcome, renamed }) =>
    !outcomes.length || outcomes.includes(outcome) || (renamed && outcomes.includes("renamed"));
  const isFound = (row) => `${row.name}\n${row.after ?? ""}`.toLowerCase().includes(query.toLowerCase());
  shown = all.filter((row) => isShown(row) && isFound(row));
  shown.sort(ORDERS[sort]);
  save(outcomes, query, sort);
  addBatches();
  const number = (value) => value.toLocaleString("en");
  const total = `${number(all.length)} pairs`;
  count.textContent = shown.length === all.length ? total : `${number(shown.length)} of ${total}`;
}

// Add empty batches with their final height, so that the scroll bar is right from the start.
function addBatches() {
  near.disconnect();
  const batches = [];
  for (let start = 0; start < shown.length; start += BATCH) {
    const batch = document.createElement("div");
    batch.className = "batch";
    batch.role = "presentation";
    batch.start = start;
    batch.style.setProperty("--count", Math.min(BATCH, shown.length - start));
    batches.push(batch);
  }
  list.replaceChildren(...batches);
  if (batches.length) fill(batches[0]);
  batches.forEach((batch) => near.observe(batch));
}

function fill(batch) {
  near.unobserve(batch);
  if (batch.childElementCount) return;
  batch.append(...shown.slice(batch.start, batch.start + BATCH).map((row, index) => create(row, batch.start + index)));
}

function create(row, index) {
  const element = pattern.cloneNode(true);
  const part = (selector) => element.querySelector(selector);
  element.index = index;
  element.ariaPosInSet = index + 1;
  element.ariaSetSize = shown.length;
  part(".glyph").textContent = glyphs[row.outcome];
  part(".label").textContent = label(row);
  part(".name").textContent = row.name;
  part("h2").title = row.after ? `${row.name} → ${row.after}` : row.name;
  if (row.after) {
    part(".after").textContent = row.after;
    part(".arrow").hidden = part(".after").hidden = false;
  }
  if (row.report) part("a").href = row.report;
  part(".summary").textContent = part(".summary").title = row.summary ?? "";
  part(".facts").textContent = facts(row).join(" · ");
  for (const image of element.querySelectorAll("img")) {
    const source = row.thumbnails?.[image.dataset.shown];
    if (source) image.src = source;
    else if (image.dataset.shown === "changes") image.parentElement.remove();
    else image.remove();
  }
  return element;
}

// A renamed file that also changed has both labels and is found under both chips.
function label(row) {
  const also = row.renamed && row.outcome !== "renamed" ? `, ${labels.renamed.toLowerCase()}` : "";
  return labels[row.outcome] + also;
}

function facts(row) {
  const texts = [];
  if (row.share !== undefined) texts.push(`${share(row.share)} of the pixels differ`);
  if (row.ssim !== undefined) texts.push(`SSIM ${row.ssim.toFixed(3)}`);
  return texts;
}

// Only exactly 0 reads as 0 %.
function share(value) {
  if (value === 0) return "0 %";
  return value < 0.0001 ? "under 0.01 %" : `${(value * 100).toFixed(2)} %`;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select");
  if (event.key === "Escape" && event.target === form.elements.q) {
    form.elements.q.value = "";
    show();
  } else if (typing) return;
  else if (event.key === "/") form.elements.q.focus();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else return;
  event.preventDefault();
}

// Focus the next or the previous row, or its link if it has one.
function step(by) {
  const current = document.activeElement.closest(".row")?.index;
  const index = current === undefined ? 0 : Math.min(Math.max(current + by, 0), shown.length - 1);
  const batch = list.children[Math.floor(index / BATCH)];
  if (!batch) return;
  fill(batch);
  const row = batch.children[index % BATCH];
  (row.querySelector("a[href]") ?? row).focus();
  row.scrollIntoView({ block: "nearest" });
}
