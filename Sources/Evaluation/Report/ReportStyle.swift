/// How the HTML page looks.
enum ReportStyle {
    static let css = """
        :root {
          --page: #ffffff; --text: #1c2024; --soft: #60646c; --edge: #e0e3e8; --card: #f7f8fa;
          --track: #e8ebf0; --plain: #9aa4b2; --accent: #0b68cb;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #14171b; --text: #e8eaed; --soft: #a0a6b0; --edge: #2c3138; --card: #1b1f25;
            --track: #2a2f37; --plain: #7d8794; --accent: #5aa9ff;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--text); line-height: 1.5;
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
        .lead { color: var(--soft); margin: .2rem 0 1.2rem; }
        .small { color: var(--soft); font-size: .875rem; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; }
        .tiles div, figure { background: var(--card); border: 1px solid var(--edge); border-radius: .6rem; }
        .tiles div { padding: .7rem .9rem; }
        .tiles b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
        .tiles span { color: var(--soft); font-size: .875rem; }
        .charts {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem;
          margin-top: .75rem;
        }
        figure { margin: 0; padding: .9rem; }
        figcaption { font-weight: 600; margin-bottom: .3rem; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font-size: 13px; fill: var(--text); }
        svg .value { text-anchor: end; fill: var(--soft); font-variant-numeric: tabular-nums; }
        svg .middle { text-anchor: middle; fill: var(--soft); }
        svg .track { fill: var(--track); }
        svg .plain { fill: var(--plain); }
        svg .accent { fill: var(--accent); }
        svg .grid { stroke: var(--edge); }
        svg.lines { min-width: 38rem; }
        polyline { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
        circle { fill: currentColor; }
        .wide { overflow-x: auto; }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .4rem 0; font-size: .875rem; }
        .legend span::before {
          content: ""; display: inline-block; width: .8em; height: .8em; border-radius: 50%;
          margin-right: .4em; background: currentColor;
        }
        .color0 { color: #3f78d1; } .color1 { color: #e0553f; } .color2 { color: #2f9a58; }
        .color3 { color: #b8860b; } .color4 { color: #8e5bd0; } .color5 { color: #1a9aa8; }
        .color6 { color: #d0559b; } .color7 { color: #7a808a; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .4rem .7rem; border-bottom: 1px solid var(--edge); text-align: right; }
        th { color: var(--soft); font-weight: 500; }
        thead th, thead + tbody td { white-space: nowrap; }
        th:first-child, td:first-child, .facts td { text-align: left; }
        .facts th { width: 9rem; vertical-align: top; }
        .facts td { overflow-wrap: anywhere; }

        """
}
