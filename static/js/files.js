// File names and sizes.

const EARLIER = /before|old|orig|expected|baseline|reference|\bref\b/i;
const LATER = /after|new|actual|current|changed|edited|copy/i;

// The order of two files dropped at once: by words for earlier and later in the names, else alphabetically.
export function inOrder([first, second]) {
  const age = (file) => Number(LATER.test(file.name)) - Number(EARLIER.test(file.name));
  const later = age(first) - age(second) || first.name.localeCompare(second.name, undefined, { numeric: true });
  return later > 0 ? [second, first] : [first, second];
}

// A file of this site as a File. Throws if it cannot be fetched.
export async function fetchFile(url) {
  const name = url.split("/").pop();
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) throw new Error(`${name} could not be fetched. Try again.`);
  return new File([await answer.blob()], name, { type: answer.headers.get("Content-Type") });
}

export function readableSize(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power && value < 99.5 ? 1 : 0)} ${units[power]}`;
}
