// The gallery of two folders: rows are made when they come near the screen, so that ten thousand open at once.

const BATCH = 60; // whole lines of one, two and three columns
const TYPING_MILLISECONDS = 120;

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const all = read("rows");
const { glyphs, words } = read("kinds");
const list = document.getElementById("list");
const form = document.getElementById("sift");
const count = document.getElementById("count");
const pattern = document.getElementById("row").content.firstElementChild;
const chips = [...form.querySelectorAll(".chip")];

// Rows without the number come last. "worst" is the order they are in.
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

// The choice is kept in the address, so that the way back from a report, and a copied link, find it again.
function restore() {
  const kept = new URLSearchParams(location.hash.slice(1));
  const outcomes = (kept.get("show") ?? "").split(",");
  for (const chip of chips) chip.ariaPressed = String(outcomes.includes(chip.dataset.outcome));
  form.elements.q.value = kept.get("q") ?? "";
  form.elements.sort.value = kept.get("sort") in ORDERS ? kept.get("sort") : "worst";
  show();
}

function keep(outcomes, query, sort) {
  const kept = new URLSearchParams();
  if (outcomes.length) kept.set("show", outcomes.join(","));
  if (query) kept.set("q", query);
  if (sort !== "worst") kept.set("sort", sort);
  history.replaceState(null, "", `#${kept}`);
}

function show() {
  const outcomes = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.outcome);
  const query = form.elements.q.value.trim();
  const sort = form.elements.sort.value;
  const sought = query.toLowerCase();
  shown = all.filter((row) =>
    (!outcomes.length || outcomes.includes(row.outcome) || (row.renamed && outcomes.includes("renamed"))) && `${row.name}\n${row.after ?? ""}`.toLowerCase().includes(sought));
  shown.sort(ORDERS[sort]);
  keep(outcomes, query, sort);
  lay();
  const number = (value) => value.toLocaleString("en");
  count.textContent = shown.length === all.length ? `${number(all.length)} pairs` : `${number(shown.length)} of ${number(all.length)} pairs`;
}

// Empty batches, as tall as they will be: the scroll bar is right from the start.
function lay() {
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
  batch.append(...shown.slice(batch.start, batch.start + BATCH).map((row, index) => made(row, batch.start + index)));
}

function made(row, index) {
  const element = pattern.cloneNode(true);
  const part = (selector) => element.querySelector(selector);
  element.index = index;
  element.ariaPosInSet = index + 1;
  element.ariaSetSize = shown.length;
  part(".glyph").textContent = glyphs[row.outcome];
  part(".word").textContent = word(row);
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

// A renamed file that changed as well is told as changed, and is found under both chips.
function word(row) {
  const also = row.renamed && row.outcome !== "renamed" ? `, ${words.renamed.toLowerCase()}` : "";
  return words[row.outcome] + also;
}

function facts(row) {
  const told = [];
  if (row.share !== undefined) told.push(`${share(row.share)} of the pixels differ`);
  if (row.ssim !== undefined) told.push(`SSIM ${row.ssim.toFixed(3)}`);
  return told;
}

// Never rounded to nothing where it is something.
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

// The next row, or the one before, has the focus: its link, where it has one.
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
