// The worksheet by keys: a score goes in and the next cell comes, in paper order (the order of the document).
// What is typed is kept on the server and nowhere in the browser but this page.
"use strict";
(() => {
  const form = document.getElementById("worksheet");
  if (!form) return;
  const said = form.dataset;
  const cells = [...form.querySelectorAll(".score, .answer")];
  const place = new Map(cells.map((cell, at) => [cell, at]));
  const columns = new Map();
  for (const cell of cells) {
    const name = cell.dataset.column;
    if (!columns.has(name)) columns.set(name, []);
    columns.get(name).push(cell);
  }
  const names = [...columns.keys()];
  const status = document.getElementById("saved");
  let last = null; // the cell that was typed and left by itself, until somebody moves
  let mine = null; // the cell typing goes to for the buttons, which take the focus away
  const undone = [];

  // What may stand in a cell ---------------------------------------------------------------------------------

  const answers = (cell) => cell.classList.contains("answer");
  const normal = (cell) => cell.dataset.top;
  const fits = (cell, text) => {
    if (text === "") return true;
    if (answers(cell)) return ["yes", "no", "NT"].includes(text);
    const match = /^(NT|[0-5])(\*{0,2})$/.exec(text);
    if (!match || (match[1] !== "NT" && match[1] > normal(cell))) return false;
    return !(match[2] && match[1] === normal(cell));
  };

  const put = (cell, text) => {
    cell.value = text;
    cell.dataset.score = text;
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("title");
    changed();
  };

  const refuse = (cell) => {
    cell.setAttribute("aria-invalid", "true");
    tell(said.cannot, true);
  };

  const go = (cell) => {
    if (!cell) return;
    cell.focus();
    cell.select();
  };

  const after = (cell) => cells[place.get(cell) + 1];

  const type = (cell, text, by) => {
    if (!fits(cell, text)) {
      refuse(cell);
      return;
    }
    put(cell, text);
    const next = after(cell);
    last = next ? { cell, by, at: next } : null;
    if (next) go(next);
    else cell.select();
  };

  // Keys -----------------------------------------------------------------------------------------------------

  // The cell that a mark is meant for: the one just typed while nobody has moved since.
  const meant = (cell) => (last && last.at === cell ? last.cell : cell);

  const star = (cell) => {
    const to = meant(cell);
    if (answers(to)) return;
    const stars = (to.value.match(/\*/g) || []).length;
    const text = to.value.replaceAll("*", "") + "*".repeat(stars === 2 ? 0 : stars + 1);
    if (to.value === "" || !fits(to, text)) refuse(to);
    else put(to, text);
  };

  const nt = (cell, letter) => {
    const to = meant(cell);
    if (letter === "t" && last && last.at === cell && last.by === "n") {
      if (answers(to)) put(to, "NT");
      last = null;
      return;
    }
    if (letter === "t" && answers(cell) && cell.value === "no") put(cell, "NT");
    else if (letter === "n" && answers(cell)) type(cell, "no", "n");
    else type(cell, "NT", letter);
  };

  const many = (pairs) => {
    const before = pairs.map(([cell]) => [cell, cell.value]);
    if (!before.length) return;
    undone.push(before);
    for (const [cell, text] of pairs) put(cell, text);
  };

  const fill = (cell) => {
    const from = meant(cell);
    const column = columns.get(from.dataset.column);
    const below = column.slice(column.indexOf(from) + 1).filter((each) => each.value === "");
    if (from.value === "" || answers(from)) return;
    many(below.map((each) => [each, from.value]));
    const next = columns.get(names[names.indexOf(from.dataset.column) + 1]);
    last = null;
    go(next && next[0]);
  };

  const copy = (cell) => {
    const [side, block] = [cell.dataset.column.split("_")[0], cell.dataset.column.replace(/^(right|left)_/, "")];
    if (!["right", "left"].includes(side)) return;
    const right = columns.get(`right_${block}`);
    const left = columns.get(`left_${block}`);
    many(left.map((each, at) => [each, right[at].value]).filter(([each, text]) => each.value === "" && text));
    last = null;
    if (side === "left") go((columns.get(names[names.indexOf(cell.dataset.column) + 1]) || [])[0]);
  };

  const undo = () => {
    for (const [cell, text] of undone.pop() || []) put(cell, text);
  };

  const across = (cell, step) => {
    if (answers(cell)) return;
    for (let at = names.indexOf(cell.dataset.column) + step; names[at] && names[at] !== "anal"; at += step) {
      const there = columns.get(names[at]).find((each) => each.dataset.row === cell.dataset.row);
      if (there) return go(there);
    }
  };

  const along = (cell, step) => {
    const column = columns.get(cell.dataset.column);
    go(column[column.indexOf(cell) + step]);
  };

  const moves = {
    ArrowDown: (cell) => along(cell, 1),
    ArrowUp: (cell) => along(cell, -1),
    ArrowLeft: (cell) => across(cell, -1),
    ArrowRight: (cell) => across(cell, 1),
    Enter: (cell) => go(after(cell) || document.getElementById("right_non_key")),
    Delete: (cell) => put(cell, ""),
    Backspace: (cell) => {
      if (cell.value !== "") put(cell, "");
      else go(cells[place.get(cell) - 1]);
    },
  };

  // One sign in a cell; false for what is none of ours.
  const press = (cell, sign) => {
    const key = sign.normalize("NFKC").toLowerCase();
    if (/^[0-9]$/.test(key)) type(cell, key, key);
    else if (key === "*") star(cell);
    else if (key === "n" || key === "t") nt(cell, key);
    else if (key === "#") type(cell, "NT", key);
    else if (key === "y" && answers(cell)) type(cell, "yes", key);
    else if (key === "f") fill(cell);
    else if (key === "c") copy(cell);
    else if (key === "u") undo();
    else return false;
    return true;
  };

  form.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!place.has(cell)) {
      if (event.key === "Enter" && cell.tagName === "INPUT") event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (moves[event.key]) {
      event.preventDefault();
      last = null;
      moves[event.key](cell);
    } else if (event.key === "Tab") {
      last = null;
    } else if (event.key.length === 1) {
      event.preventDefault();
      press(cell, event.key);
    }
  });

  // Telephones and input methods tell no key, only what stands there afterwards; several values are pasted.
  form.addEventListener("input", (event) => {
    const cell = event.target;
    if (!place.has(cell)) return changed();
    if (event.isComposing) return;
    const text = cell.value.normalize("NFKC").trim();
    const before = cell.dataset.score;
    const typed = before && text.startsWith(before) ? text.slice(before.length) : text;
    cell.value = before;
    if (/\s/.test(typed)) {
      const values = typed.split(/\s+/);
      many(values.map((each, at) => [cells[place.get(cell) + at], each]).filter(([to, each]) => to && fits(to, each)));
    } else if (typed === "") {
      put(cell, text);
    } else {
      let to = cell;
      for (const sign of typed) {
        press(to, sign);
        to = place.has(document.activeElement) ? document.activeElement : to;
      }
    }
  });

  form.addEventListener("focusin", (event) => {
    if (!place.has(event.target)) return;
    mine = event.target;
    event.target.select();
  });
  form.addEventListener("pointerdown", (event) => {
    if (place.has(event.target)) last = null;
  });
  form.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-key]");
    if (tool) {
      const cell = mine || cells[0];
      press(cell, tool.dataset.key === "n" && answers(cell) ? "#" : tool.dataset.key);
      if (!place.has(document.activeElement)) mine.focus();
    }
    const chosen = event.target.closest("[data-settle]");
    if (chosen) settle(chosen);
    if (event.target.closest("[data-now]")) now();
  });

  const now = () => {
    const parts = new Intl.DateTimeFormat("en-CA", {
      timeZone: said.zone, year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(new Date());
    const of = (type) => parts.find((each) => each.type === type).value;
    form.elements.date.value = `${of("year")}-${of("month")}-${of("day")}`;
    form.elements.time.value = `${of("hour")}:${of("minute")}`;
    changed();
  };

  const settle = (button) => {
    const field = form.elements[button.dataset.settle];
    if (place.has(field)) put(field, button.dataset.value);
    else field.value = button.dataset.value;
    button.closest("li").remove();
    const list = document.querySelector("#two-values ul");
    if (list && !list.children.length) document.getElementById("two-values").replaceChildren();
    changed();
  };

  // The server -----------------------------------------------------------------------------------------------

  const tell = (text, bad) => {
    status.textContent = text;
    status.classList.toggle("bad", Boolean(bad));
  };

  const send = (address, signal) =>
    fetch(address, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, signal });

  const parts = (address, wait, take) => {
    let timer = 0;
    let asking = null;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        if (asking) asking.abort();
        asking = new AbortController();
        try {
          const answer = await send(address, asking.signal);
          if (answer.ok) take(await answer.text());
        } catch {
          // the draft tells of a lost connection; an older question is dropped for a newer one
        }
      }, wait);
    };
  };

  const into = (id) => {
    let shown = "";
    return (html) => {
      if (html === shown) return;
      shown = html;
      const there = document.getElementById(id);
      const opened = [...there.querySelectorAll("details[open]")].map((each) => each.id);
      there.innerHTML = html;
      for (const each of opened) document.getElementById(each)?.setAttribute("open", "");
    };
  };

  const classify = parts(said.classify, 120, into("live"));
  const drawBody = parts(said.body, 350, into("body"));
  const open = document.getElementById("open");
  const tellOpen = parts(said.open, 10, into("what-is-open"));
  open?.addEventListener("toggle", () => open.open && tellOpen());

  let dirty = false;
  let saving = null;
  let timer = 0;

  const changed = () => {
    dirty = true;
    classify();
    drawBody();
    if (open) open.open = false;
    clearTimeout(timer);
    timer = setTimeout(save, 600);
  };

  const freshToken = async () => {
    const page = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (!page.ok) return false;
    const there = new DOMParser().parseFromString(await page.text(), "text/html");
    const token = there.querySelector("#worksheet [name=csrfmiddlewaretoken]");
    if (token) form.elements.csrfmiddlewaretoken.value = token.value;
    return Boolean(token);
  };

  const take = (told, late) => {
    form.elements.version.value = told.version;
    form.elements.command.value = told.command;
    if (!late) return;
    for (const [name, text] of Object.entries(told.fields)) {
      const field = form.elements[name];
      if (!field || field.value !== "") continue;
      if (place.has(field)) put(field, text);
      else field.value = text;
    }
    document.getElementById("two-values").innerHTML = told.aside;
  };

  const saveOnce = async () => {
    clearTimeout(timer);
    dirty = false;
    try {
      let answer = await send(said.draft);
      if (answer.status === 403 && (await freshToken())) answer = await send(said.draft);
      if (answer.status === 200 || answer.status === 409) {
        take(await answer.json(), answer.status === 409);
        tell(answer.status === 409 ? said.elsewhere : said.saved, answer.status === 409);
        return true;
      }
      if (answer.status === 400 || answer.status === 404) {
        tell(said.closed, true);
        return false;
      }
      tell([401, 403].includes(answer.status) ? said.ended : said.unsaved, true);
    } catch {
      tell(said.unsaved, true);
    }
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 3000);
    return false;
  };

  const save = async () => {
    while (saving) await saving;
    if (!dirty) return true;
    saving = saveOnce().finally(() => (saving = null));
    return saving;
  };

  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    if (await save()) {
      dirty = false;
      form.submit();
    } else {
      sending = false;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
  addEventListener("pageshow", (event) => {
    sending = false;
    if (event.persisted) location.reload();
  });

  const problems = document.getElementById("problems");
  if (problems) problems.focus();
})();
