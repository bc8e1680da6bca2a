// Deleting with a way back: an item goes at once, but the service is told only when the time for Undo is over.

const UNDO_MILLISECONDS = 8000;

export class Deletions {
  #pending = new Map(); // by address: the item and its timer
  #sent = new Set();
  #list;
  #token;
  #say;
  #emptied;

  // list: of items with data-pair (the address), data-name, a link and a button .delete. say(words): to screen readers.
  // emptied(): called when the last item is gone.
  constructor(list, token, say, emptied) {
    this.#list = list;
    this.#token = token;
    this.#say = say;
    this.#emptied = emptied;
    list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (event.target.closest(".delete")) this.#remove(item);
      if (event.target.closest(".undo")) this.#restore(item);
    });
    window.addEventListener("pagehide", () => {
      for (const { item } of [...this.#pending.values()]) this.#send(item);
    });
  }

  // These items, those that wait to be deleted as they stand in the list now.
  kept(items) {
    return items.map((item) => this.#pending.get(item.dataset.pair)?.item ?? item);
  }

  // Until the service has answered to all that it was told.
  async settled() {
    await Promise.all(this.#sent);
  }

  #remove(item) {
    const { pair, name } = item.dataset;
    item.querySelector(".error")?.remove();
    const line = document.createElement("p");
    const undo = document.createElement("button");
    line.className = "deleted";
    undo.className = "button plain undo";
    undo.type = "button";
    undo.textContent = "Undo";
    undo.setAttribute("aria-label", `Undo: keep ${name}`);
    line.append(`Deleted ${name}. `, undo);
    item.append(line);
    item.classList.add("gone");
    undo.focus();
    this.#say(`Deleted ${name}.`);
    this.#pending.set(pair, { item, timer: setTimeout(() => this.#send(item), UNDO_MILLISECONDS) });
  }

  #restore(item) {
    clearTimeout(this.#pending.get(item.dataset.pair)?.timer);
    this.#pending.delete(item.dataset.pair);
    item.querySelector(".deleted").remove();
    item.classList.remove("gone");
    item.hidden = false;
    item.querySelector(".delete").focus();
    this.#say(`${item.dataset.name} is back.`);
  }

  async #send(item) {
    clearTimeout(this.#pending.get(item.dataset.pair)?.timer);
    this.#pending.delete(item.dataset.pair);
    if (item.contains(document.activeElement)) neighbour(item)?.querySelector("a").focus();
    item.hidden = true;
    const sent = this.#tell(item.dataset.pair);
    this.#sent.add(sent);
    const problem = await sent;
    this.#sent.delete(sent);
    if (problem) this.#fail(item, problem);
    else item.remove();
    if (!this.#list.children.length) this.#emptied();
  }

  // Returns why it was refused, in words; "" where the pair is gone. It may outlive the page.
  async #tell(address) {
    try {
      const headers = { "X-CSRFToken": this.#token, Accept: "application/problem+json" };
      const answer = await fetch(address, { method: "DELETE", headers, keepalive: true });
      if (answer.ok || answer.status === 404) return ""; // 404: deleted elsewhere meanwhile
      return (await answer.json().catch(() => null))?.detail ?? `The service answered ${answer.status}.`;
    } catch {
      return "The connection to the service was lost.";
    }
  }

  #fail(item, problem) {
    this.#restore(item);
    const error = document.createElement("p");
    error.className = "error";
    error.setAttribute("role", "alert");
    item.append(error);
    error.textContent = `Not deleted. ${problem}`;
  }
}

function neighbour(item) {
  const shown = (other) => other && !other.hidden && !other.classList.contains("gone");
  return [item.nextElementSibling, item.previousElementSibling].find(shown);
}
