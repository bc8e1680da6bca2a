// The buttons and dials around the stage.

// Returns what copies the link to the present view.
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
  stage.above(() => tell(find("#scale"), find("#where"), stage, gestures.hover));
  const copy = () => copied(find("#copied"), window.location.origin + address.link);
  find("#copy")?.addEventListener("click", copy);
  return copy;
}

function showMode(viewer, modes, mode) {
  viewer.dataset.mode = mode;
  const canvas = viewer.querySelector(".pane-a canvas");
  const [chosen] = modes.filter((button) => button.dataset.mode === mode);
  const words = canvas.dataset[["side", "matches"].includes(mode) ? "alone" : "both"];
  canvas.setAttribute("aria-label", words.replace("MODE", chosen.textContent));
  for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  reveal(chosen);
}

// Where the row of modes is wider than the screen; `scrollIntoView` would move the page, too.
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

function press(button, state, name, words) {
  if (!button) return;
  const show = () => {
    if (words) button.textContent = words(state[name]);
    else button.setAttribute("aria-pressed", String(state[name]));
  };
  button.addEventListener("click", () => state.set({ [name]: !state[name] }));
  state.on([name], show);
  show();
}

const STEPS = {
  ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
};

// The swipe's handle: a slider that lies on the picture, where it is dragged by the stage's own gestures.
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

function tell(scale, where, stage, hover) {
  const percent = stage.camera.scale * 100;
  scale.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
  where.textContent = news(stage) || place(stage.camera, hover);
}

function news(stage) {
  if (stage.failed) return "A picture could not be loaded; reload the page to try again.";
  return stage.waiting ? "Loading" : "";
}

// The pixel under the cursor.
function place(camera, hover) {
  if (!hover) return "";
  const { x, y } = camera.toPicture(hover);
  const inside = x >= 0 && y >= 0 && x < camera.width && y < camera.height;
  return inside ? `${Math.floor(x)}, ${Math.floor(y)}` : "";
}

async function copied(told, link) {
  try {
    await navigator.clipboard.writeText(link);
    told.textContent = "Copied";
  } catch {
    // Without HTTPS there is no clipboard to write to; the address itself will do.
    history.replaceState(null, "", link);
    told.textContent = "The address of this page is the link";
  }
  setTimeout(() => (told.textContent = ""), 3000);
}
