// The keyboard commands, in the order of the help. keys.js describes their form.

import { alone, MODES } from "viewer/modes.js";

const STRIDE = 80; // CSS pixels of one move
const STEP = 1.5; // factor of one zoom

export function commands({ find, state, camera, regions, ignoring, copyLink }) {
  const toPixels = () => camera.zoom(1 / window.devicePixelRatio / camera.scale);
  return [
    ...modes(state),
    ...arrows(state, camera, ignoring),
    { keys: [" "], text: "Blink: play or pause", run: () => state.mode === "blink" && turn(state, "playing") },
    { keys: ["+", "="], shown: ["+"], text: "Zoom in", run: () => camera.zoom(STEP) },
    { keys: ["-", "_"], shown: ["-"], text: "Zoom out", run: () => camera.zoom(1 / STEP) },
    { keys: ["0"], text: "The whole picture; again for its full width", run: () => camera.fit() },
    { keys: ["1"], text: "One screen pixel per pixel", run: toPixels },
    ...(regions ? changes(state, regions) : []),
    ...(ignoring ? areas(find, state, ignoring) : []),
    { keys: ["c"], text: "Copy the link to this view", run: copyLink },
    { keys: ["Escape"], text: "Clear the choice", run: () => cancel(state, ignoring) },
    { keys: ["?"], text: "Show these keys", run: () => find("#keys").showModal() },
  ];
}

function modes(state) {
  return [...document.querySelectorAll(".modes [data-mode]")].map(({ dataset: { mode }, textContent }) => ({
    keys: [MODES[mode].key],
    text: textContent,
    run: () => state.set({ mode }),
  }));
}

// Arrow keys show one picture; with Shift they move both. While an area is drawn, they move and resize it.
function arrows(state, camera, ignoring) {
  const unshifted = (right, down, otherwise) => () =>
    ignoring?.drawing ? ignoring.nudge(right, down, false) : otherwise();
  const shifted = (right, down) => () =>
    ignoring?.drawing ? ignoring.nudge(right, down, true) : camera.pan(-right * STRIDE, -down * STRIDE);
  const all = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].map((key) => `Shift+${key}`);
  return [
    { keys: ["ArrowLeft"], text: "Before alone", run: unshifted(-1, 0, () => alone(state, "a")) },
    { keys: ["ArrowRight"], text: "After alone", run: unshifted(1, 0, () => alone(state, "b")) },
    { keys: ["ArrowUp"], run: unshifted(0, -1, () => false) },
    { keys: ["ArrowDown"], run: unshifted(0, 1, () => false) },
    { keys: ["Shift+ArrowLeft"], shown: all, text: "Move the picture", run: shifted(-1, 0) },
    { keys: ["Shift+ArrowRight"], run: shifted(1, 0) },
    { keys: ["Shift+ArrowUp"], run: shifted(0, -1) },
    { keys: ["Shift+ArrowDown"], run: shifted(0, 1) },
  ];
}

function changes(state, regions) {
  return [
    { keys: ["j"], text: "The next change", run: () => regions.step(1) },
    { keys: ["k"], text: "The previous change", run: () => regions.step(-1) },
    {
      keys: ["x"],
      text: "Hide the chosen change, or show it again",
      run: () => state.chosen > 0 && regions.hide(state.chosen),
    },
    { keys: ["l"], text: "Outlines on or off", run: () => turn(state, "outlines") },
  ];
}

function areas(find, state, ignoring) {
  return [
    {
      keys: ["i"],
      text: "Ignore the chosen change",
      run: () => find(`li[data-region="${state.chosen}"] .ignore`)?.click(),
    },
    { keys: ["n"], text: "Draw an area to ignore", run: () => ignoring.draw() },
    { keys: ["Enter"], run: () => ignoring.drawing && ignoring.accept() },
  ];
}

function turn(state, name) {
  state.set({ [name]: !state[name] });
}

function cancel(state, ignoring) {
  if (ignoring?.drawing) ignoring.draw(false);
  else state.set({ chosen: 0 });
}
