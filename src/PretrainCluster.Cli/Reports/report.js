"use strict";
for (const chart of document.querySelectorAll("svg.chart")) {
  const readings = JSON.parse(chart.dataset.readings);
  const [, , width, height] = chart.getAttribute("viewBox").split(" ").map(Number);
  const make = (name, kind) => {
    const node = document.createElementNS(chart.namespaceURI, name);
    node.setAttribute("class", kind);
    node.style.display = "none";
    return chart.appendChild(node);
  };
  const cursor = make("line", "cursor"), dot = make("circle", "dot"), text = make("text", "reading");
  const set = (node, values) => { for (const [name, value] of Object.entries(values)) node.setAttribute(name, value); };
  const show = visible => { for (const node of [cursor, dot, text]) node.style.display = visible ? "" : "none"; };
  chart.addEventListener("pointerleave", () => show(false));
  chart.addEventListener("pointermove", event => {
    const box = chart.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * width;
    const [x, y, label] = readings.reduce((best, r) => Math.abs(r[0] - at) < Math.abs(best[0] - at) ? r : best);
    set(cursor, { x1: x, x2: x, y1: 10, y2: height - 34 });
    set(dot, { cx: x, cy: y, r: 4 });
    set(text, { x: x < width / 2 ? x + 8 : x - 8, y: 20, "text-anchor": x < width / 2 ? "start" : "end" });
    text.textContent = label;
    show(true);
  });
}
for (const item of document.querySelectorAll(".legend li")) {
  const section = item.closest("section");
  const mark = on => {
    section.classList.toggle("faded", on);
    for (const node of section.querySelectorAll("[data-class]")) node.classList.toggle("lit", on && node.dataset.class === item.dataset.class);
  };
  item.addEventListener("pointerenter", () => mark(true));
  item.addEventListener("pointerleave", () => mark(false));
}
