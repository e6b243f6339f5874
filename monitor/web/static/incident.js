// The map and the time chart of one incident. What logs say only ever becomes text on a canvas.
(async () => {
  "use strict";
  const given = JSON.parse(document.getElementById("incident-data").textContent);
  const { words, networks } = given;
  const { calm, colour, duration, failed, font, geo, hues, load, moment, mount, number, plain, ring, tooltip, view, world } = window.vigieCharts;
  const country = (code) => window.vigieCharts.country(code, words.unknown_country);
  const place = (one) => window.vigieCharts.place(one, words.unknown_country);
  const mapHolder = document.getElementById("map");
  const timeHolder = document.getElementById("time");

  let data;
  try {
    [data] = await Promise.all([load(given.url), world()]);
  } catch {
    failed(mapHolder, words.unavailable);
    failed(timeHolder, words.unavailable);
    return;
  }
  const CURVE = 0.28;

  const drawMap = () => {
    if (!data.spots.length) return failed(mapHolder, words.nothing);
    const most = Math.max(...data.spots.map((spot) => spot.count));
    const size = (count) => 9 + 17 * Math.sqrt(count / most);
    const named = new Set(data.spots.slice(0, 8).map((spot) => spot.city ?? spot.country));
    const nameOf = (spot) => (named.delete(spot.city ?? spot.country) ? plain(spot.city ?? country(spot.country)) : "");
    const points = (isPlace) =>
      data.spots
        .filter((spot) => spot.is_place === isPlace)
        .map((spot) => ({ name: nameOf(spot), value: [spot.longitude, spot.latitude, spot.count], spot }));
    const describe = (spot) =>
      [
        place(spot),
        `${number(spot.count)} ${words.sign_ins}${spot.failures ? `, ${number(spot.failures)} ${words.failures}` : ""}`,
        [spot.networks.map(plain).join(", "), networks[spot.kind]].filter(Boolean).join(" · "),
        spot.is_place ? (spot.radius_km ? `${words.radius} ${number(Math.round(spot.radius_km))} km` : "") : words.no_place,
        `${moment(spot.first)} – ${moment(spot.last)}`,
      ]
        .filter(Boolean)
        .join("\n");
    const label = {
      show: true,
      position: "right",
      color: colour("ink"),
      fontSize: 11,
      textBorderColor: colour("sea"),
      textBorderWidth: 3,
      formatter: ({ name }) => name,
    };
    const scatter = (isPlace, style) => ({
      type: "scatter",
      coordinateSystem: "geo",
      data: points(isPlace),
      symbolSize: (value) => size(value[2]),
      label,
      labelLayout: { hideOverlap: true },
      z: isPlace ? 4 : 3,
      tooltip: { formatter: ({ data: one }) => describe(one.spot) },
      ...style,
    });
    return {
      tooltip: { trigger: "item", ...tooltip() },
      geo: { ...geo(), ...view(mapHolder, data.spots) },
      series: [
        {
          type: "custom",
          coordinateSystem: "geo",
          silent: true,
          z: 2,
          data: data.spots.filter((spot) => spot.is_place && spot.radius_km > 0).map((spot) => [spot.longitude, spot.latitude, spot.radius_km]),
          renderItem: (_, api) => ({
            type: "polygon",
            shape: { points: ring(api.value(0), api.value(1), api.value(2)).map((point) => api.coord(point)) },
            style: { fill: colour("place"), opacity: 0.16, stroke: colour("place"), lineWidth: 1 },
          }),
        },
        {
          type: "lines",
          coordinateSystem: "geo",
          z: 3,
          data: data.arcs.map((arc) => ({ coords: [arc.start, arc.end], arc })),
          lineStyle: { color: colour("alarm"), width: 2, opacity: 0.9, curveness: CURVE },
          effect: { show: !calm(), period: 3.5, trailLength: 0.25, symbol: "circle", symbolSize: 5, color: colour("alarm") },
          tooltip: {
            formatter: ({ data: one }) =>
              `${words.finding} ${one.arc.findings.join(", ")}: ${words.pair}\n${number(one.arc.km)} km ${words.within} ${duration(one.arc.milliseconds)}`,
          },
        },
        {
          // What is said of a pair, in the middle of its arc (the same curve as above).
          type: "custom",
          coordinateSystem: "geo",
          silent: true,
          z: 5,
          data: data.arcs.map((arc) => [...arc.start, ...arc.end]),
          renderItem: (params, api) => {
            const [x1, y1] = api.coord([api.value(0), api.value(1)]);
            const [x2, y2] = api.coord([api.value(2), api.value(3)]);
            const arc = data.arcs[params.dataIndex];
            return {
              type: "text",
              x: (x1 + x2) / 2 - ((y1 - y2) * CURVE) / 2,
              y: (y1 + y2) / 2 - ((x2 - x1) * CURVE) / 2,
              style: {
                text: `${number(arc.km)} km ${words.within} ${duration(arc.milliseconds)}`,
                align: "center",
                verticalAlign: "middle",
                fill: "#fff",
                backgroundColor: colour("alarm-ground"),
                borderRadius: 9,
                padding: [3, 8],
                font: `600 11px ${font().fontFamily}`,
              },
            };
          },
        },
        scatter(false, {
          symbol: "diamond",
          itemStyle: { color: colour("sea"), borderColor: colour("no-place"), borderWidth: 2.5 },
        }),
        scatter(true, {
          itemStyle: { color: colour("place"), borderColor: colour("sea"), borderWidth: 1.5, opacity: 0.95 },
        }),
      ],
    };
  };

  const drawTime = (chart) => {
    if (!data.lanes.length) return failed(timeHolder, words.nothing);
    const narrow = timeHolder.clientWidth < 560;
    timeHolder.dataset.lanes = String(Math.min(data.lanes.length, 24));
    const several = new Set(data.bars.map((bar) => bar.country)).size > 1;
    const group = (bar) => (several ? bar.country : bar.network) ?? "";
    const groups = [...new Set(data.bars.map(group))];
    const palette = hues();
    const hue = (bar) => palette[groups.indexOf(group(bar)) % palette.length];
    const lanes = data.lanes.map((lane, index) => (lane.others ? words.others : `${plain(lane.label)}${data.lanes.filter((other) => other.label === lane.label).length > 1 ? ` (${index + 1})` : ""}`));
    const ends = [
      ...data.bars.flatMap((bar) => [bar.start, bar.end]),
      ...data.failures.map((one) => one.time),
      ...data.marks.map((mark) => mark.time),
    ];
    const first = Math.min(...ends);
    const last = Math.max(...ends);
    const margin = Math.max(15 * 60000, (last - first) * 0.02);
    chart.off("click");
    chart.on("click", ({ data: one }) => {
      if (one?.mark) location.hash = `finding-${one.mark.finding}`;
    });
    const legend = document.getElementById("time-legend");
    legend.replaceChildren(
      ...groups.map((name, index) => {
        const item = document.createElement("li");
        const key = document.createElement("span");
        key.className = `key key-hue key-hue-${(index % palette.length) + 1}`;
        item.append(key, several ? country(name) : plain(name) || networks.unknown);
        return item;
      }),
      ...[["key-no-place-bar", words.no_place], ["key-failure", words.failure], ["key-finding", words.finding]].map(([name, text]) => {
        const item = document.createElement("li");
        const key = document.createElement("span");
        key.className = `key ${name}`;
        item.append(key, text);
        return item;
      }),
    );
    return {
      tooltip: { trigger: "item", ...tooltip() },
      grid: { left: narrow ? 8 : 168, right: 16, top: 34, bottom: 74, containLabel: false },
      xAxis: {
        type: "time",
        min: first - margin,
        max: last + margin,
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
        splitArea: { show: true, areaStyle: { color: ["transparent", colour("stripe")] } },
        axisLabel: narrow
          ? { inside: true, color: colour("ink-2"), fontSize: 10, verticalAlign: "bottom", padding: [0, 0, 8, 0], width: 220, overflow: "truncate" }
          : { color: colour("ink"), width: 150, overflow: "truncate" },
        z: narrow ? 5 : 0,
      },
      dataZoom: [
        { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", startValue: Math.max(data.shown[0], first - margin), endValue: Math.min(data.shown[1], last + margin) },
        { type: "slider", filterMode: "none", height: 22, bottom: 12, left: narrow ? 24 : 168, right: 24, borderColor: colour("line"), textStyle: { color: colour("ink-2"), fontSize: 10 }, brushSelect: false },
      ],
      series: [
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
            const height = Math.min(20, api.size([0, 1])[1] * 0.5);
            const width = Math.max(5, end[0] - start[0]);
            const isPlace = !["hosting", "vpn", "relay", "tor", "satellite"].includes(bar.kind);
            const area = params.coordSys;
            const shape = echarts.graphic.clipRectByRect(
              { x: start[0], y: start[1] - height / 2, width, height },
              { x: area.x, y: area.y, width: area.width, height: area.height },
            );
            return shape && {
              type: "rect",
              shape: { ...shape, r: 4 },
              style: { fill: hue(bar), opacity: isPlace ? 0.92 : 0.42, stroke: hue(bar), lineWidth: 1.5, lineDash: isPlace ? null : [4, 3] },
              textContent: width > 76 ? { style: { text: plain(bar.city ?? country(bar.country)), fill: isPlace ? "#fff" : colour("ink"), fontSize: 11, width: width - 12, overflow: "truncate" } } : undefined,
              textConfig: { position: "insideLeft" },
            };
          },
          tooltip: {
            formatter: ({ data: { bar } }) =>
              [
                `${words.session} ${plain(bar.session.startsWith("~") ? "" : bar.session).slice(0, 24)}`.trim(),
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
          symbolSize: 30,
          symbolOffset: [0, -4],
          z: 6,
          itemStyle: { color: colour("alarm") },
          label: { show: true, color: "#fff", fontSize: 11, fontWeight: 700, formatter: ({ data: { mark } }) => String(mark.finding) },
          data: data.marks.map((mark) => ({ value: [mark.time, mark.lane ?? 0], mark })),
          tooltip: { formatter: ({ data: { mark } }) => `${words.finding} ${mark.finding}: ${plain(mark.title)}\n${moment(mark.time)}` },
          markLine: {
            silent: true,
            symbol: "none",
            label: { show: false },
            lineStyle: { color: colour("alarm"), type: "dashed", width: 1, opacity: 0.55 },
            data: data.marks.map((mark) => ({ xAxis: mark.time })),
          },
        },
      ],
    };
  };

  mount(mapHolder, drawMap);
  mount(timeHolder, drawTime);
})();
