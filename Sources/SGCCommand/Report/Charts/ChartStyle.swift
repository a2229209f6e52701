/// How charts look, in light and in dark.
enum ChartStyle {
    /// Colors of the runs on a page, in light and in dark: well apart in both, also for most people who see few colors.
    static let runColors = [
        ("#2563c9", "#7aa8ff"), ("#c2570c", "#ffa15c"), ("#0b8a6a", "#4fd6b0"), ("#8a4fd0", "#c79dff"),
        ("#c02c7a", "#ff8ac0"), ("#77700c", "#d9cf56"), ("#3f6c86", "#9cc3dc"), ("#8a5a3b", "#dcae8c"),
    ]

    /// The class of what has the color of a run; colors come again when there are more runs than colors.
    static func runClass(_ run: Int) -> String { "run\(run % runColors.count)" }

    /// CSS for the classes of runs.
    static var runRules: String {
        var text = ""
        for (index, color) in runColors.enumerated() { text += ".run\(index){--mark:\(color.0);--wash:\(color.0)26}\n" }
        text += "@media(prefers-color-scheme:dark){"
        for (index, color) in runColors.enumerated() { text += ".run\(index){--mark:\(color.1);--wash:\(color.1)2e}" }
        return text + "}\n"
    }

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
        .chart .code{stroke:var(--edge);stroke-width:.8;cursor:pointer}

        """
}
