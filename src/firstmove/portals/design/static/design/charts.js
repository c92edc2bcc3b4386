// Draws every <figure data-chart> from the JSON inside it. ECharts is fetched only when a page has a chart. Colours are
// read from theme.css, so there is one place for them; the tooltip is built of elements because the content security
// policy allows no inline styles.
"use strict";
(() => {
  const script = document.currentScript;
  const lang = document.documentElement.lang;
  const locale = lang.startsWith("zh") ? "zh-CN" : "en-GB";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const loadScript = (source) => new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = source;
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error(source)));
    document.head.append(element);
  });
  let library = null;
  const echartsReady = () => {
    library ??= loadScript(script.dataset.echarts)
      .then(() => (script.dataset.echartsLocale ? loadScript(script.dataset.echartsLocale) : null))
      .then(() => echarts.registerTheme("firstmove", theme()));
    return library;
  };

  // --- Words and numbers
  const shortDay = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: "UTC" });
  const longDay = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric", weekday: "short", timeZone: "UTC" });
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const brief = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const asDay = (iso) => new Date(`${iso}T00:00:00Z`);
  const formatter = (data, numbers) => (value) => {
    if (value === null || value === undefined) return "–";
    if (data.format === "percent") return `${plain.format(value * 100)}%`;
    if (data.format === "money") return `${value < 0 ? "−" : ""}${data.symbol}${numbers.format(Math.abs(value))}`;
    return numbers.format(value);
  };

  // --- Theme
  const palette = () => ["--fm-chart-1", "--fm-chart-2", "--fm-chart-3", "--fm-chart-4", "--fm-chart-5"].map(token);
  const theme = () => {
    const muted = token("--fm-muted");
    const axis = {
      axisLine: { lineStyle: { color: token("--fm-axis") } },
      axisTick: { show: false },
      axisLabel: { color: muted, fontSize: 11 },
      splitLine: { lineStyle: { color: token("--fm-line-soft") } },
      nameTextStyle: { color: muted, fontSize: 11 },
    };
    return {
      color: palette(),
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { textStyle: { color: muted, fontSize: 12 }, itemWidth: 12, itemHeight: 8, itemGap: 14, icon: "roundRect", inactiveColor: token("--fm-axis") },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
    };
  };

  // --- Tooltip without inline styles
  const tip = (title, lines) => {
    const box = document.createElement("div");
    const head = document.createElement("strong");
    head.textContent = title;
    box.append(head);
    for (const [name, value] of lines) {
      const line = document.createElement("div");
      const left = document.createElement("span");
      const right = document.createElement("b");
      left.textContent = name;
      right.textContent = value;
      line.append(left, right);
      box.append(line);
    }
    return box;
  };
  const common = (small) => ({
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    grid: { left: 4, right: 10, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, right: 4 },
    tooltip: {
      trigger: "axis",
      confine: true,
      className: "chart-tip",
      axisPointer: { type: small ? "line" : "shadow", lineStyle: { color: token("--fm-axis") }, shadowStyle: { color: token("--fm-pointer") } },
    },
  });
  const unitTitle = (data) => ({ text: data.format && data.format !== "number" ? "" : data.unit, left: 4, top: 3, textStyle: { color: token("--fm-muted"), fontSize: 12, fontWeight: 400 } });
  const valueAxis = (data, scale = false) => ({
    type: "value",
    scale,
    axisLabel: { formatter: formatter(data, brief) },
    splitNumber: 4,
  });

  // --- Kinds
  const history = (data) => {
    const base = common(true);
    const show = formatter(data, plain);
    const past = data.forecast.findIndex((value) => value !== null);
    const band = data.low.map((low, index) => (low === null ? null : data.high[index] - low));
    const series = [
      { name: data.names.sales, type: "bar", data: data.sales, barCategoryGap: "22%", itemStyle: { color: token("--fm-chart-3"), borderRadius: [1, 1, 0, 0] } },
    ];
    if (data.low.length) {
      series.push(
        { name: "low", type: "line", stack: "band", data: data.low, symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } },
        { name: data.names.range, type: "line", stack: "band", data: band, symbol: "none", lineStyle: { opacity: 0 }, itemStyle: { color: token("--fm-band") }, areaStyle: { color: token("--fm-band"), opacity: 1 }, silent: true },
      );
    }
    if (data.forecast.length) {
      series.push({ name: data.names.forecast, type: "line", data: data.forecast, symbol: "none", lineStyle: { width: 2, color: token("--fm-chart-1") }, itemStyle: { color: token("--fm-chart-1") } });
    }
    if (data.stock.length) {
      series.push({ name: data.names.stock, type: "line", step: "end", data: data.stock, symbol: "none", lineStyle: { width: 1.5, color: token("--fm-stock") }, itemStyle: { color: token("--fm-stock") } });
    }
    if (data.stockOut.length) {
      series.push({ name: data.names.stockOut, type: "scatter", data: data.stockOut.map((index) => [index, 0]), symbol: "rect", symbolSize: [6, 4], symbolOffset: [0, -2], itemStyle: { color: token("--fm-loss") }, z: 5 });
    }
    return {
      ...base,
      title: unitTitle(data),
      legend: { ...base.legend, data: [data.names.sales, data.names.forecast, data.names.stock, data.names.stockOut].filter((name) => series.some((one) => one.name === name)) },
      xAxis: { type: "category", data: data.dates, boundaryGap: true, axisLabel: { formatter: (iso) => shortDay.format(asDay(iso)), hideOverlap: true, alignMaxLabel: "right" } },
      yAxis: valueAxis(data),
      tooltip: {
        ...base.tooltip,
        formatter: (points) => {
          const at = points[0].dataIndex;
          const unit = data.unit ? ` ${data.unit}` : "";
          const lines = [];
          if (past < 0 || at < past || data.sales[at] !== null) lines.push([data.names.sales, show(data.sales[at]) + unit]);
          if (data.stock.length && data.stock[at] !== null) lines.push([data.names.stock, show(data.stock[at]) + unit]);
          if (data.forecast.length && data.forecast[at] !== null) {
            lines.push([data.names.forecast, show(data.forecast[at]) + unit]);
            if (data.low.length) lines.push([data.names.range, `${show(data.low[at])}–${show(data.high[at])}${unit}`]);
          }
          if (data.stockOut.includes(at)) lines.push([data.names.stockOut, ""]);
          return tip(longDay.format(asDay(data.dates[at])), lines);
        },
      },
      series,
    };
  };

  const onCategories = (shape) => (data) => {
    const base = common(shape === "lines");
    const show = formatter(data, plain);
    const tones = shape === "stacked"
      ? ["--fm-chart-1", "--fm-chart-2", "--fm-chart-3", "--fm-chart-4", "--fm-chart-5"].map(token)
      : shape === "bars"
        ? ["--fm-chart-3", "--fm-chart-1", "--fm-chart-2", "--fm-chart-4"].map(token)
        : ["--fm-chart-1", "--fm-chart-6", "--fm-chart-2", "--fm-stock"].map(token);
    const series = data.series.map((one, index) => {
      const asLine = shape === "lines" || one.line;
      const color = one.line && shape !== "lines" ? token("--fm-muted") : tones[index % tones.length];
      return asLine
        ? { name: one.name, type: "line", data: one.values, symbol: "circle", symbolSize: 5, showSymbol: one.values.length < 16, itemStyle: { color }, lineStyle: { width: 2, color, type: one.dashed ? "dashed" : "solid" }, z: 4 }
        : { name: one.name, type: "bar", data: one.values, stack: shape === "stacked" ? "all" : undefined, barMaxWidth: 36, barCategoryGap: "38%", itemStyle: { color, borderRadius: shape === "stacked" ? 0 : [2, 2, 0, 0] } };
    });
    const unit = data.format === "number" && data.unit ? ` ${data.unit}` : "";
    return {
      ...base,
      title: unitTitle(data),
      grid: { ...base.grid, top: data.series.length > 1 || unit ? 34 : 10 },
      legend: { ...base.legend, show: data.series.length > 1 },
      xAxis: {
        type: "category",
        data: data.categories,
        boundaryGap: shape !== "lines",
        axisLabel: { hideOverlap: true, alignMaxLabel: shape === "lines" ? "right" : undefined, formatter: (name) => (data.isDates ? shortDay.format(asDay(name)) : name) },
      },
      yAxis: valueAxis(data, shape === "lines"),
      tooltip: {
        ...base.tooltip,
        formatter: (points) => {
          const at = points[0].dataIndex;
          const title = data.isDates ? longDay.format(asDay(data.categories[at])) : data.categories[at];
          return tip(title, data.series.map((one) => [one.name, show(one.values[at]) + unit]));
        },
      },
      series,
    };
  };
  const heat = (data) => {
    const base = common(false);
    // Shares stand side by side: all with one decimal, as in the table behind.
    const show = data.format === "percent" ? (value) => `${(value * 100).toFixed(1)}%` : formatter(data, plain);
    const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value])).filter((cell) => cell[2] !== null);
    const known = cells.map((cell) => cell[2]);
    const high = Math.max(...known, 0);
    // Figures that lie close together are told apart from the least of them on, others from nothing on.
    const low = Math.min(...known) > high / 2 ? Math.min(...known) : Math.min(...known, 0);
    const wrapped = { axisLabel: { hideOverlap: false, interval: 0 }, axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false } };
    return {
      ...base,
      grid: { ...base.grid, left: 16, top: 8 },
      legend: { show: false },
      xAxis: { type: "category", data: data.columns, ...wrapped },
      yAxis: { type: "category", data: data.rows, inverse: true, ...wrapped },
      visualMap: { show: false, min: low, max: high > low ? high : low + 1, inRange: { color: [token("--fm-band"), token("--fm-chart-1")] } },
      tooltip: { ...base.tooltip, trigger: "item", formatter: (point) => tip(`${data.rows[point.value[1]]} / ${data.columns[point.value[0]]}`, [[data.name, show(point.value[2])]]) },
      series: [{
        name: data.name,
        type: "heatmap",
        data: cells.map((cell) => ({ value: cell, label: { color: cell[2] - low > (high - low) * 0.55 ? token("--fm-surface") : token("--fm-ink") } })),
        label: { show: true, fontSize: 13, formatter: (point) => show(point.value[2]) },
        itemStyle: { borderColor: token("--fm-surface"), borderWidth: 3, borderRadius: 4 },
      }],
    };
  };
  const intervals = (data) => {
    const base = common(false);
    const show = formatter(data, plain);
    const colour = (at) => token(data.sure[at] ? "--fm-chart-1" : "--fm-stock");
    const known = data.low.map((low, at) => [at, low, data.high[at]]).filter((one) => one[1] !== null);
    const line = (params, api) => {
      const [at, low, high] = known[params.dataIndex];
      const [from, y] = api.coord([low, at]);
      const to = api.coord([high, at])[0];
      const style = { stroke: colour(at), lineWidth: 2 };
      return { type: "group", children: [
        { type: "line", shape: { x1: from, y1: y, x2: to, y2: y }, style },
        { type: "line", shape: { x1: from, y1: y - 5, x2: from, y2: y + 5 }, style },
        { type: "line", shape: { x1: to, y1: y - 5, x2: to, y2: y + 5 }, style },
      ] };
    };
    return {
      ...base,
      grid: { ...base.grid, top: 8 },
      legend: { show: false },
      xAxis: { ...valueAxis(data), splitNumber: 4 },
      yAxis: { type: "category", data: data.names, inverse: true, axisLine: { show: false }, axisLabel: { width: 150, overflow: "break" } },
      tooltip: {
        ...base.tooltip,
        formatter: (points) => {
          const at = points[0].dataIndex;
          return tip(data.names[at], [[data.name, show(data.values[at])], ["", data.low[at] === null ? "–" : `${show(data.low[at])} – ${show(data.high[at])}`]]);
        },
      },
      series: [
        { name: data.name, type: "scatter", symbolSize: 9, z: 4, data: data.values.map((value, at) => ({ value: [value, at], itemStyle: { color: colour(at) } })), markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: token("--fm-muted"), type: "solid" }, data: [{ xAxis: 0 }] } },
        { type: "custom", silent: true, clip: true, renderItem: line, encode: { x: [1, 2], y: 0 }, data: known },
      ],
    };
  };
  const kinds = { heat, history, intervals, bars: onCategories("bars"), stacked: onCategories("stacked"), lines: onCategories("lines") };

  // --- Life of a chart
  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) echarts.getInstanceByDom(entry.target)?.resize();
  });
  const draw = (figure) => {
    const canvas = figure.querySelector(".chart-canvas");
    if (echarts.getInstanceByDom(canvas)) return;
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const instance = echarts.init(canvas, "firstmove", { renderer: "canvas", locale: script.dataset.echartsLocale ? "ZH" : "EN" });
    const option = kinds[figure.dataset.chart](data);
    if (canvas.clientWidth < 380) Object.assign(option.legend, { itemGap: 8, itemWidth: 9, textStyle: { color: token("--fm-muted"), fontSize: 11 } });
    // Under the pointer a series keeps its colours: the tooltip says enough.
    option.series.forEach((one) => { one.emphasis = { disabled: true }; });
    instance.setOption(option);
    resized.observe(canvas);
  };
  const drawAll = (root) => {
    const figures = [...root.querySelectorAll("figure[data-chart]")];
    if (root.matches?.("figure[data-chart]")) figures.push(root);
    if (!figures.length) return;
    echartsReady().then(() => figures.forEach(draw)).catch(() => {
      // Without the library the figures are still there: open the table.
      figures.forEach((figure) => { figure.querySelector("details").open = true; });
    });
  };
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (!window.echarts || !event.detail.elt.matches?.(".chart-canvas")) return;
    resized.unobserve(event.detail.elt);
    echarts.getInstanceByDom(event.detail.elt)?.dispose();
  });
  drawAll(document.documentElement);
})();
