// Replaces each chart's picture with the interactive drawing of the same data, where scripts run.
(function () {
  "use strict";
  var Plotly = window.Plotly;
  if (!Plotly) return;

  function form(figure, width) {
    var names = Object.keys(figure.layouts);
    names.sort(function (a, b) { return figure.layouts[a].below - figure.layouts[b].below; });
    var fitting = names.filter(function (name) { return width <= figure.layouts[name].below; });
    return fitting[0] || names[names.length - 1];
  }

  function draw(box) {
    var figure = JSON.parse(box.querySelector("script").textContent);
    var plot = box.querySelector(".plot");
    var shown = "";
    function fit() {
      var width = box.clientWidth;
      if (!width) return;
      var name = form(figure, width);
      if (name === shown) {
        Plotly.relayout(plot, { width: width });
        return;
      }
      shown = name;
      var layout = JSON.parse(JSON.stringify(figure.layouts[name].layout));
      layout.width = width;
      Plotly.react(plot, figure.data, layout, figure.config);
    }
    plot.hidden = false;
    box.classList.add("live");
    try {
      fit();
    } catch (error) {
      // The picture says the same.
      plot.hidden = true;
      box.classList.remove("live");
      return;
    }
    if (window.ResizeObserver) new ResizeObserver(fit).observe(box);
  }

  function start() {
    document.querySelectorAll(".drawing").forEach(draw);
  }

  // Texts are measured when they are drawn, so the fonts must be there first.
  if (document.fonts && document.fonts.ready) document.fonts.ready.then(start);
  else start();
})();
