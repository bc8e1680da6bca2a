// One drop zone: Dropzone receives the file (by drop or click), and this class shows it with its error.

import { readableSize } from "./files.js";

export class Zone {
  #section;
  #dropzone;
  #changed;
  #url = "";

  constructor(id, changed) {
    this.#changed = changed;
    this.#section = document.getElementById(id);
    const input = this.#section.querySelector("input[type=file]");
    const { Dropzone } = window;
    Dropzone.autoDiscover = false;
    this.#dropzone = new Dropzone(this.#section, {
      ...Dropzone.options[id],
      clickable: [...this.#section.querySelectorAll(".zone-title, .preview, .invite")],
    });
    // Dropzone opens the file dialog on clicks; the input remains for the keyboard and screen readers.
    input.required = false;
    input.addEventListener("click", (event) => event.stopPropagation());
    input.closest("label").addEventListener("click", (event) => event.target === input || event.preventDefault());
    input.addEventListener("change", () => {
      if (input.files.length) this.file = input.files[0];
      input.value = "";
    });
    this.#dropzone.on("addedfile", (file) => this.#keepOnly(file));
    this.#section.querySelector(".remove").addEventListener("click", () => (this.file = null));
  }

  get file() {
    return this.#dropzone.files[0] ?? null;
  }

  set file(file) {
    this.#dropzone.removeAllFiles(true);
    if (file) this.#dropzone.addFile(file);
    else this.#show(null);
  }

  // A second file replaces the first: Dropzone would refuse it instead.
  #keepOnly(file) {
    for (const other of [...this.#dropzone.files]) if (other !== file) this.#dropzone.removeFile(other);
    this.#show(file);
  }

  // Show an error of the service without the name of the field, which the zone shows: "a (sky.png): it is cut short".
  fail(message) {
    const error = this.#section.querySelector(".error");
    const text = message.replace(/^[ab](?: \((.*?)\))?: /s, (_, name) => (name ? `${name}: ` : ""));
    error.textContent = text.endsWith(".") ? text : `${text}.`;
    error.hidden = false;
    this.#section.focus();
  }

  clear() {
    this.#section.querySelector(".error").hidden = true;
  }

  #show(file) {
    const [preview, line] = [".preview", ".file"].map((part) => this.#section.querySelector(part));
    URL.revokeObjectURL(this.#url);
    this.#url = file ? URL.createObjectURL(file) : "";
    this.#section.classList.toggle("filled", Boolean(file));
    this.clear();
    line.hidden = preview.hidden = !file;
    if (file) this.#describe(file, preview, line);
    else preview.removeAttribute("src");
    this.#changed();
  }

  #describe(file, preview, line) {
    const facts = line.querySelector(".facts");
    line.querySelector(".name").textContent = file.name;
    facts.textContent = readableSize(file.size);
    preview.alt = file.name;
    preview.onload = () => (facts.textContent = `${preview.naturalWidth} × ${preview.naturalHeight}, ${readableSize(file.size)}`);
    // For example a TIFF, which the service can read although this browser cannot show it.
    preview.onerror = () => (preview.alt = `${file.name}: this browser cannot show it, the service can still compare it.`);
    preview.src = this.#url;
  }
}
