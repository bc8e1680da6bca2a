// The buttons and sliders around the stage.

// Returns a function that copies the link to the current view.
export function bind({ find, state, stage, gestures, address }) {
  const viewer = find("#viewer");
  const { camera } = stage;
  const modes = [...viewer.querySelectorAll(".modes [data-mode]")];
  for (const button of modes) button.addEventListener("click", () => state.set({ mode: button.dataset.mode }));
  state.on(["mode"], () => showMode(viewer, modes, state.mode));
  showMode(viewer, modes, state.mode);

  for (const name of ["mix", "heat"]) dial(find(`#${name}`), state, name);
  choose(find("#map"), state, "map");
  handle(find("#handle"), stage, state);
  press(find("#play"), state, "playing", (on) => (on ? "Pause" : "Play"));
  press(find("#outlines"), state, "outlines");
  state.on(["side"], () => (viewer.dataset.side = state.side));
  viewer.dataset.side = state.side;

  find("#zoom-in").addEventListener("click", () => camera.zoom(1.5));
  find("#zoom-out").addEventListener("click", () => camera.zoom(1 / 1.5));
  find("#fit").addEventListener("click", () => camera.fit());
  find("#help").addEventListener("click", () => find("#keys").showModal());
  stage.above(() => showStatus(find("#scale"), find("#where"), stage, gestures.hover));
  const copy = () => copyLink(find("#copied"), window.location.origin + address.link);
  find("#copy")?.addEventListener("click", copy);
  return copy;
}

function showMode(viewer, modes, mode) {
  viewer.dataset.mode = mode;
  const canvas = viewer.querySelector(".pane-a canvas");
  const [chosen] = modes.filter((button) => button.dataset.mode === mode);
  const label = canvas.dataset[["side", "matches"].includes(mode) ? "alone" : "both"];
  canvas.setAttribute("aria-label", label.replace("MODE", chosen.textContent));
  for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  reveal(chosen);
}

// Scroll the row of modes, which may be wider than the screen; `scrollIntoView` would also scroll the page.
function reveal(button) {
  const row = button.parentElement;
  const [outer, inner] = [row, button].map((part) => part.getBoundingClientRect());
  row.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

function dial(input, state, name) {
  if (!input) return;
  const show = () => (input.value = String(state[name]));
  input.addEventListener("input", () => state.set({ [name]: Number(input.value) }));
  state.on([name], show);
  show();
}

function choose(select, state, name) {
  if (!select) return;
  const show = () => (select.value = state[name]);
  select.addEventListener("change", () => state.set({ [name]: select.value }));
  state.on([name], show);
  show();
}

function press(button, state, name, label) {
  if (!button) return;
  const show = () => {
    if (label) button.textContent = label(state[name]);
    else button.setAttribute("aria-pressed", String(state[name]));
  };
  button.addEventListener("click", () => state.set({ [name]: !state[name] }));
  state.on([name], show);
  show();
}

const STEPS = {
  ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
};

// The swipe's handle: a slider on the picture for the keyboard; the stage's gestures handle dragging.
function handle(knob, stage, state) {
  knob.addEventListener("keydown", (event) => {
    const by = STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    const swipe = state.swipe + (event.shiftKey ? by * 10 : by);
    state.set({ swipe: Math.min(1, Math.max(0, Math.round(swipe * 1000) / 1000)) });
  });
  stage.above((_, [frame]) => {
    const { left, width } = stage.span;
    const percent = Math.round(state.swipe * 100);
    knob.style.transform = `translate(${frame.x + left + width * state.swipe}px, ${frame.y}px)`;
    knob.style.height = `${frame.height}px`;
    knob.setAttribute("aria-valuenow", String(percent));
    knob.setAttribute("aria-valuetext", `Before to ${percent} %, After from there on`);
  });
}

function showStatus(scale, where, stage, hover) {
  const percent = stage.camera.scale * 100;
  scale.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
  where.textContent = loadingStatus(stage) || cursorPosition(stage.camera, hover);
}

function loadingStatus(stage) {
  if (stage.failed) return "A picture could not be loaded; reload the page to try again.";
  return stage.waiting ? "Loading" : "";
}

// The coordinates of the pixel under the cursor.
function cursorPosition(camera, hover) {
  if (!hover) return "";
  const { x, y } = camera.toPicture(hover);
  const inside = x >= 0 && y >= 0 && x < camera.width && y < camera.height;
  return inside ? `${Math.floor(x)}, ${Math.floor(y)}` : "";
}

async function copyLink(status, link) {
  try {
    await navigator.clipboard.writeText(link);
    status.textContent = "Copied";
  } catch {
    // Without HTTPS the clipboard is not available, but the page's address can be copied.
    history.replaceState(null, "", link);
    status.textContent = "The address of this page is the link";
  }
  setTimeout(() => (status.textContent = ""), 3000);
}
