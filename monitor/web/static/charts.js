// What all charts and maps share. What logs say only ever becomes text.
//
// A page loads vendor/echarts/echarts.min.js, this file, then its own, each with `defer`. Its own does
//
//   const { colour, number, draws, mount } = window.vigieCharts;
//   draws("trend", async (holder, data) => mount(holder, (chart, holder) => ({ ...an option of ECharts... })));
//
// for every <div role="img" aria-label="…" data-chart="trend"> that is in the page or comes into it by
// htmx. `data` is the JSON of the holder's `data-numbers`, or of the <script type="application/json">
// whose id `data-from` says, or what the address `data-url` answers. (What htmx brings may have no
// script element: use one of the others there.) The words "cannot be shown" are `data-unavailable`.
//
// `mount` draws when the holder has a size, and again when colours or size change; its option-maker is
// asked each time, so read colours in it. It adds the font, and stillness for who asked for it. Where
// the maker gives null, nothing is drawn: say why with `failed` before. body[data-charts] counts what
// is drawn. The chart is made once, so what is put `on` it in the first call stays.
(() => {
  "use strict";
  const root = document.documentElement;
  const language = root.lang;
  const OUTLINES = "/static/vendor/world/countries.geo.json";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const calm = () => still.matches;
  const written = (format) => {
    const write = (value) => format.format(value);
    return Object.assign(write, { format: write });
  };
  // Each is called, or has `format`.
  const number = written(new Intl.NumberFormat(language));
  const moment = written(new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }));
  const days = new Intl.NumberFormat(language, { style: "unit", unit: "day" });
  const countries = new Intl.DisplayNames([language], { type: "region", fallback: "code" });

  const colour = (name) => getComputedStyle(root).getPropertyValue(`--vigie-${name}`).trim();
  const hues = () => [1, 2, 3, 4, 5, 6, 7, 8].map((index) => colour(`hue-${index}`));
  const font = () => ({ fontFamily: getComputedStyle(document.body).fontFamily });
  // Braces and bars are markup in ECharts' rich text.
  const plain = (value) => String(value ?? "").replace(/[{}|]/g, "·").slice(0, 120);
  const country = (code, unknown = "") => {
    if (!code) return unknown;
    try {
      return countries.of(code);
    } catch {
      return plain(code);
    }
  };
  const place = (one, unknown = "") =>
    [one.city ?? one.region, country(one.country, unknown)].filter(Boolean).map(plain).join(", ");
  const duration = (ms) => {
    const minutes = Math.round(ms / 60000);
    if (minutes < 1) return `${Math.round(ms / 1000)} s`;
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
    return days.format(Math.round(hours / 24));
  };
  const tooltip = () => ({
    renderMode: "richText",
    confine: true,
    backgroundColor: colour("tip"),
    borderColor: colour("line"),
    textStyle: { color: colour("ink"), fontSize: 12 },
  });

  const load = async (url) => {
    const answer = await fetch(url, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.json();
  };
  let drawn;
  const outlines = () => (drawn ??= load(OUTLINES));
  // The outlines as ECharts' map "world", fetched and registered once.
  let registered;
  const world = () =>
    (registered ??= outlines().then((geoJSON) => echarts.registerMap("world", { geoJSON })));
  // How the outlines are drawn; `view` says where to look.
  const ASPECT = 0.8;
  const geo = () => ({
    map: "world",
    roam: true,
    silent: true,
    aspectScale: ASPECT,
    scaleLimit: { min: 1, max: 60 },
    itemStyle: { areaColor: colour("land"), borderColor: colour("border"), borderWidth: 0.6 },
    emphasis: { disabled: true },
  });

  // Where to look and how closely: all points, with room around. ECharts fits the whole world, of
  // WORLD degrees and flattened by ASPECT, into four fifths of the holder at zoom 1.
  const WORLD = { wide: 360, high: 139.3, north: 83.6, south: -55.6 };
  const view = (holder, spots) => {
    const longitudes = spots.map((spot) => spot.longitude);
    const latitudes = spots.map((spot) => spot.latitude);
    const middle = (values) => (Math.max(...values) + Math.min(...values)) / 2;
    const span = (values) => Math.max(...values) - Math.min(...values);
    const width = Math.max(1, holder.clientWidth);
    const height = Math.max(1, holder.clientHeight);
    const room = Math.max(span(latitudes) * 1.6, 28, (span(longitudes) * 1.5 * ASPECT * height) / width);
    const high = Math.min(WORLD.high, room);
    const fitted = 0.8 * Math.min(width / (WORLD.wide * ASPECT), height / WORLD.high);
    const north = Math.min(WORLD.north - high / 2, middle(latitudes));
    return {
      center: [middle(longitudes), Math.max(WORLD.south + high / 2, north)],
      zoom: height / high / fitted,
    };
  };

  // A ring of `radius` km around a point, for the uncertainty of a location.
  const ring = (longitude, latitude, radius) => {
    const angle = radius / 6371.0088;
    const phi = (latitude * Math.PI) / 180;
    const points = [];
    for (let step = 0; step < 48; step += 1) {
      const bearing = (step / 48) * 2 * Math.PI;
      const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing);
      const turned = Math.atan2(
        Math.sin(bearing) * Math.sin(angle) * Math.cos(phi),
        Math.cos(angle) - Math.sin(phi) * sine,
      );
      points.push([longitude + (turned * 180) / Math.PI, (Math.asin(sine) * 180) / Math.PI]);
    }
    return points;
  };

  const count = () => {
    document.body.dataset.charts = String(document.querySelectorAll("[data-drawn]").length);
  };
  const failed = (holder, text) => {
    holder.classList.add("vigie-no-chart");
    holder.textContent = text;
    count();
    return null;
  };

  const SETTLED_MS = 120;
  const mount = (holder, maker) => {
    let chart = null;
    let size = "";
    let waiting = 0;
    const draw = () => {
      // What is hidden, or just being made smaller, has no size to draw in; the next one has.
      if (!holder.clientWidth || !holder.clientHeight) return;
      chart ??= echarts.init(holder, null, { renderer: "canvas" });
      const option = maker(chart, holder);
      if (!option) return end();
      size = `${holder.clientWidth} ${holder.clientHeight}`;
      chart.resize();
      chart.setOption({ textStyle: font(), animation: !calm(), ...option }, { notMerge: true });
      holder.dataset.drawn = "true";
      count();
    };
    const again = () => {
      if (!holder.isConnected) return end();
      if (`${holder.clientWidth} ${holder.clientHeight}` !== size) draw();
    };
    const watch = new ResizeObserver(() => {
      clearTimeout(waiting);
      waiting = setTimeout(again, SETTLED_MS);
    });
    const end = () => {
      watch.disconnect();
      document.removeEventListener("vigie:colours", draw);
      // Disposing empties the holder, and with it what `failed` said.
      const said = holder.classList.contains("vigie-no-chart") ? holder.textContent : "";
      chart?.dispose();
      holder.textContent = said;
      delete holder.dataset.drawn;
      count();
    };
    watch.observe(holder);
    document.addEventListener("vigie:colours", draw);
    draw();
    return { draw, end, get chart() { return chart; } };
  };

  const given = (holder) => {
    const { numbers, from, url } = holder.dataset;
    if (numbers) return JSON.parse(numbers);
    if (from) return JSON.parse(document.getElementById(from).textContent);
    return url ? load(url) : null;
  };
  const begun = new WeakSet();
  const start = async (holder, begin) => {
    if (begun.has(holder)) return;
    begun.add(holder);
    try {
      await begin(holder, await given(holder));
    } catch (error) {
      console.info(error);
      failed(holder, holder.dataset.unavailable ?? "–");
    }
  };
  const draws = (name, begin) => {
    const all = () => document.querySelectorAll(`[data-chart="${name}"]`).forEach((one) => start(one, begin));
    all();
    document.addEventListener("htmx:after:swap", all);
  };

  window.vigieCharts = Object.freeze({
    language, calm, number, moment, duration, colour, hues, font, plain, country, place, tooltip,
    load, outlines, world, geo, view, ring, failed, mount, draws,
  });
})();
