// The overview's chart of days and its map. Both read the numbers that stand in the page, and draw
// again when htmx brought others; what logs say only ever becomes text on a canvas.
(() => {
  "use strict";
  const { colour, country, duration, failed, geo, language, mount, number, plain, tooltip, world } = window.vigieCharts;
  const numbers = (id) => JSON.parse(document.getElementById(id)?.dataset.numbers ?? "null");
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  let trend = null;
  let atlas = null;
  let drawn = {};

  const trendOption = () => {
    const { days, series } = numbers("trend-data");
    return {
      animation: false,
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, ...tooltip() },
      legend: { bottom: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: colour("ink-2") } },
      grid: { left: 4, right: 4, top: 12, bottom: 30, containLabel: true },
      xAxis: {
        type: "category",
        data: days.map((start) => day.format(start)),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colour("line") } },
        axisLabel: { color: colour("ink-2"), hideOverlap: true },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        axisLabel: { color: colour("ink-2"), formatter: (value) => number(value) },
        splitLine: { lineStyle: { color: colour("line") } },
      },
      series: series.map((one) => ({
        name: one.name,
        type: "bar",
        stack: "all",
        barCategoryGap: "30%",
        itemStyle: { color: colour(one.colour) },
        emphasis: { disabled: true },
        data: one.counts,
      })),
    };
  };

  const FARTHEST = { north: 72, south: -52 };
  const atlasOption = (chart, holder) => {
    const { spots, pairs, words } = numbers("atlas-data");
    const most = Math.max(1, ...spots.map((spot) => spot.count));
    const size = (count) => 5 + 21 * Math.sqrt(count / most);
    const narrow = holder.clientWidth < 560;
    const named = new Set();
    const labelled = (spot) => {
      const name = spot.city || country(spot.country);
      if (named.size >= (narrow ? 4 : 9) || named.has(name) || !spot.is_place) return "";
      named.add(name);
      return plain(name);
    };
    const describe = ({ city, country: code, count, failures, is_place: isPlace }) =>
      [
        [city, country(code, words.unknown)].filter(Boolean).map(plain).join(", "),
        `${number(count)} ${words.count}${failures ? `, ${number(failures)} ${words.failures}` : ""}`,
        isPlace ? "" : words.no_place,
      ].filter(Boolean).join("\n");
    const scatter = (isPlace, style) => ({
      type: "scatter",
      coordinateSystem: "geo",
      data: spots
        .filter((spot) => spot.is_place === isPlace)
        .map((spot) => ({ name: labelled(spot), value: [spot.longitude, spot.latitude, spot.count], spot })),
      symbolSize: (value) => size(value[2]),
      label: {
        show: true,
        position: "right",
        color: colour("ink"),
        fontSize: 11,
        textBorderColor: colour("sea"),
        textBorderWidth: 3,
        formatter: ({ name }) => name,
      },
      labelLayout: { hideOverlap: true },
      tooltip: { formatter: ({ data: one }) => describe(one.spot) },
      ...style,
    });
    // The whole world, without the ice, as wide as there is room.
    const wide = holder.clientWidth / (360 * 0.8);
    const high = holder.clientHeight / (FARTHEST.north - FARTHEST.south);
    const fitted = 0.8 * Math.min(wide, holder.clientHeight / 139.3);
    return {
      tooltip: { trigger: "item", ...tooltip() },
      geo: {
        ...geo(),
        // A wheel turned over the page is not to move the map.
        roam: "move",
        center: [8, (FARTHEST.north + FARTHEST.south) / 2],
        zoom: Math.min(wide, high) / fitted,
      },
      series: [
        scatter(false, { z: 3, symbol: "diamond", itemStyle: { color: "transparent", borderColor: colour("no-place"), borderWidth: 1.5 } }),
        scatter(true, { z: 4, itemStyle: { color: colour("place"), opacity: 0.75, borderColor: colour("sea"), borderWidth: 1 } }),
        {
          type: "lines",
          coordinateSystem: "geo",
          z: 5,
          data: pairs.map((pair) => ({ coords: [pair.start, pair.end], pair })),
          // Where there are many, none is to hide the places.
          lineStyle: { color: colour("alarm"), width: 1.75, opacity: pairs.length > 6 ? 0.55 : 0.9, curveness: 0.28 },
          symbol: ["circle", "circle"],
          symbolSize: 4,
          tooltip: {
            formatter: ({ data: { pair } }) =>
              `${pair.names.map((name, end) => plain(name || country(pair.countries[end]))).join(" → ")}\n${number(pair.km)} km ${words.within} ${duration(pair.milliseconds)}`,
          },
        },
      ],
    };
  };

  const changed = (id) => {
    const told = document.getElementById(id)?.dataset.numbers;
    if (told === undefined || drawn[id] === told) return false;
    drawn[id] = told;
    return true;
  };
  const drawTrend = () => {
    if (!changed("trend-data")) return;
    if (trend) trend.draw();
    else trend = mount(document.getElementById("trend"), trendOption);
  };
  const drawAtlas = async () => {
    if (!changed("atlas-data")) return;
    const holder = document.getElementById("atlas");
    try {
      await world();
    } catch {
      failed(holder, holder.dataset.unavailable);
      return;
    }
    if (atlas) atlas.draw();
    else atlas = mount(holder, atlasOption);
  };
  const draw = () => {
    drawTrend();
    drawAtlas();
  };
  draw();
  document.addEventListener("htmx:after:swap", draw);
})();
