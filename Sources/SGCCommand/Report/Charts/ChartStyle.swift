/// How charts look, in light and in dark.
enum ChartStyle {
    /// CSS that gives `selector` the colors of the reader's preference.
    static func colors(of selector: String) -> String {
        """
        \(selector){color-scheme:light dark;--paper:#ffffff;--ink:#1c1c1f;--soft:#63636b;--rule:#e4e4e8;--axis:#a9a9b2;\
        --mark:#2563c9;--wash:#2563c926;--second:#c2570c;--bad:#b3261e;--badwash:#b3261e1f;--edge:#00000040}
        @media(prefers-color-scheme:dark){\(selector){--paper:#1b1c20;--ink:#ececf0;--soft:#a3a3ad;--rule:#2f3036;\
        --axis:#5c5d66;--mark:#7aa8ff;--wash:#7aa8ff2e;--second:#ffa15c;--bad:#ff8a80;--badwash:#ff8a8026;--edge:#ffffff66}}

        """
    }

    /// CSS for the classes that charts use.
    static let rules = """
        .chart{display:block;max-width:100%;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        .chart .paper{fill:var(--paper)}
        .chart text{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
        .chart .heading{fill:var(--ink);font-size:14px;font-weight:600}
        .chart .name{fill:var(--ink)}
        .chart .note{fill:var(--ink);font-size:12px}
        .chart .badnote{fill:var(--bad)}
        .chart .secondnote{fill:var(--second)}
        .chart .rule{stroke:var(--rule)}
        .chart .axis{stroke:var(--axis)}
        .chart .curve{fill:none;stroke:var(--mark);stroke-width:2;stroke-linejoin:round}
        .chart .faint{fill:none;stroke:var(--mark);stroke-opacity:.35}
        .chart .area{fill:var(--wash)}
        .chart .second{stroke:var(--second);stroke-width:1.5;stroke-dasharray:5 4}
        .chart .bad{fill:var(--badwash)}
        .chart .track{fill:var(--rule)}
        .chart .bar{stroke:var(--edge);stroke-width:1}
        .chart .dot{fill:var(--mark);stroke:var(--paper);stroke-width:1.5}
        .chart .code{stroke:var(--edge);stroke-width:.8}

        """
}
