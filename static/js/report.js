// The report's viewer: which view, where the swipe stands, which change is looked at.

const viewer = document.querySelector("#viewer");
const swipe = document.querySelector("#swipe");
const modes = [...viewer.querySelectorAll("button[data-mode]")];
const changes = [...document.querySelectorAll(".change")];
const outlines = document.querySelector("#outlines");


function show(mode) {
  viewer.dataset.mode = mode;
  for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
}

function place(percent) {
  viewer.style.setProperty("--swipe", `${percent}%`);
}

// What moved is in two places, and both are shown.
function choose(chosen, scroll) {
  const places = [chosen.dataset.region, chosen.dataset.partner];
  for (const change of changes) change.setAttribute("aria-pressed", String(change === chosen));
  for (const outline of viewer.querySelectorAll(".outline")) {
    outline.classList.toggle("chosen", places.includes(outline.dataset.region));
  }
  if (scroll) viewer.querySelector(".outline.chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

for (const button of modes) button.addEventListener("click", () => show(button.dataset.mode));
for (const change of changes) {
  change.addEventListener("click", () => choose(change, true));
  change.addEventListener("pointerenter", () => choose(change, false));
}
swipe.addEventListener("input", () => place(swipe.value));
outlines?.addEventListener("click", () => {
  const bare = viewer.classList.toggle("bare");
  outlines.setAttribute("aria-pressed", String(!bare));
});

// On a small screen two pictures beside each other are too small to tell anything.
if (matchMedia("(max-width: 640px)").matches) show("swipe");

// The swipe can also be drawn on the picture itself.
viewer.querySelector(".stage").addEventListener("pointermove", (event) => {
  if (viewer.dataset.mode !== "swipe" || (event.pointerType === "mouse" && event.buttons !== 1)) return;
  const frame = viewer.querySelector(".frame-a svg").getBoundingClientRect();
  swipe.value = String(((event.clientX - frame.left) / frame.width) * 100);
  place(swipe.value);
});
