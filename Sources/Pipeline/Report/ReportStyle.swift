/// The style sheet of all reports.
///
/// Colours are custom properties with a value for light and one for dark, so that charts follow without
/// being drawn twice.
enum ReportStyle {
    static let sheet: HTML = """
        :root {
          --page: #f6f6f4; --card: #ffffff; --text: #14140f; --soft: #5b5a55; --line: #dedcd5;
          --axis: #a9a79e;
          --s1: #2a78d6; --s2: #d9622b; --s3: #1b9a6c; --s4: #c98a00; --s5: #7a5fd0; --s6: #d4506a;
          --s7: #2f8f9d; --s8: #80776b; --s9: #b03fb8; --s10: #6e8a12; --s11: #5e3a2b; --s12: #e58fb4;
          --r0: #a9ccf5; --r1: #8dbaf0; --r2: #73a8ea; --r3: #5b97e3; --r4: #4486da; --r5: #3175cd;
          --r6: #2664b8; --r7: #1d549f; --r8: #154485; --r9: #0d346a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #131312; --card: #1d1d1b; --text: #f2f1ec; --soft: #b3b1a8; --line: #35342f;
            --axis: #6b6a62;
            --s1: #5598e7; --s2: #e87c48; --s3: #34b384; --s4: #d9a11f; --s5: #a08be8; --s6: #e8738a;
            --s7: #52b3c1; --s8: #a39a8c; --s9: #d573dc; --s10: #a3c03c; --s11: #b98a72; --s12: #f5b6d0;
            --r0: #1f4f8c; --r1: #245da3; --r2: #2b6bb9; --r3: #357acd; --r4: #4689db; --r5: #5d99e4;
            --r6: #78aaea; --r7: #94bbf0; --r8: #b1cdf5; --r9: #cfe0fa;
          }
        }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
        main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px }
        h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere }
        h2 { font-size: 18px; margin: 0 0 4px }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 18px 20px; margin-top: 18px }
        .note { color: var(--soft); margin: 0 0 14px; max-width: 80ch; overflow-wrap: anywhere }
        header .note { margin: 0 }
        .grid { display: grid; gap: 20px;
          grid-template-columns: repeat(auto-fill, minmax(min(var(--item), 100%), 1fr)) }
        .tiles { display: flex; flex-wrap: wrap; gap: 12px 32px; margin-bottom: 14px }
        .tile b { display: block; font-size: 28px; line-height: 1.2; font-weight: 600 }
        .tile span { color: var(--soft) }
        figure { margin: 0; min-width: 0 }
        .grid figure { display: flex; flex-direction: column; justify-content: flex-end }
        .grid.top figure { justify-content: flex-start }
        figcaption { margin-bottom: 6px; overflow-wrap: anywhere }
        figcaption small { display: block; font-size: 13px; color: var(--soft) }
        svg, img { display: block; width: 100%; height: auto }
        figure svg { overflow: visible }
        svg text { font-size: 12px; fill: var(--soft);
          font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
        svg .strong { fill: var(--text) }
        svg .end { text-anchor: end }
        svg .middle { text-anchor: middle }
        svg .gridline { stroke: var(--line); stroke-width: 1 }
        svg .axis { stroke: var(--axis); stroke-width: 1 }
        svg .mark { stroke: var(--s6); stroke-width: 1.5; stroke-dasharray: 3 3;
          opacity: 0.6 }
        svg .event { stroke: var(--s2); stroke-dasharray: none }
        svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 12px; padding: 0;
          list-style: none; color: var(--soft); font-size: 13px }
        .legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px;
          margin-right: 6px; vertical-align: -1px }
        .narrow { display: none }
        .wide { overflow-x: auto }
        table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
        th, td { padding: 4px 14px 4px 0; text-align: left; white-space: nowrap;
          border-bottom: 1px solid var(--line) }
        th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom }
        .n { text-align: right }
        .n + .n { padding-right: 10px }
        footer { margin-top: 18px; font-size: 13px }
        code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
        details { margin-top: 14px }
        summary { cursor: pointer; color: var(--soft); margin-bottom: 8px }
        h3 { font-size: 15px; margin: 18px 0 8px }
        @media (max-width: 640px) {
          main { padding: 16px 8px 40px }
          header, footer { padding: 0 6px }
          section { padding: 12px 12px; margin-top: 12px }
          .roomy { display: none }
          .narrow { display: block }
          .tiles { gap: 10px 22px }
          .tile b { font-size: 22px }
          table { font-size: 13px }
          th, td, .n + .n { white-space: normal; padding-right: 8px }
          /* Tables of many columns: a row becomes a list of its cells under their headings. */
          .many, .many tbody, .many tr { display: block; width: 100% }
          .many thead { display: none }
          .many tr { padding: 6px 0 10px; border-bottom: 1px solid var(--line) }
          .many td, .many .n + .n { display: flex; justify-content: space-between; gap: 12px; padding: 1px 0;
            border: 0; text-align: right; overflow-wrap: anywhere }
          .many td::before { content: attr(data-name); color: var(--soft); text-align: left;
            flex: none; max-width: 60% }
        }
        """
}
