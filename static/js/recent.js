// This browser's comparisons: searched while typing, loaded on demand, deleted with undo.

import { Deletions } from "./deletions.js";

const TYPING_MILLISECONDS = 200;

const section = document.querySelector("#recent");
const [list, rest, form, error, status] = ["ul", ".rest", "#search", "#recentError", "#recentStatus"].map((part) =>
  section.querySelector(part));
const link = document.querySelector("#recentLink");
const deletions = new Deletions(list, document.querySelector("[name=csrf_token]").value, announce, () => refresh());
let loading = new AbortController();
let timer = 0;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, TYPING_MILLISECONDS);
});
rest.addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest(".more")) more();
  else if (target.closest("a")) showAll();
  else return;
  event.preventDefault();
});
// The back button restores the page without later comparisons and deletions.
window.addEventListener("pageshow", (event) => event.persisted && refresh());

// Load the list for the current search.
async function refresh() {
  await deletions.settled();
  const url = address();
  const found = await load(url);
  if (!found) return;
  section.hidden = link.hidden = found.hidden;
  list.dataset.skip = found.querySelector("ul").dataset.skip;
  list.replaceChildren(...deletions.withPending(items(found)));
  showRest(found);
  history.replaceState(null, "", url);
  const count = `${list.children.length}${rest.querySelector(".more") ? " or more" : ""}`;
  if (form.elements.q.value) announce(list.children.length ? `${count} found.` : rest.textContent.trim());
}

// Load the next items. The offset is counted here, without the items that were deleted since the page was made.
async function more() {
  await deletions.settled();
  const url = address();
  url.searchParams.set("skip", Number(list.dataset.skip) + list.children.length);
  const found = await load(url);
  if (!found) return;
  const added = items(found);
  list.append(...added);
  showRest(found);
  added[0]?.querySelector("a").focus();
  announce(`${added.length} more.`);
}

function showAll() {
  form.elements.q.value = "";
  form.elements.q.focus();
  refresh();
}

function address() {
  const url = new URL(location.pathname, location.href);
  const { value } = form.elements.q;
  if (value) url.searchParams.set("q", value);
  return url;
}

function items(found) {
  return [...found.querySelectorAll("li")];
}

function showRest(found) {
  rest.replaceChildren(...found.querySelector(".rest").childNodes);
}

// The list's section for another search or offset; null if the request failed or a later one has replaced it.
async function load(url) {
  loading.abort();
  loading = new AbortController();
  error.hidden = true;
  try {
    const answer = await fetch(url, { signal: loading.signal });
    if (!answer.ok) throw new Error(`The service answered ${answer.status}.`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return document.adoptNode(page.querySelector("#recent"));
  } catch (reason) {
    if (reason.name === "AbortError") return null;
    error.textContent = "The list could not be loaded. Try again in a moment.";
    error.hidden = false;
    return null;
  }
}

function announce(text) {
  status.textContent = text;
}
