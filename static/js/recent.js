// This browser's comparisons: filtered while one types, more on demand, deleted with a way back.

import { Deletions } from "./deletions.js";

const TYPING_MILLISECONDS = 200;

const section = document.querySelector("#recent");
const [list, rest, form, error, status] = ["ul", ".rest", "#search", "#recentError", "#recentStatus"].map((part) =>
  section.querySelector(part));
const link = document.querySelector("#recentLink");
const deletions = new Deletions(list, document.querySelector("[name=csrf_token]").value, say, () => refresh());
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
// The back button brings the page back as it was, without what was compared or deleted since.
window.addEventListener("pageshow", (event) => event.persisted && refresh());

// The list anew, for what the field says now.
async function refresh() {
  await deletions.settled();
  const url = address();
  const found = await load(url);
  if (!found) return;
  section.hidden = link.hidden = found.hidden;
  list.dataset.skip = found.querySelector("ul").dataset.skip;
  list.replaceChildren(...deletions.kept(items(found)));
  follow(found);
  history.replaceState(null, "", url);
  const count = `${list.children.length}${rest.querySelector(".more") ? " or more" : ""}`;
  if (form.elements.q.value) say(list.children.length ? `${count} found.` : rest.textContent.trim());
}

// What comes after the last one. Counted here: what was deleted since the page was made no longer counts.
async function more() {
  await deletions.settled();
  const url = address();
  url.searchParams.set("skip", Number(list.dataset.skip) + list.children.length);
  const found = await load(url);
  if (!found) return;
  const added = items(found);
  list.append(...added);
  follow(found);
  added[0]?.querySelector("a").focus();
  say(`${added.length} more.`);
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

function follow(found) {
  rest.replaceChildren(...found.querySelector(".rest").childNodes);
}

// The section of another version of this page; null where a later request has overtaken this one or it failed.
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

function say(words) {
  status.textContent = words;
}
