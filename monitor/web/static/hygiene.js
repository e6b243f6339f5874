// The score of hygiene, day by day.
(() => {
  "use strict";
  const { colour, number, tooltip, mount, draws } = window.vigieCharts;
  const LEAST_SPAN = 10;
  const option = (holder, days) => {
    const scores = days.map((one) => one.score).filter((score) => score !== null);
    const low = Math.min(...scores);
    const high = Math.max(...scores);
    const room = Math.max(0, (LEAST_SPAN - (high - low)) / 2) + 1;
    return {
      grid: { left: 34, right: 12, top: 12, bottom: 24 },
      tooltip: { ...tooltip(), trigger: "axis", valueFormatter: (value) => number(value) },
      xAxis: {
        type: "category",
        data: days.map((one) => one.day),
        boundaryGap: false,
        axisLine: { lineStyle: { color: colour("line") } },
        axisTick: { show: false },
        axisLabel: { color: colour("ink-2"), hideOverlap: true, alignMinLabel: "left", alignMaxLabel: "right" },
      },
      yAxis: {
        type: "value",
        min: Math.max(0, Math.floor(low - room)),
        max: Math.min(100, Math.ceil(high + room)),
        splitNumber: 3,
        axisLabel: { color: colour("ink-2") },
        splitLine: { lineStyle: { color: colour("line") } },
      },
      series: [
        {
          type: "line",
          name: holder.dataset.name,
          data: days.map((one) => one.score),
          connectNulls: true,
          showSymbol: days.length < 15,
          symbolSize: 5,
          lineStyle: { color: colour("place"), width: 2 },
          itemStyle: { color: colour("place") },
          areaStyle: { color: colour("place"), opacity: 0.08 },
        },
      ],
    };
  };
  draws("hygiene", async (holder, days) => mount(holder, () => option(holder, days)));
})();
