// The ways to look at a pair. Each says which panes it has and what they show; the stage does the drawing.

// A pane is a list of layers from the bottom up: {picture, alpha, from}; `from` is the share of the visible width from
// which on the layer is seen.
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

// The other picture by turns, as long as it plays and somebody looks.
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

// One of the two alone, in the same place: a blink by hand.
export function alone(state, side) {
  state.set({ mode: "blink", side });
  state.set({ playing: false });
}
