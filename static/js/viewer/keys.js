// The keyboard: one table that both acts and explains itself.

// bindings: [{keys, words, run}], keys as KeyboardEvent.key has them, with "Shift+" before where it is held.
export function listen(bindings, dialog) {
  const table = new Map(bindings.flatMap(({ keys, run }) => keys.map((key) => [key, run])));
  explain(bindings, dialog);
  document.addEventListener("keydown", (event) => {
    const run = table.get(named(event));
    if (!run || event.ctrlKey || event.metaKey || event.altKey || dialog.open || taken(event)) return;
    if (run(event) !== false) event.preventDefault();
  });
}

function named({ key, shiftKey }) {
  if (key.startsWith("Arrow")) return shiftKey ? `Shift+${key}` : key;
  return key.length === 1 ? key.toLowerCase() : key;
}

// What is typed into a field, and the keys that a control needs for itself.
function taken({ target, key }) {
  if (target.closest("input:not([type=range]), textarea, select")) return true;
  if (key.startsWith("Arrow") && target.closest("[type=range], [role=slider]")) return true;
  return (key === " " || key === "Enter") && Boolean(target.closest("button, a, summary, [type=range]"));
}

const SIGNS = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc", "-": "−",
};

function explain(bindings, dialog) {
  const rows = bindings.filter(({ words }) => words).map(({ keys, words, shown = keys }) => {
    const row = document.createElement("div");
    const [names, meaning] = [document.createElement("dt"), document.createElement("dd")];
    names.append(...shown.map(cap));
    meaning.textContent = words;
    row.append(names, meaning);
    return row;
  });
  dialog.querySelector("dl").replaceChildren(...rows);
}

// A key as it is printed on the keyboard.
function cap(key) {
  const parts = key.split(/(?<=.)\+/);
  const cap = document.createElement("kbd");
  cap.textContent = parts.map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
  return cap;
}
