// The map of one incident: places with their uncertainty, the way between them and its speeds.
(() => {
  "use strict";
  const { calm, colour, country: named, draws, duration, failed, font, geo, moment, mount, number, place: written, plain, ring, tooltip, view, world } = window.vigieCharts;
  const CURVE = 0.28;
  // What an airliner does: who is faster did not travel.
  const FLIGHT_KMH = 900;
  const LABELLED = 6;
  // Faster than this, a figure says no more than that it was at once.
  const AT_ONCE_KMH = 20000;

  draws("journey", async (holder, { picture, words, networks }) => {
    await world();
    const country = (code) => named(code, words.unknown_country);
    const place = (one) => written(one, words.unknown_country);
    const { spots, arcs } = picture;
    if (!spots.length) return failed(holder, words.nothing);
    const most = Math.max(...spots.map((spot) => spot.count));
    const size = (count) => 9 + 17 * Math.sqrt(count / most);
    const same = (one, other) => Math.abs(one[0] - other[0]) < 0.02 && Math.abs(one[1] - other[1]) < 0.02;
    const isPair = (leg) =>
      arcs.some((arc) => (same(arc.start, leg.start) && same(arc.end, leg.end)) || (same(arc.start, leg.end) && same(arc.end, leg.start)));
    // What findings say of two places is drawn once, as theirs.
    const legs = picture.legs.filter((leg) => !isPair(leg));
    const fast = (kmh) => (kmh > AT_ONCE_KMH ? words.at_once : `${number(kmh)} km/h`);
    const speed = (leg) => (leg.kmh > AT_ONCE_KMH ? words.at_once : `${words.at_least} ${fast(leg.kmh)}`);
    const told = (one, kmh) => `${number(one.km)} km ${words.within} ${duration(one.milliseconds)}${kmh ? `\n${fast(kmh)}` : ""}`;
    const speedOf = (arc) => Math.round((arc.km * 3600000) / Math.max(1000, arc.milliseconds));

    const describe = (spot) =>
      [
        place(spot),
        `${number(spot.count)} ${words.sign_ins}${spot.failures ? `, ${number(spot.failures)} ${words.failures}` : ""}`,
        [spot.networks.map(plain).join(", "), networks[spot.kind]].filter(Boolean).join(" · "),
        spot.is_place ? (spot.radius_km ? `${words.radius} ${number(Math.round(spot.radius_km))} km` : "") : words.no_place,
        `${moment(spot.first)} – ${moment(spot.last)}`,
      ].filter(Boolean).join("\n");

    mount(holder, () => {
      const named_ = new Set(spots.slice(0, 8).map((spot) => spot.city ?? spot.country));
      const nameOf = (spot) => (named_.delete(spot.city ?? spot.country) ? plain(spot.city ?? country(spot.country)) : "");
      const points = (isPlace) =>
        spots.filter((spot) => spot.is_place === isPlace).map((spot) => ({ name: nameOf(spot), value: [spot.longitude, spot.latitude, spot.count], spot }));
      const label = {
        show: true, position: "right", color: colour("ink"), fontSize: 11,
        textBorderColor: colour("sea"), textBorderWidth: 3, formatter: ({ name }) => name,
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
      const slowly = legs.filter((leg) => leg.kmh < FLIGHT_KMH);
      const quickly = legs.filter((leg) => leg.kmh >= FLIGHT_KMH);
      const lines = (some, style) => ({
        type: "lines",
        coordinateSystem: "geo",
        z: 2,
        symbol: ["none", "arrow"],
        symbolSize: 7,
        data: some.map((leg) => ({ coords: [leg.start, leg.end], leg })),
        lineStyle: { curveness: CURVE / 2, ...style },
        tooltip: {
          formatter: ({ data: { leg } }) =>
            `${plain(leg.whence)} → ${plain(leg.whither)}\n${told(leg)}\n${speed(leg)} · ${number(leg.times)} ${words.times}`,
        },
      });
      const said = arcs.slice(0, LABELLED);
      return {
        tooltip: { trigger: "item", ...tooltip() },
        geo: { ...geo(), ...view(holder, spots) },
        series: [
          {
            type: "custom",
            coordinateSystem: "geo",
            silent: true,
            z: 2,
            data: spots.filter((spot) => spot.is_place && spot.radius_km > 0).map((spot) => [spot.longitude, spot.latitude, spot.radius_km]),
            renderItem: (_, api) => ({
              type: "polygon",
              shape: { points: ring(api.value(0), api.value(1), api.value(2)).map((point) => api.coord(point)) },
              style: { fill: colour("place"), opacity: 0.16, stroke: colour("place"), lineWidth: 1 },
            }),
          },
          lines(slowly, { color: colour("ink-2"), width: 1, opacity: 0.45, type: "dashed" }),
          lines(quickly, { color: colour("alarm"), width: 1.2, opacity: 0.6 }),
          {
            type: "lines",
            coordinateSystem: "geo",
            z: 3,
            data: arcs.map((arc) => ({ coords: [arc.start, arc.end], arc })),
            lineStyle: { color: colour("alarm"), width: 2, opacity: 0.9, curveness: CURVE },
            effect: { show: !calm() && arcs.length <= LABELLED, period: 3.5, trailLength: 0.25, symbol: "circle", symbolSize: 5, color: colour("alarm") },
            tooltip: {
              formatter: ({ data: { arc } }) => `${words.finding} ${arc.findings.slice(0, 12).join(", ")}: ${words.pair}\n${told(arc, speedOf(arc))}`,
            },
          },
          {
            // What is said of a pair, in the middle of its arc (the same curve as above).
            type: "custom",
            coordinateSystem: "geo",
            silent: true,
            z: 5,
            data: said.map((arc) => [...arc.start, ...arc.end]),
            renderItem: (params, api) => {
              const [x1, y1] = api.coord([api.value(0), api.value(1)]);
              const [x2, y2] = api.coord([api.value(2), api.value(3)]);
              // Two places beside each other on the map leave no room for words between them.
              if (Math.hypot(x2 - x1, y2 - y1) < 56) return null;
              const arc = said[params.dataIndex];
              return {
                type: "text",
                x: (x1 + x2) / 2 - ((y1 - y2) * CURVE) / 2,
                y: (y1 + y2) / 2 - ((x2 - x1) * CURVE) / 2,
                style: {
                  text: arcs.length > 3 ? fast(speedOf(arc)) : told(arc, speedOf(arc)),
                  align: "center",
                  verticalAlign: "middle",
                  fill: "#fff",
                  backgroundColor: colour("alarm-ground"),
                  borderRadius: 9,
                  padding: [3, 8],
                  font: `600 11px ${font().fontFamily}`,
                  lineHeight: 15,
                },
              };
            },
          },
          scatter(false, { symbol: "diamond", itemStyle: { color: colour("sea"), borderColor: colour("no-place"), borderWidth: 2.5 } }),
          scatter(true, { itemStyle: { color: colour("place"), borderColor: colour("sea"), borderWidth: 1.5, opacity: 0.95 } }),
        ],
      };
    });
  });
})();
