// The session chart: a lane for each device, lit where two are at work at once, so that sharing is
// seen. Colours are places, or networks where all is in one country; nights are shaded in the
// reader's time.
(() => {
  "use strict";
  const { colour, country: named, draws, duration, failed, font, hues, moment, mount, number, place: written, plain, tooltip } = window.vigieCharts;
  const HOUR = 3600000;
  const DAY = 24 * HOUR;
  const NIGHTS_UP_TO = 31 * DAY;
  const NO_PLACE = ["hosting", "vpn", "relay", "tor", "satellite"];
  const LANE = 34;
  const NARROW = 560;
  const LEGEND = 8;

  draws("sessions", (holder, { picture: data, words, networks }) => {
    if (!data.lanes.length) return failed(holder, words.nothing);
    const country = (code) => named(code, words.unknown_country);
    const place = (one) => written(one, words.unknown_country);
    const several = new Set(data.bars.map((bar) => bar.country)).size > 1;
    const cities = new Set(data.bars.map((bar) => bar.city)).size > 1;
    const group = (bar) => (several || cities ? `${bar.city ?? ""}|${bar.country ?? ""}` : bar.network) ?? "";
    const nameOf = (bar) => (several || cities ? place(bar) : plain(bar.network) || networks.unknown);
    const counts = new Map();
    for (const bar of data.bars) counts.set(group(bar), (counts.get(group(bar)) ?? 0) + bar.count);
    const groups = [...counts].sort((one, other) => other[1] - one[1]).map(([name]) => name);
    const laneName = (lane) =>
      lane.others ? words.others : `${plain(lane.label)}${lane.copy > 1 ? ` (${lane.copy})` : ""}`;
    const alike = (lane) => data.lanes.filter((other) => other.label === lane.label && !other.others).length > 1;
    const where = (index) => {
      const mine = new Map();
      for (const bar of data.bars) if (bar.lane === index) mine.set(bar.city ?? country(bar.country), (mine.get(bar.city ?? country(bar.country)) ?? 0) + 1);
      return [...mine].sort((one, other) => other[1] - one[1])[0]?.[0] ?? "";
    };
    // Two lanes of one name are told apart by where they are mostly used.
    const lanes = data.lanes.map((lane, index) => (alike(lane) && where(index) ? `${plain(lane.label)} · ${plain(where(index))}` : laneName(lane)));
    const ends = [
      ...data.bars.flatMap((bar) => [bar.start, bar.end]),
      ...data.failures.map((one) => one.time),
      ...data.marks.map((mark) => mark.time),
    ];
    const first = Math.min(...ends);
    const last = Math.max(...ends);
    const margin = Math.max(15 * 60000, (last - first) * 0.02);
    const [from, to] = [first - margin, last + margin];
    const nights = () => {
      if (to - from > NIGHTS_UP_TO) return [];
      const found = [];
      const day = new Date(from - DAY);
      day.setHours(20, 0, 0, 0);
      while (day.getTime() < to) {
        const end = new Date(day);
        end.setDate(end.getDate() + 1);
        end.setHours(7, 0, 0, 0);
        found.push([Math.max(from, day.getTime()), Math.min(to, end.getTime())]);
        day.setDate(day.getDate() + 1);
      }
      return found.filter(([start, end]) => end > start);
    };
    const far = data.together.filter((one) => one.km);
    const near = data.together.filter((one) => !one.km);
    const band = (one, fill) => [{ xAxis: one.start, itemStyle: fill }, { xAxis: Math.max(one.end, one.start + 1) }];
    holder.style.height = `${Math.min(26, data.lanes.length) * LANE + 140}px`;

    const mounted = mount(holder, (chart) => {
      const narrow = holder.clientWidth < NARROW;
      const palette = hues();
      const hue = (bar) => palette[groups.indexOf(group(bar)) % palette.length];
      const left = narrow ? 8 : 200;
      const together = (some, name, opacity) => ({
        type: "custom",
        clip: true,
        z: 1,
        data: some.map((one) => ({ value: [one.start, one.end, one.lanes[0], one.lanes.at(-1)], one })),
        encode: { x: [0, 1] },
        renderItem: (params, api) => {
          const area = params.coordSys;
          const start = api.coord([api.value(0), api.value(2)])[0];
          const end = api.coord([api.value(1), api.value(3)])[0];
          const shape = echarts.graphic.clipRectByRect(
            { x: start, y: area.y, width: Math.max(3, end - start), height: area.height },
            { x: area.x, y: area.y, width: area.width, height: area.height },
          );
          return shape && { type: "rect", shape, style: { fill: colour(name), opacity } };
        },
        tooltip: {
          formatter: ({ data: { one } }) =>
            [
              `${words.together}${one.km ? `, ${words.far}: ${number(one.km)} km` : ""}`,
              one.lanes.map((lane) => lanes[lane]).join(" + "),
              `${moment(one.start)} – ${moment(one.end)} (${duration(one.end - one.start)})`,
            ].join("\n"),
        },
      });
      return {
        tooltip: { trigger: "item", ...tooltip() },
        grid: { left, right: 16, top: 34, bottom: 84, containLabel: false },
        xAxis: {
          type: "time",
          min: from,
          max: to,
          axisLine: { lineStyle: { color: colour("line") } },
          axisLabel: { color: colour("ink-2"), hideOverlap: true },
          splitLine: { show: true, lineStyle: { color: colour("line"), opacity: 0.6 } },
        },
        yAxis: {
          type: "category",
          inverse: true,
          data: lanes,
          axisTick: { show: false },
          axisLine: { show: false },
          splitLine: { show: true, lineStyle: { color: colour("line"), opacity: 0.5 } },
          axisLabel: narrow
            ? { inside: true, color: colour("ink-2"), fontSize: 10, verticalAlign: "bottom", padding: [0, 0, 10, 0], width: 220, overflow: "truncate" }
            : { color: colour("ink"), width: left - 18, overflow: "truncate" },
          z: narrow ? 5 : 0,
        },
        dataZoom: [
          { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", startValue: Math.max(data.shown[0], from), endValue: Math.min(data.shown[1], to) },
          { type: "slider", filterMode: "none", height: 22, bottom: 12, left: narrow ? 24 : left, right: 24, borderColor: colour("line"), textStyle: { color: colour("ink-2"), fontSize: 10 }, brushSelect: false },
        ],
        series: [
          {
            type: "line",
            silent: true,
            data: [],
            markArea: {
              silent: true,
              itemStyle: { color: colour("ink-2"), opacity: 0.07 },
              data: nights().map(([start, end]) => band({ start, end })),
            },
          },
          together(near, "medium", 0.16),
          together(far, "alarm", 0.24),
          {
            // Who goes on where another left off.
            type: "custom",
            silent: true,
            clip: true,
            z: 2,
            data: data.hand_overs.map((one) => [one.left, one.taken, one.left_lane, one.taken_lane, one.km]),
            encode: { x: [0, 1], y: [2, 3] },
            renderItem: (_, api) => {
              const [x1, y1] = api.coord([api.value(0), api.value(2)]);
              const [x2, y2] = api.coord([api.value(1), api.value(3)]);
              return {
                type: "bezierCurve",
                shape: { x1, y1, x2, y2, cpx1: x1 + 14, cpy1: y1, cpx2: x2 - 14, cpy2: y2 },
                style: { stroke: colour(api.value(4) ? "alarm" : "ink-2"), lineWidth: 1.5, lineDash: [3, 3], fill: null },
              };
            },
          },
          {
            type: "custom",
            data: data.bars.map((bar) => ({ value: [bar.start, bar.end, bar.lane], bar })),
            encode: { x: [0, 1], y: 2 },
            clip: true,
            z: 3,
            renderItem: (params, api) => {
              const bar = data.bars[params.dataIndex];
              const start = api.coord([api.value(0), api.value(2)]);
              const end = api.coord([api.value(1), api.value(2)]);
              const height = Math.min(20, api.size([0, 1])[1] * 0.55);
              const width = Math.max(5, end[0] - start[0]);
              const isPlace = !NO_PLACE.includes(bar.kind);
              const area = params.coordSys;
              const shape = echarts.graphic.clipRectByRect(
                { x: start[0], y: start[1] - height / 2, width, height },
                { x: area.x, y: area.y, width: area.width, height: area.height },
              );
              return shape && {
                type: "rect",
                shape: { ...shape, r: 4 },
                style: { fill: hue(bar), opacity: isPlace ? 0.95 : 0.42, stroke: hue(bar), lineWidth: 1.5, lineDash: isPlace ? null : [4, 3] },
                textContent: shape.width > 60 ? { style: { text: plain(bar.city ?? country(bar.country)), fill: isPlace ? "#fff" : colour("ink"), fontSize: 11, width: shape.width - 12, overflow: "truncate" } } : undefined,
                textConfig: { position: "insideLeft" },
              };
            },
            tooltip: {
              formatter: ({ data: { bar } }) =>
                [
                  `${words.session} ${plain(bar.session.startsWith("~") ? "" : bar.session).slice(0, 24)}`.trim(),
                  lanes[bar.lane],
                  place(bar),
                  [plain(bar.network), networks[bar.kind], plain(bar.ip)].filter(Boolean).join(" · "),
                  `${moment(bar.start)} – ${moment(bar.end)} (${duration(bar.end - bar.start)})`,
                  `${number(bar.count)} ${words.sign_ins}`,
                ].filter(Boolean).join("\n"),
            },
          },
          {
            type: "scatter",
            symbol: "path://M2 0 5 3 8 0 10 2 7 5 10 8 8 10 5 7 2 10 0 8 3 5 0 2z",
            symbolSize: 9,
            z: 4,
            itemStyle: { color: colour("alarm") },
            data: data.failures.map((one) => ({ value: [one.time, one.lane], one })),
            tooltip: { formatter: ({ data: { one } }) => `${words.failure}\n${moment(one.time)} · ${plain(one.ip)}` },
          },
          {
            type: "scatter",
            symbol: "pin",
            symbolSize: data.marks.length > 20 ? 18 : 30,
            symbolOffset: [0, -4],
            z: 6,
            itemStyle: { color: colour("alarm"), opacity: data.marks.length > 20 ? 0.75 : 1 },
            label: { show: data.marks.length <= 20, color: "#fff", fontSize: 11, fontWeight: 700, formatter: ({ data: { mark } }) => String(mark.finding) },
            labelLayout: { hideOverlap: true },
            data: data.marks.map((mark) => ({ value: [mark.time, mark.lane ?? 0], mark })),
            tooltip: { formatter: ({ data: { mark } }) => `${words.finding} ${mark.finding}: ${plain(mark.title)}\n${moment(mark.time)}` },
          },
        ],
      };
    });
    const { chart } = mounted;
    chart?.on("click", ({ data: one }) => {
      if (one?.mark) document.dispatchEvent(new CustomEvent("vigie:finding", { detail: one.mark.finding }));
    });

    const show = (start, end) =>
      mounted.chart?.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, startValue: Math.max(from, start), endValue: Math.min(to, end) });
    const shown = () => {
      const [zoom] = mounted.chart?.getOption().dataZoom ?? [];
      return zoom ? [zoom.startValue, zoom.endValue] : [from, to];
    };
    const overlaps = far.length ? far : near;
    const ranges = document.getElementById("ranges");
    if (ranges) {
      ranges.hidden = false;
      ranges.addEventListener("click", ({ target }) => {
        const button = target.closest("button");
        if (!button) return;
        const { range, step } = button.dataset;
        const [start, end] = shown();
        const middle = (start + end) / 2;
        if (range === "all") return show(from, to);
        if (range) return show(middle - Number(range) / 2, middle + Number(range) / 2);
        const later = Number(step) > 0;
        const one = later
          ? overlaps.find((each) => (each.start + each.end) / 2 > middle + 60000)
          : overlaps.findLast((each) => (each.start + each.end) / 2 < middle - 60000);
        const found = one ?? (later ? overlaps[0] : overlaps.at(-1));
        const half = Math.max(3 * HOUR, (found.end - found.start) * 1.2);
        return show((found.start + found.end) / 2 - half, (found.start + found.end) / 2 + half);
      });
    }

    const legend = document.getElementById("time-legend");
    const item = (key, text) => {
      const line = document.createElement("li");
      const swatch = document.createElement("span");
      swatch.className = `key ${key}`;
      line.append(swatch, text);
      return line;
    };
    const placed = groups.slice(0, LEGEND).map((name, index) => item(`key-hue key-hue-${(index % 8) + 1}`, nameOf(data.bars.find((bar) => group(bar) === name))));
    const signs = [
      [far.length, "key-far", `${words.together}, ${words.far}`],
      [near.length, "key-near", words.together],
      [data.hand_overs.length, "key-hand-over", words.hand_over],
      [to - from <= NIGHTS_UP_TO, "key-night", words.night],
      [data.bars.some((bar) => NO_PLACE.includes(bar.kind)), "key-no-place-bar", words.no_place],
      [data.failures.length, "key-failure", words.failure],
      [data.marks.length, "key-finding", words.finding],
    ].filter(([there]) => there).map(([, key, text]) => item(key, text));
    legend?.replaceChildren(...placed, ...(groups.length > LEGEND ? [item("key-hue", "…")] : []), ...signs);
  });
})();
