// What the keys do, in the order in which they are explained. See keys.js for the form.

import { alone, MODES } from "viewer/modes.js";

const STRIDE = 80; // CSS pixels that the picture moves at once
const STEP = 1.5; // factor of one step of the zoom

export function commands({ find, state, camera, regions, ignoring, copyLink }) {
  return [
    ...modes(state),
    ...arrows(state, camera, ignoring),
    { keys: [" "], words: "Blink: play or pause", run: () => state.mode === "blink" && turn(state, "playing") },
    { keys: ["+", "="], shown: ["+"], words: "Zoom in", run: () => camera.zoom(STEP) },
    { keys: ["-", "_"], shown: ["-"], words: "Zoom out", run: () => camera.zoom(1 / STEP) },
    { keys: ["0"], words: "The whole picture; once more, its full width", run: () => camera.fit() },
    { keys: ["1"], words: "Pixel for pixel", run: () => camera.zoom(1 / window.devicePixelRatio / camera.scale) },
    ...(regions ? changes(state, regions) : []),
    ...(ignoring ? areas(find, state, ignoring) : []),
    { keys: ["c"], words: "Copy the link to this view", run: copyLink },
    { keys: ["Escape"], words: "Choose nothing", run: () => leave(state, ignoring) },
    { keys: ["?"], words: "These keys", run: () => find("#keys").showModal() },
  ];
}

function modes(state) {
  return [...document.querySelectorAll(".modes [data-mode]")].map(({ dataset: { mode }, textContent }) => ({
    keys: [MODES[mode].key],
    words: textContent,
    run: () => state.set({ mode }),
  }));
}

// Arrows show one picture alone, and with Shift they move both; while an area is drawn they move it and size it.
function arrows(state, camera, ignoring) {
  const plain = (right, down, otherwise) => () =>
    ignoring?.drawing ? ignoring.nudge(right, down, false) : otherwise();
  const shifted = (right, down) => () =>
    ignoring?.drawing ? ignoring.nudge(right, down, true) : camera.pan(-right * STRIDE, -down * STRIDE);
  const all = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].map((key) => `Shift+${key}`);
  return [
    { keys: ["ArrowLeft"], words: "Before alone", run: plain(-1, 0, () => alone(state, "a")) },
    { keys: ["ArrowRight"], words: "After alone", run: plain(1, 0, () => alone(state, "b")) },
    { keys: ["ArrowUp"], run: plain(0, -1, () => false) },
    { keys: ["ArrowDown"], run: plain(0, 1, () => false) },
    { keys: ["Shift+ArrowLeft"], shown: all, words: "Move the picture", run: shifted(-1, 0) },
    { keys: ["Shift+ArrowRight"], run: shifted(1, 0) },
    { keys: ["Shift+ArrowUp"], run: shifted(0, -1) },
    { keys: ["Shift+ArrowDown"], run: shifted(0, 1) },
  ];
}

function changes(state, regions) {
  return [
    { keys: ["j"], words: "The next change", run: () => regions.step(1) },
    { keys: ["k"], words: "The change before", run: () => regions.step(-1) },
    {
      keys: ["x"],
      words: "Hide the chosen change, or show it again",
      run: () => state.chosen > 0 && regions.hide(state.chosen),
    },
    { keys: ["l"], words: "Outlines on or off", run: () => turn(state, "outlines") },
  ];
}

function areas(find, state, ignoring) {
  return [
    {
      keys: ["i"],
      words: "Leave the chosen change out",
      run: () => find(`li[data-region="${state.chosen}"] .ignore`)?.click(),
    },
    { keys: ["n"], words: "Draw an area to leave out", run: () => ignoring.draw() },
    { keys: ["Enter"], run: () => ignoring.drawing && ignoring.accept() },
  ];
}

function turn(state, name) {
  state.set({ [name]: !state[name] });
}

function leave(state, ignoring) {
  if (ignoring?.drawing) ignoring.draw(false);
  else state.set({ chosen: 0 });
}
