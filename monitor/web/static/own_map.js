// Where one's own sign-ins came from: outlines of countries and a numbered dot for each place, drawn
// as SVG. What logs say only ever becomes text; the list beside says the same.
(async () => {
  "use strict";
  const holder = document.querySelector("[data-map]");
  if (!holder) return;
  const words = JSON.parse(document.getElementById("map-words").textContent);
  const { country, load, number, outlines } = window.vigieCharts;
  let spots, world;
  try {
    ({ spots } = await load("/me/picture"));
    if (!spots.length) return;
    world = await outlines();
  } catch {
    return;
  }
  const SHOWN = 20;
  const FLAT = 0.8;
  const svg = holder.querySelector("svg");
  const list = holder.querySelector("ol");
  const make = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const at = ([longitude, latitude]) => [longitude * FLAT, -latitude];
  const shown = spots.slice(0, SHOWN);
  const points = shown.map((spot) => at([spot.longitude, spot.latitude]));

  // All places with room around, in the shape that the picture has; never closer than a country.
  holder.hidden = false;
  const shape = svg.clientWidth / Math.max(1, svg.clientHeight);
  const reach = (axis) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [left, right] = reach(0);
  const [top, bottom] = reach(1);
  const high = Math.max(14, (bottom - top) * 1.5, ((right - left) * 1.4) / shape);
  const wide = high * shape;
  const box = [(left + right - wide) / 2, (top + bottom - high) / 2, wide, high];
  const size = (10 * wide) / Math.max(1, svg.clientWidth);
  svg.setAttribute("viewBox", box.map((value) => value.toFixed(2)).join(" "));

  const ring = (line) => `M${line.map((point) => at(point).map((value) => value.toFixed(2)).join(" ")).join("L")}Z`;
  for (const feature of world.features) {
    const rings = feature.geometry.coordinates.flat();
    svg.append(make("path", { d: rings.map(ring).join(""), class: "land", "stroke-width": size / 16 }));
  }
  shown.forEach((spot, index) => {
    const [x, y] = points[index];
    const name = [spot.city ?? spot.region, country(spot.country, words.unknown)].filter(Boolean).join(", ");
    const kind = spot.is_place ? "place" : "no-place";
    if (spot.is_place && spot.radius_km) {
      svg.append(make("circle", { cx: x, cy: y, r: spot.radius_km / 111, class: "around" }));
    }
    const dot = make("g", { class: kind });
    dot.append(make("title", {}, name), make("circle", { cx: x, cy: y, r: size }));
    dot.append(make("text", { x, y: y + size * 0.36, "font-size": size * 1.1 }, String(index + 1)));
    svg.append(dot);
    const item = document.createElement("li");
    const failed = spot.failures ? `${words.failed} ${number(spot.failures)}` : "";
    const uses = spot.count - spot.failures;
    const told = [uses ? `${words.uses} ${number(uses)}` : "", failed, spot.is_place ? "" : words.no_place];
    item.textContent = `${name} – ${told.filter(Boolean).join(", ")}`;
    list.append(item);
  });
  document.body.dataset.map = String(shown.length);
})();
