// SPDX-License-Identifier: GPL-2.0-or-later
// Filters, sorts and steps through what the page holds. Without it everything is shown.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const say = (text) => { $("#said").textContent = text; };

  // --- the matrix: switches, filters, sorting; the selection lives in the hash ----------------------------
  const bar = $("#controls");
  const box = $("#matrix .box");
  const body = $("tbody", box);
  const rows = [...body.rows];
  const maps = $$("th.c-map", box);
  const before = rows.length ? rows[0].cells.length - maps.length : 0;
  const NAMES = { kernel: "kernel", page: "page size", model: "memory model", debug: "DEBUG_VM" };
  const state = { kernel: "", page: "", model: "", debug: "", show: "", map: "", find: "", sort: "", at: "" };
  const controls = {};
  const text = new Map();
  const textOf = (row) => {
    if (!text.has(row)) text.set(row, row.textContent.toLowerCase());
    return text.get(row);
  };
  let order = rows;

  const BAD = ["boot", "trigger", "circumstances"];
  const KINDS = [...BAD, "unknown", "safe"];
  const words = (what) => what.toLowerCase().split(/[\s,]+/).filter(Boolean);
  let hidden = [];  // whether the filter hides the column of each memory map
  const sheet = make("style");
  document.head.append(sheet);
  const kindsOf = (row) => maps.map((_, at) => row.cells[before + at].classList[0]).filter((_, at) => !hidden[at]);
  const shows = (row) => {
    if (!hidden.includes(true)) return state.show === "unsafe" ? row.dataset.unsafe !== "0" : row.dataset.worst === state.show;
    const kinds = kindsOf(row);
    return state.show === "unsafe" ? kinds.some((kind) => BAD.includes(kind)) : KINDS.find((kind) => kinds.includes(kind)) === state.show;
  };
  const wants = (row) =>
    Object.keys(NAMES).every((key) => !state[key] || row.dataset[key].split(" ").includes(state[key])) &&
    (!state.show || shows(row)) &&
    (!state.find || state.find.toLowerCase().split(/\s+/).every((word) => textOf(row).includes(word)));

  const version = (name) => name.split(/[.-]/).map((part) => parseInt(part.replace(/^rc/, "-1"), 10) || 0);
  const compare = {
    kernel: (a, b) => { const x = version(a.dataset.kernel), y = version(b.dataset.kernel); for (let i = 0; i < 4; i++) { const d = (x[i] || 0) - (y[i] || 0); if (d) return d; } return 0; },
    page: (a, b) => parseInt(a.dataset.page, 10) - parseInt(b.dataset.page, 10),
    unsafe: (a, b) => a.dataset.unsafe - b.dataset.unsafe,
    model: (a, b) => a.dataset.model.localeCompare(b.dataset.model),
    debug: (a, b) => a.dataset.debug.localeCompare(b.dataset.debug),
  };

  let sorted = "";
  const arrange = () => {
    if (state.sort === sorted) return;
    sorted = state.sort;
    const down = sorted.startsWith("-");
    const by = Object.hasOwn(compare, sorted.replace("-", "")) ? compare[sorted.replace("-", "")] : null;
    order = by ? [...rows].sort((a, b) => (down ? by(b, a) : by(a, b))) : rows;
    body.replaceChildren(...order);
    for (const head of $$("#matrix th[data-sort]")) {
      const mine = by && head.dataset.sort === sorted.replace("-", "");
      if (mine) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  const choose = () => {
    const wanted = words(state.map);
    const now = maps.map((head) => wanted.length > 0 && !wanted.some((word) => head.textContent.toLowerCase().includes(word)));
    hidden = now;
    const columns = now.flatMap((hide, at) => (hide ? [`:nth-child(${before + at + 1})`] : []));
    sheet.textContent = columns.length ? `#matrix tr > :is(${columns.join()}) { display: none !important; }` : "";
    box.firstElementChild.style.setProperty("--maps", now.filter((hide) => !hide).length);
  };
  const apply = () => {
    choose();
    arrange();
    let shown = 0, last = "";
    for (const row of order) {
      row.hidden = !wants(row);
      if (row.hidden) continue;
      row.classList.toggle("first", row.dataset.kernel !== last);
      last = row.dataset.kernel;
      shown += 1;
    }
    for (const view of $$("section.view")) view.hidden = Boolean(state.kernel) && view.dataset.kernel !== state.kernel;
    for (const key of Object.keys(controls)) controls[key].value = state[key];
    $("output", bar).textContent = `${shown} of ${rows.length} rows${hidden.includes(true) ? `, ${hidden.filter((hide) => !hide).length} of ${maps.length} maps` : ""}`;
  };
  const keep = () => {
    const given = Object.entries(state).filter(([, chosen]) => chosen);
    history.replaceState(null, "", given.length ? `#${new URLSearchParams(given)}` : "#matrix");
  };
  // The place of a link: the cell that had the focus last, or else the row at the top of the box.
  let visited = null;
  box.addEventListener("focusin", ({ target }) => { visited = target.closest("td") || visited; });
  const place = () => {
    if (visited && visited.getClientRects().length) return `${rows.indexOf(visited.parentElement)}.${visited.cellIndex}`;
    const top = order.find((row) => !row.hidden && row.offsetTop >= box.scrollTop + $("thead", box).offsetHeight - 4);
    return box.scrollTop && top ? `${rows.indexOf(top)}.0` : "";
  };
  const goTo = (at) => {
    box.scrollIntoView({ block: "nearest" });
    $("#controls").scrollIntoView();
    const [row, column] = at.split(".").map((part) => parseInt(part, 10));
    const cell = rows[row]?.cells[column || 0];
    if (!cell) return;
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    const link = $("a", cell);
    if (link) link.focus({ preventScroll: true });
  };
  const change = (key, value) => {
    state[key] = value;
    state.at = "";
    keep();
    apply();
    say(`${$("output", bar).textContent} shown`);
  };
  const control = (key, name, element) => {
    controls[key] = element;
    element.addEventListener(element.tagName === "INPUT" ? "input" : "change", () => change(key, element.value));
    element.id = `switch-${key}`;
    bar.append(make("div", {}, make("label", { htmlFor: element.id, textContent: name }), element));
  };
  for (const [key, name] of Object.entries(NAMES)) {
    const values = bar.dataset[key].split("|");
    const select = make("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    if (values.length > 1) control(key, name, select);
  }
  const kinds = make("select");
  const verdicts = $$("#matrix .legend .badge").map((badge) => new Option(badge.lastChild.textContent.trim(), badge.classList[1]));
  kinds.append(new Option("all, unsafe first", ""), new Option("unsafe", "unsafe"), ...verdicts);
  control("show", "verdict", kinds);
  if (maps.length > 1) control("map", "memory map", make("input", { type: "search", size: 12, placeholder: "nomap" }));
  control("find", "text", make("input", { type: "search", size: 14 }));
  const link = make("button", { type: "button", textContent: "copy link" });
  link.addEventListener("click", () => { state.at = place(); keep(); copy(location.href, link); });
  bar.append(make("output"), link);
  for (const head of $$("#matrix th[data-sort]")) {
    const button = make("button", { type: "button" }, ...head.childNodes);
    button.addEventListener("click", () => change("sort", state.sort === head.dataset.sort ? `-${head.dataset.sort}` : head.dataset.sort));
    head.replaceChildren(button);
  }

  // --- links: a hash is either a selection or the id of something --------------------------------------
  const reveal = (target) => {
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.hidden) at.hidden = false;
    }
    target.scrollIntoView();
    const head = target.querySelector("summary") || target.closest("details")?.querySelector("summary") || target;
    head.focus?.({ preventScroll: true });
  };
  const follow = () => {
    let hash = location.hash.slice(1);
    try { hash = decodeURIComponent(hash); } catch { /* a stray % is no escape */ }
    if (hash.includes("=")) {
      const given = new URLSearchParams(hash);
      for (const key of Object.keys(state)) state[key] = given.get(key) || "";
      apply();
      goTo(state.at);
      return;
    }
    const target = hash && document.getElementById(hash);
    if (target) reveal(target);
  };
  addEventListener("hashchange", follow);

  // --- fragments and commands: copy and save --------------------------------------------------------------
  const copy = async (what, button) => {
    const before = button.textContent;
    let done = true;
    try { await navigator.clipboard.writeText(what); } catch {
      const area = make("textarea", { value: what });
      document.body.append(area); area.select(); done = document.execCommand("copy"); area.remove(); button.focus();
    }
    button.textContent = done ? "copied" : "not allowed here";
    say(button.textContent);
    setTimeout(() => { button.textContent = before; }, 1500);
  };
  const save = (name, what, type) => {
    const place = URL.createObjectURL(new Blob([what], { type }));
    make("a", { href: place, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(place), 1000);
  };
  const tools = (fragment) => {
    const lines = $("pre", fragment).textContent;
    const copies = make("button", { type: "button", textContent: "copy" });
    const saves = make("button", { type: "button", textContent: "save as .config" });
    copies.addEventListener("click", () => copy(lines, copies));
    saves.addEventListener("click", () => save(`${fragment.dataset.name.replace(/[^\w.-]/g, "_")}.config`, lines, "text/plain"));
    fragment.append(make("div", { className: "tools" }, copies, saves));
  };
  // A fragment gets its buttons when the story around it opens: a large page has thousands of them.
  document.addEventListener("toggle", ({ target }) => {
    for (const fragment of $$(".fragment", target)) if (fragment.closest("details") === target && !$(".tools", fragment)) tools(fragment);
  }, true);
  const command = $("header .command");
  const copies = make("button", { type: "button", textContent: "copy" });
  copies.addEventListener("click", () => copy(command.textContent, copies));
  command.after(" ", copies);
  const data = $("#document");
  if (window.DecompressionStream) {
    const plain = make("button", { type: "button", textContent: "save as plain JSON" });
    plain.addEventListener("click", async () => {
      const bytes = Uint8Array.from(atob(data.href.split(",")[1]), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      save("kconfig-explorer.json", await new Response(stream).text(), "application/json");
    });
    data.parentElement.append(" ", plain);
  }

  // --- stepping through a boot -----------------------------------------------------------------------------
  const WORDS = ["memblock: the kind of memory of each pfn", "the memmap is allocated: what fresh struct pages hold", "memmap_init() has run: the struct pages that it visited are initialised", "boot is over: what later passes changed", "the guard: what pfn_valid() returns for each pfn", "the walker steps from page to page until it crashes"];
  for (const figure of $$("figure.block")) {
    const lanes = $$(".lane", figure);
    const words = make("span", { role: "status" });
    const back = make("button", { type: "button", textContent: "◀ back" });
    const next = make("button", { type: "button", textContent: "step ▶" });
    const whole = make("button", { type: "button", textContent: "show all" });
    let at = -1;
    const show = (step) => {
      at = step;
      figure.classList.toggle("stepping", at >= 0);
      lanes.forEach((lane, place) => { lane.classList.toggle("done", place <= at); lane.classList.toggle("now", place === at); });
      words.textContent = at < 0 ? "" : `${at + 1} of ${lanes.length}: ${WORDS[at]}`;
      back.disabled = at <= 0; whole.disabled = at < 0;
    };
    next.addEventListener("click", () => show((at + 1) % lanes.length));
    back.addEventListener("click", () => show(at - 1));
    whole.addEventListener("click", () => { show(-1); next.focus(); });
    show(-1);
    figure.prepend(make("div", { className: "stepper" }, back, next, whole, words));
  }

  // --- the dependency graph: what a symbol decides, and what decides it --------------------------------
  for (const figure of $$("figure.graph")) {
    const edges = $$(".edge", figure);
    const nodes = $$(".node", figure);
    const reach = (name, from, to) => {
      const reached = new Set([name]);
      for (const symbol of reached) for (const edge of edges) if (edge.dataset[from] === symbol) reached.add(edge.dataset[to]);
      return reached;
    };
    const light = (node) => {
      const again = !node || node.getAttribute("aria-pressed") === "true";
      figure.classList.toggle("chosen", !again);
      for (const other of nodes) { other.classList.remove("lit"); other.setAttribute("aria-pressed", "false"); }
      for (const edge of edges) edge.classList.remove("lit");
      if (again) return;
      node.setAttribute("aria-pressed", "true");
      const up = reach(node.dataset.name, "to", "from"), down = reach(node.dataset.name, "from", "to");
      for (const other of nodes) other.classList.toggle("lit", up.has(other.dataset.name) || down.has(other.dataset.name));
      for (const edge of edges) edge.classList.toggle("lit", (up.has(edge.dataset.to) && up.has(edge.dataset.from)) || (down.has(edge.dataset.from) && down.has(edge.dataset.to)));
      say(`${node.dataset.name}: decided by ${[...up].slice(1).join(", ") || "nothing here"}; decides ${[...down].slice(1).join(", ") || "nothing here"}`);
    };
    for (const node of nodes) {
      node.classList.add("live");
      for (const [name, value] of [["tabindex", "0"], ["role", "button"], ["aria-pressed", "false"], ["aria-label", node.dataset.name]]) node.setAttribute(name, value);
      node.addEventListener("click", () => light(node));
      node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); light(node); } if (event.key === "Escape") light(null); });
    }
  }

  // --- keys --------------------------------------------------------------------------------------------------
  const KEYS = [["j / k", "next, previous cell that is not safe"], ["Enter", "open its story"], ["m", "back to the matrix"], ["/", "text filter"], ["?", "this list"]];
  const help = make("dialog", { ariaLabel: "Keys" }, make("dl", {}, ...KEYS.flatMap(([key, what]) => [make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: what })])), make("form", { method: "dialog" }, make("button", { textContent: "close" })));
  document.body.append(help);
  const step = (by) => {
    const links = $$("#matrix tbody td:not(.every) a").filter((cell) => cell.checkVisibility ? cell.checkVisibility() : cell.offsetParent);
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? (by > 0 ? 0 : links.length - 1) : (at + by + links.length) % links.length].focus();
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const does = { j: () => step(1), k: () => step(-1), m: () => { location.hash = "matrix"; }, "/": () => controls.find.focus(), "?": () => help.showModal() }[event.key];
    if (does) { event.preventDefault(); does(); }
  });
  const keys = make("button", { type: "button", textContent: "keys ?" });
  keys.addEventListener("click", () => help.showModal());
  $("nav ul").append(make("li", {}, keys));

  if (location.hash) follow();
  apply();
})();
