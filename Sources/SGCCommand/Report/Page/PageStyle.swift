/// How the page looks around the charts; colors are those of ``ChartStyle``.
enum PageStyle {
    static let rules = """
        :root{--ground:#f6f6f8}
        @media(prefers-color-scheme:dark){:root{--ground:#121316}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:1240px;background:var(--ground);color:var(--ink);\
        font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        h1{margin:0;font-size:1.9rem;line-height:1.2;letter-spacing:-.015em}
        h2{margin:0 0 .3rem;font-size:1.25rem}
        h3{margin:0;font-size:.82rem;font-weight:600;color:var(--soft)}
        .lead{margin:.5rem 0 0;color:var(--soft);font-size:1.05rem;max-width:48rem}
        section{margin-top:2.6rem}
        .note{margin:0 0 1rem;color:var(--soft);max-width:52rem}
        .tiles{display:flex;flex-wrap:wrap;gap:.9rem;margin-top:1.8rem}
        .tile,.card{background:var(--paper);border:1px solid var(--rule);border-radius:10px}
        .tile{flex:1 1 250px;padding:.9rem 1.05rem}
        .tile p{margin:.15rem 0 0;font-size:.8rem;line-height:1.4;color:var(--soft)}
        .tile .value{margin:.1rem 0 .25rem;font-size:1.75rem;font-weight:650;line-height:1.15;color:var(--ink);\
        font-variant-numeric:tabular-nums}
        .tile small{font-size:.8rem;font-weight:400;color:var(--soft);white-space:nowrap}
        .samples{display:grid;gap:.6rem}
        .row{display:grid;grid-template-columns:repeat(var(--columns),1fr);gap:.6rem}
        .heads{font-size:.82rem;line-height:1.35;color:var(--soft)}
        .heads b{display:block;color:var(--ink);font-size:.92rem}
        figure{margin:0;min-width:0}
        .row figcaption{display:none}
        .row img{display:block;width:100%;height:auto;border-radius:4px}
        .row .blocks{image-rendering:pixelated}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:1rem;align-items:start}
        .card{padding:1rem 1rem .8rem}
        .card svg{width:100%;height:auto}
        .card figcaption{margin-top:.7rem;font-size:.88rem;color:var(--soft)}
        .card figcaption b{color:var(--ink);font-weight:600}
        .curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:.8rem}
        .curves .card{padding:.7rem .6rem .3rem}
        .legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.9rem 0 0;padding:0;list-style:none;font-size:.82rem;\
        color:var(--soft)}
        .legend li{display:flex;align-items:center;gap:.4rem}
        .legend i{width:.85rem;height:.85rem;border-radius:3px;border:1px solid var(--edge)}
        details{margin-top:.8rem;background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:.7rem 1rem}
        summary{cursor:pointer;font-weight:600}
        pre,.wide{overflow-x:auto;font-size:.82rem;line-height:1.45}
        pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace}
        details .curves,.wide{margin-top:.8rem}
        table{border-collapse:collapse}
        th,td{padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid var(--rule);text-align:left;font-weight:400;\
        font-variant-numeric:tabular-nums}
        th{color:var(--soft)}
        @media(max-width:720px){.row{grid-template-columns:repeat(2,1fr)}.row figcaption{display:block;font-size:.78rem}\
        .heads{display:none}}

        """
}
