// The modes of the viewer. Each defines its panes and their layers; the stage draws them.

// A pane is a list of layers from the bottom up: {picture, alpha, from}; the layer is visible to the right of `from`,
// a share of the picture's visible width.
export const MODES = {
  side: { key: "s", panes: () => [[{ picture: "a" }], [{ picture: "b" }]] },
  swipe: { key: "w", panes: ({ swipe }) => [[{ picture: "a" }, { picture: "b", from: swipe }]] },
  onion: { key: "o", panes: ({ mix }) => [[{ picture: "a" }, { picture: "b", alpha: mix }]] },
  blink: { key: "b", panes: ({ side }) => [[{ picture: side }]] },
  difference: { key: "d", panes: () => [[{ picture: "difference" }]] },
  heat: { key: "h", panes: ({ heat, map }) => [[{ picture: "a" }, { picture: map, alpha: heat }]] },
  matches: { key: "m", panes: () => [[{ picture: "a" }], [{ picture: "b" }]] },
};

const BLINK = 700; // milliseconds; twice a second at most is safe for everybody

// Switch between the pictures while the blink mode plays and the page is visible.
export function blink(state) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  const turn = () => state.set({ side: state.side === "a" ? "b" : "a" });
  state.on(["mode"], () => state.set({ playing: state.mode === "blink" && !still.matches }));
  state.on(["playing"], () => {
    clearInterval(timer);
    if (state.playing) timer = setInterval(() => document.hidden || turn(), BLINK);
  });
}

// Show only one of the two pictures, in the paused blink mode.
export function alone(state, side) {
  state.set({ mode: "blink", side });
  state.set({ playing: false });
}
