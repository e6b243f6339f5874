// The charts of one account's page. What logs say only ever becomes text on a canvas.
(() => {
  "use strict";
  const { colour, hues, number, moment, language, plain, place, tooltip, draws, mount, world, geo, view } =
    window.vigieCharts;
  const HOUR = 3600000;
  const axis = () => ({
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    axisLabel: { color: colour("ink-2"), fontSize: 11, hideOverlap: true },
    splitLine: { lineStyle: { color: colour("line"), opacity: 0.6 } },
  });
  const legend = () => ({ type: "scroll", bottom: 0, textStyle: { color: colour("ink-2") }, itemWidth: 14, itemHeight: 10 });

  // Incidents, each with the probability of every explanation at its end; findings as dots below.
  const EXPLAINS = ["one", "roaming", "shared", "taken"];
  draws("account-risk", (holder, { words, risk }) =>
    mount(holder, () => {
      const bars = risk.incidents;
      const times = [...bars.flatMap((one) => [one.opened, one.updated]), ...risk.findings.map((one) => one[0])];
      // A day of room on either side, and more where the history is long.
      const room = Math.max(24 * HOUR, 0.04 * (Math.max(...times) - Math.min(...times)));
      const from = Math.min(...times) - room;
      const until = Math.max(...times) + room;
      return {
        grid: [
          { left: 44, right: 16, top: 12, bottom: 88 },
          { left: 44, right: 16, height: 14, bottom: 46 },
        ],
        legend: { ...legend(), data: [...words.explanations, words.findings] },
        tooltip: {
          ...tooltip(),
          trigger: "item",
          formatter: ({ seriesName, data }) =>
            data.title
              ? `${plain(data.title)}\n${moment(data.value[0])}`
              : `${plain(seriesName)} – ${number(Math.round(100 * data.share))} %\n${moment(data.value[0])}`,
        },
        xAxis: [
          { type: "time", min: from, max: until, ...axis(), splitLine: { show: false } },
          { type: "time", gridIndex: 1, min: from, max: until, show: false },
        ],
        yAxis: [
          { type: "value", min: 0, max: 1, interval: 0.5, ...axis(), axisLabel: { color: colour("ink-2"), formatter: (value) => `${Math.round(100 * value)} %` } },
          { type: "value", gridIndex: 1, min: 0, max: 1, show: false },
        ],
        series: [
          ...EXPLAINS.map((name, index) => ({
            name: words.explanations[index],
            type: "line",
            symbol: "circle",
            symbolSize: bars.length > 40 ? 4 : 8,
            lineStyle: { width: bars.length > 1 ? 1.5 : 0 },
            itemStyle: { color: colour(name) },
            data: bars.map((one) => ({
              value: [one.updated, one.posterior[index]],
              share: one.posterior[index],
              itemStyle: one.withdrawn ? { opacity: 0.35 } : undefined,
            })),
          })),
          {
            name: words.findings,
            type: "scatter",
            xAxisIndex: 1,
            yAxisIndex: 1,
            symbol: "rect",
            symbolSize: [3, 12],
            itemStyle: { color: colour("ink-2"), opacity: 0.75 },
            data: risk.findings.map(([time, severity, title, withdrawn]) => ({
              value: [time, 0.5],
              title: withdrawn ? `${title} (${words.withdrawn})` : title,
              severity,
            })),
          },
        ],
      };
    }),
  );

  // Machines of each day, and how much likelier several people are than one (in nats, told as odds).
  draws("account-people", (holder, { words, people }) =>
    mount(holder, () => {
      const days = people.days;
      const odds = (nats) => {
        const times = Math.exp(Math.abs(nats));
        return `${nats >= 0 ? "×" : "÷"} ${number(Math.round(10 * times) / 10)}`;
      };
      const bar = (name, column, tint) => ({
        name,
        type: "bar",
        barMaxWidth: 12,
        itemStyle: { color: colour(tint) },
        data: days.map((one) => [one[0], one[column]]),
      });
      const most = Math.max(1, ...days.map((one) => Math.max(one[1], one[2], one[3])));
      const reach = Math.max(1, ...days.map((one) => Math.abs(one[4] ?? 0)), ...people.said.map(([, times]) => Math.abs(Math.log(times))));
      return {
        grid: { left: 34, right: 48, top: 14, bottom: 62 },
        legend: legend(),
        tooltip: {
          ...tooltip(),
          trigger: "axis",
          formatter: (shown) =>
            [
              new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(shown[0].value[0]),
              ...shown.map((one) => `${plain(one.seriesName)} – ${one.data.nats === undefined ? number(one.value[1]) : odds(one.data.nats)}`),
            ].join("\n"),
        },
        xAxis: { type: "time", ...axis(), splitLine: { show: false } },
        yAxis: [
          { type: "value", min: 0, max: most, minInterval: 1, ...axis() },
          { type: "value", min: -reach, max: reach, interval: reach, ...axis(), splitLine: { show: false }, axisLabel: { color: colour("ink-2"), formatter: odds } },
        ],
        series: [
          bar(words.computers, 1, "place"),
          bar(words.at_once, 3, "no-place"),
          bar(words.handhelds, 2, "roaming"),
          {
            name: words.odds,
            type: "line",
            yAxisIndex: 1,
            symbolSize: 4,
            connectNulls: false,
            itemStyle: { color: colour("shared") },
            lineStyle: { width: 2 },
            data: days.map((one) => ({ value: [one[0], one[4] ?? "-"], nats: one[4] ?? undefined })),
          },
          {
            name: words.said,
            type: "scatter",
            yAxisIndex: 1,
            symbol: "diamond",
            symbolSize: 9,
            itemStyle: { color: colour("taken") },
            data: people.said.map(([time, times]) => ({ value: [time, Math.log(times)], nats: Math.log(times) })),
          },
        ],
      };
    }),
  );

  // Seven days of 24 hours in the reader's own zone; each hour of the calendar is put where it falls.
  draws("account-hours", (holder, { words, drawn }) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const cells = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => [0, 0]));
    for (const [hour, uses, failures] of drawn.hours) {
      const at = new Date(hour * HOUR);
      const cell = cells[(at.getDay() + 6) % 7][at.getHours()];
      cell[0] += uses;
      cell[1] += failures;
    }
    const name = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
    // 1970-01-05 was a Monday.
    const names = [...Array(7).keys()].map((day) => name.format(new Date((4 + day) * 24 * HOUR)));
    const label = document.querySelector('[data-zone-of="hours"]');
    if (label) label.textContent = zone;
    const most = Math.max(1, ...cells.flat().map(([uses, failures]) => uses + failures));
    mount(holder, () => ({
      grid: { left: 44, right: 12, top: 8, bottom: 56 },
      tooltip: {
        ...tooltip(),
        formatter: ({ value: [hour, day] }) => {
          const [uses, failures] = cells[day][hour];
          return `${names[day]} ${String(hour).padStart(2, "0")}:00 – ${number(uses)} ${words.uses}${failures ? `, ${number(failures)} ${words.failures}` : ""}`;
        },
      },
      xAxis: { type: "category", data: [...Array(24).keys()].map((hour) => String(hour).padStart(2, "0")), ...axis(), splitLine: { show: false } },
      yAxis: { type: "category", inverse: true, data: names, ...axis(), splitLine: { show: false } },
      visualMap: {
        min: 0,
        max: most,
        calculable: false,
        orient: "horizontal",
        left: "center",
        bottom: 0,
        itemHeight: 120,
        text: [number(most), "0"],
        textStyle: { color: colour("ink-2") },
        inRange: { color: [colour("stripe"), colour("place")] },
      },
      series: [
        {
          type: "heatmap",
          itemStyle: { borderColor: colour("line"), borderWidth: 0.5 },
          emphasis: { itemStyle: { borderColor: colour("ink"), borderWidth: 1.5 } },
          data: cells.flatMap((row, day) => row.map(([uses, failures], hour) => [hour, day, uses + failures])),
        },
      ],
    }));
  });

  // One lane for each device, one bar for each session, the networks in colour.
  draws("account-sessions", (holder, { words, drawn }) =>
    mount(holder, () => {
      const tints = hues();
      const counts = new Map();
      for (const bar of drawn.bars) counts.set(bar[3], (counts.get(bar[3]) ?? 0) + 1);
      const often = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
      const tint = (network) => tints[Math.min(often.indexOf(network), tints.length - 1)];
      const labels = drawn.lanes.map((lane) => (lane.others ? words.others : plain(lane.label)));
      const draw = (params, api) => {
        const from = api.coord([api.value(1), api.value(0)]);
        const to = api.coord([api.value(2), api.value(0)]);
        const high = Math.max(4, Math.min(16, api.size([0, 1])[1] * 0.6));
        const box = { x: from[0], y: from[1] - high / 2, width: Math.max(2, to[0] - from[0]), height: high };
        const clip = echarts.graphic.clipRectByRect(box, params.coordSys);
        return clip && { type: "rect", shape: { ...clip, r: 2 }, style: { fill: tint(drawn.bars[params.dataIndex][3]), opacity: 0.9 } };
      };
      const narrow = holder.clientWidth < 380;
      // Opened where there is something, with a day of room.
      const first = Math.min(...drawn.bars.map((bar) => bar[1]), ...drawn.failures.map(([, time]) => time));
      const last = Math.max(...drawn.bars.map((bar) => bar[2]), ...drawn.failures.map(([, time]) => time));
      const shown = { startValue: Math.max(drawn.since, first - 24 * HOUR), endValue: Math.min(drawn.until, last + 24 * HOUR) };
      return {
        grid: { left: narrow ? 12 : 128, right: 16, top: 8, bottom: 60 },
        tooltip: {
          ...tooltip(),
          formatter: (shown) => {
            if (shown.seriesType === "scatter") return `${words.failure}\n${moment(shown.value[0])}`;
            const [lane, start, end, network, country, city] = drawn.bars[shown.dataIndex];
            return [labels[lane], `${moment(start)} – ${moment(end)}`, plain(network ?? words.unknown), place({ country, city })].filter(Boolean).join("\n");
          },
        },
        xAxis: { type: "time", min: drawn.since, max: drawn.until, ...axis() },
        yAxis: { type: "category", inverse: true, data: labels, ...axis(), splitLine: { show: true, lineStyle: { color: colour("line") } }, axisLabel: { show: !narrow, color: colour("ink-2"), width: 118, overflow: "truncate" } },
        dataZoom: [{ type: "inside", ...shown, filterMode: "weakFilter", zoomOnMouseWheel: "ctrl" }, { type: "slider", ...shown, height: 18, bottom: 8, filterMode: "weakFilter", borderColor: colour("line"), textStyle: { color: colour("ink-2") } }],
        series: [
          { type: "custom", name: words.session, renderItem: draw, encode: { x: [1, 2], y: 0 }, data: drawn.bars.map((bar) => bar.slice(0, 3)) },
          { type: "scatter", name: words.failure, symbol: "path://M0 0 L10 10 M10 0 L0 10", symbolSize: 8, itemStyle: { color: "transparent", borderColor: colour("alarm"), borderWidth: 1.5 }, data: drawn.failures.map(([lane, time]) => [time, lane]) },
        ],
      };
    }),
  );

  // Where it was used from: the larger the dot, the more often.
  draws("account-map", async (holder, { words, drawn }) => {
    await world();
    const spots = drawn.spots;
    const most = Math.max(1, ...spots.map((spot) => spot.count));
    mount(holder, () => ({
      geo: { ...geo(), ...view(holder, spots) },
      tooltip: {
        ...tooltip(),
        formatter: ({ data }) => `${place(data.spot, words.unknown)}\n${number(data.spot.count)} ${words.uses}`,
      },
      series: [
        {
          type: "scatter",
          coordinateSystem: "geo",
          data: spots.map((spot) => ({
            value: [spot.longitude, spot.latitude],
            spot,
            symbol: spot.is_place ? "circle" : "diamond",
            symbolSize: 8 + 18 * Math.sqrt(spot.count / most),
            itemStyle: { color: colour(spot.is_place ? "place" : "no-place"), opacity: 0.8, borderColor: colour("sea"), borderWidth: 1 },
          })),
        },
      ],
    }));
  });
})();
