// SPDX-License-Identifier: GPL-2.0-only
// Narrows the page to one kernel and opens what a link points at. Without it everything is shown.
"use strict";
(() => {
  const views = [...document.querySelectorAll("section.view")];
  const main = document.querySelector("main");
  const bar = document.createElement("div");
  bar.className = "controls";
  const label = document.createElement("label");
  label.textContent = "Kernel ";
  const select = document.createElement("select");
  select.append(new Option("all", ""));
  for (const view of views) select.append(new Option(view.querySelector("h2").textContent, view.id));
  label.append(select);
  bar.append(label);
  if (views.length > 1) main.before(bar);

  const show = (id) => {
    for (const view of views) view.hidden = Boolean(id) && view.id !== id;
    select.value = id;
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return show("");
    const view = target.closest("section.view");
    if (view) show(view.id);
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
    (target.querySelector("summary") || target).focus?.();
  };
  select.addEventListener("change", () => {
    history.pushState(null, "", select.value ? `#${select.value}` : "#matrix");
    show(select.value);
  });
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    for (const element of document.querySelectorAll("details")) element.open = true;
  });
  if (location.hash) follow();
})();
