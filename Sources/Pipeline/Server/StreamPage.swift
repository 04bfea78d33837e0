/// The page that shows the cameras: three files without anything from elsewhere.
enum StreamPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>yolact-video</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="page.css">
        <script src="page.js" defer></script>
        </head>
        <body>
        <header><h1>yolact-video</h1><p id="run">connecting</p></header>
        <main id="cameras"></main>
        </body>
        </html>

        """

    static let style = """
        :root { color-scheme: light dark; --line: #8884; --dim: #777; }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 0; }
        header { display: flex; gap: 1rem; align-items: baseline; padding: .6rem 1rem;
          border-bottom: 1px solid var(--line); }
        h1 { font-size: 1.1rem; margin: 0; }
        h2 { font-size: 1rem; margin: 0; }
        header p { margin: 0; color: var(--dim); }
        main { display: grid; gap: 1rem; padding: 1rem;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
        section { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
        section > div { padding: .6rem .8rem; }
        img { display: block; width: 100%; background: #222; color: #999; min-height: 8rem; }
        .head { display: flex; gap: .6rem; align-items: center; justify-content: space-between; }
        .state { border-radius: 99px; padding: 0 .6rem; background: #888; color: #fff; }
        .state.live { background: #17803d; }
        .state.away, .state.ended { background: #b02020; }
        .numbers { display: grid; gap: .2rem .8rem; margin: .5rem 0;
          grid-template-columns: repeat(auto-fill, minmax(9.8rem, 1fr)); }
        .numbers div { display: flex; justify-content: space-between; gap: .5rem;
          border-bottom: 1px dotted var(--line); }
        .numbers span:last-child { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .numbers span:first-child, .error, .outputs { color: var(--dim); }
        .found { min-height: 1.5em; overflow-wrap: anywhere; }
        .found b { font-weight: 600; font-variant-numeric: tabular-nums; }
        .silent img { min-height: 3rem; max-height: 3rem; }
        .error, .outputs { overflow-wrap: anywhere; margin: .3rem 0 0; font-size: .9em; }

        """

    static let script = #"""
        "use strict";
        const cards = new Map();
        function element(tag, className, parent) {
          const made = document.createElement(tag);
          if (className) made.className = className;
          parent.append(made);
          return made;
        }
        function makeCard(camera) {
          const card = element("section", "", document.getElementById("cameras"));
          const picture = element("img", "", card);
          picture.alt = "live picture of " + camera.name;
          picture.src = "cameras/" + encodeURIComponent(camera.name) + "/video";
          const body = element("div", "", card);
          const head = element("div", "head", body);
          element("h2", "", head).textContent = camera.name;
          const parts = { card: card, state: element("span", "state", head),
            numbers: element("div", "numbers", body), found: element("div", "found", body),
            error: element("p", "error", body), outputs: element("p", "outputs", body),
            values: new Map() };
          cards.set(camera.name, parts);
          return parts;
        }
        function setNumber(parts, name, value) {
          let shown = parts.values.get(name);
          if (!shown) {
            const row = element("div", "", parts.numbers);
            element("span", "", row).textContent = name;
            shown = element("span", "", row);
            shown.dataset.name = name;
            parts.values.set(name, shown);
          }
          shown.textContent = value;
        }
        function ms(value) { return value === undefined ? "–" : value.toFixed(value < 10 ? 1 : 0) + " ms"; }
        // Classes in the order of the alphabet: numbers change, places do not.
        function showFound(parts, camera) {
          const classes = Object.keys(camera.found).sort();
          const place = parts.found;
          if (!camera.answered) {
            place.textContent = camera.state === "connecting" && !camera.error
              ? "waiting for the first picture" : "the camera has never answered";
            return;
          }
          const when = camera.state === "live" ? "" : "last seen: ";
          if (!classes.length) {
            place.textContent = when + "nothing found";
            return;
          }
          place.textContent = when;
          classes.forEach((name, index) => {
            if (index) place.append(", ");
            element("b", "", place).textContent = camera.found[name];
            place.append(" " + name);
          });
        }
        function show(camera) {
          const parts = cards.get(camera.name) || makeCard(camera);
          parts.card.className = camera.answered ? "" : "silent";
          parts.state.textContent = camera.state;
          parts.state.className = "state " + camera.state;
          setNumber(parts, "frames a second", camera.framesPerSecond === undefined ? "–"
            : camera.framesPerSecond.toFixed(1));
          setNumber(parts, "received", camera.received);
          setNumber(parts, "processed", camera.processed);
          for (const [reason, count] of Object.entries(camera.drops))
            if (count || reason === "superseded") setNumber(parts, reason, count);
          setNumber(parts, "latency p50", ms(camera.latency.p50));
          setNumber(parts, "latency p99", ms(camera.latency.p99));
          setNumber(parts, "connections", camera.connections);
          if (camera.suspect) setNumber(parts, "suspect", camera.suspect);
          if (camera.repeated) setNumber(parts, "repeated", camera.repeated);
          showFound(parts, camera);
          parts.error.textContent = camera.error || "";
          parts.outputs.textContent = camera.outputs.map(output => output.name + ": " + output.state
            + ", " + output.written + " written, " + output.dropped + " dropped").join("; ");
        }
        async function update() {
          const run = document.getElementById("run");
          try {
            const status = await (await fetch("status")).json();
            const live = status.cameras.filter(camera => camera.state === "live").length;
            run.textContent = live + " of " + status.cameras.length + " cameras live, "
              + Math.floor(status.elapsed) + " s";
            status.cameras.forEach(show);
          } catch (error) {
            run.textContent = "the program does not answer";
          }
          setTimeout(update, 1000);
        }
        update();

        """#
}
