// Charts of detectors and of models. What logs say only ever becomes text on a canvas.
(() => {
  "use strict";
  const { language, number, colour, tooltip, mount, draws } = window.vigieCharts;
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const LEVELS = ["informational", "low", "medium", "high", "critical"];
  const WEEK = 7 * 86400000;
  const axis = () => ({
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    axisLabel: { color: colour("ink-2"), hideOverlap: true },
    splitLine: { lineStyle: { color: colour("line") } },
    nameTextStyle: { color: colour("ink-2") },
  });
  const wordsOf = (holder) => JSON.parse(holder.dataset.words);

  draws("raised", (holder, { days }) => {
    const words = wordsOf(holder);
    const used = LEVELS.filter((level) => days.some((one) => one[level]));
    const bar = (name, key, style) => ({
      name,
      type: "bar",
      stack: "all",
      barMaxWidth: 22,
      data: days.map((one) => one[key]),
      itemStyle: style,
    });
    mount(holder, () => ({
      aria: { enabled: false },
      grid: { left: 8, right: 8, top: 34, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: { color: colour("ink-2") } },
      tooltip: {
        ...tooltip(),
        trigger: "axis",
        axisPointer: { type: "shadow" },
        formatter: (some) =>
          [day.format(days[some[0].dataIndex].time), ...some.filter((one) => one.value).map((one) => `${one.seriesName}: ${number.format(one.value)}`)].join("\n"),
      },
      xAxis: { type: "category", ...axis(), splitLine: { show: false }, data: days.map((one) => day.format(one.time)) },
      yAxis: { type: "value", minInterval: 1, ...axis() },
      series: [
        ...used.map((level) => bar(words.severities[level], level, { color: colour(level) })),
        ...(days.some((one) => one.withdrawn)
          ? [bar(words.withdrawn, "withdrawn", { color: "transparent", borderColor: colour("ink-2"), borderWidth: 1, borderType: "dashed" })]
          : []),
      ],
    }));
  });

  // Points with whiskers: the share, and the interval that it is in.
  const whiskers = (items) => ({
    type: "custom",
    silent: true,
    data: items,
    renderItem: (_parameters, api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const style = { stroke: colour("place"), lineWidth: 1.5, fill: "none" };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)] };
    },
    z: 2,
  });
  const shares = () => ({ type: "value", min: 0, max: 1, interval: 0.25, ...axis(), axisLabel: { color: colour("ink-2"), formatter: (value) => percent.format(value) } });

  draws("judged", (holder, { weeks, from, to }) => {
    const words = wordsOf(holder);
    mount(holder, () => ({
      grid: { left: 8, right: 16, top: 14, bottom: 4, containLabel: true },
      tooltip: {
        ...tooltip(),
        trigger: "item",
        formatter: ({ data }) =>
          [
            `${words.week} ${day.format(data.one.time)}`,
            `${number.format(data.one.confirmed)} ${words.of} ${number.format(data.one.judged)} ${words.confirmed}`,
            `${words.interval}: ${percent.format(data.one.low)}–${percent.format(data.one.high)}`,
          ].join("\n"),
      },
      xAxis: { type: "time", min: from - WEEK / 2, max: to + WEEK / 2, ...axis(), splitLine: { show: false }, axisLabel: { color: colour("ink-2"), hideOverlap: true, formatter: (value) => day.format(value) } },
      yAxis: shares(),
      series: [
        whiskers(weeks.map((one) => [one.time, one.low, one.high])),
        {
          type: "scatter",
          z: 3,
          symbolSize: (_value, { data }) => 7 + Math.min(11, 3 * Math.log2(1 + data.one.judged)),
          itemStyle: { color: colour("place") },
          data: weeks.map((one) => ({ value: [one.time, one.precision], one })),
        },
      ],
    }));
  });

  draws("reliability", (holder, { points }) => {
    const words = wordsOf(holder);
    mount(holder, () => ({
      grid: { left: 56, right: 20, top: 30, bottom: 52 },
      tooltip: {
        ...tooltip(),
        trigger: "item",
        formatter: ({ data }) =>
          [
            `${words.predicted}: ${percent.format(data.one.predicted)}`,
            `${words.found}: ${number.format(data.one.found)} ${words.of} ${number.format(data.one.total)}`,
            `${words.interval}: ${percent.format(data.one.low)}–${percent.format(data.one.high)}`,
          ].join("\n"),
      },
      xAxis: { ...shares(), name: words.predicted, nameLocation: "middle", nameGap: 30 },
      yAxis: { ...shares(), name: words.found, nameTextStyle: { color: colour("ink-2"), align: "left" } },
      series: [
        { type: "line", silent: true, symbol: "none", lineStyle: { color: colour("ink-2"), type: "dashed", width: 1 }, data: [[0, 0], [1, 1]] },
        whiskers(points.map((one) => [one.predicted, one.low, one.high])),
        { type: "scatter", z: 3, symbolSize: 9, itemStyle: { color: colour("place") }, data: points.map((one) => ({ value: [one.predicted, one.value], one })) },
      ],
    }));
  });
})();
