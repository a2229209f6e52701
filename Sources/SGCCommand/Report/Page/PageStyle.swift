/// How the page looks around the charts; colors are those of ``ChartStyle``.
enum PageStyle {
    /// Ground, type and what all sections have.
    static let rules = """
        :root{--ground:#f6f6f8}
        @media(prefers-color-scheme:dark){:root{--ground:#121316}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:1320px;background:var(--ground);color:var(--ink);\
        font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        h1{margin:0;font-size:2.1rem;line-height:1.2;letter-spacing:-.015em}
        h2{margin:0 0 .35rem;font-size:1.4rem;line-height:1.25;letter-spacing:-.01em}
        h3{margin:0;font-size:.84rem;font-weight:600;color:var(--soft)}
        .lead{margin:.6rem 0 0;color:var(--soft);font-size:1.02rem;max-width:54rem}
        section{margin-top:3.4rem}
        .note{margin:0 0 1.2rem;color:var(--soft);max-width:58rem}
        .verdict{display:flex;flex-wrap:wrap;gap:.4rem 2.4rem;margin:.9rem 0 0;padding:0;list-style:none;color:var(--soft)}
        .verdict b{font-size:2.6rem;font-weight:700;line-height:1.1;letter-spacing:-.02em;color:var(--mark);\
        font-variant-numeric:tabular-nums}
        .verdict i{font-style:normal;font-weight:600;color:var(--ink)}
        .name{color:var(--mark)}
        b.name::before{content:"";display:inline-block;width:.65em;height:.65em;margin-right:.4em;border-radius:50%;\
        background:var(--mark)}
        .key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:0 0 .8rem}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,285px),1fr));gap:.9rem;margin-top:2rem}
        .tile,.card{background:var(--paper);border:1px solid var(--rule);border-radius:10px}
        .tile{padding:.9rem 1.05rem}
        .tile>p{margin:.35rem 0 0;font-size:.8rem;line-height:1.4;color:var(--soft)}
        .tile .value{margin:.1rem 0 .25rem;font-size:1.75rem;font-weight:650;line-height:1.15;color:var(--ink);\
        font-variant-numeric:tabular-nums}
        .tile small{font-size:.8rem;font-weight:400;color:var(--soft);white-space:nowrap}
        .bars{display:grid;grid-template-columns:fit-content(45%) 1fr auto;gap:.2rem .6rem;margin:.45rem 0 .2rem;padding:0;\
        list-style:none;font-size:.84rem;font-variant-numeric:tabular-nums}
        .bars li{display:contents}
        .bars li>:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .bars li>:last-child{text-align:right}
        .bars i{display:block;align-self:center;height:.6rem;border-radius:3px;background:var(--rule)}
        .bars i i{background:var(--mark)}
        figure{margin:0;min-width:0}
        figcaption{margin-top:.35rem;font-size:.8rem;line-height:1.4;color:var(--soft)}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:1rem;align-items:start}
        .card{padding:1rem 1rem .8rem}
        .card svg{max-width:100%;height:auto}
        .halves{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start;margin-bottom:1.2rem}
        .halves>div{flex:1 1 360px;min-width:0}
        .halves .note{margin:1.2rem 0 0}
        .curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:.8rem}
        .curves .card{padding:.7rem .6rem .3rem}
        .legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.9rem 0 0;padding:0;list-style:none;font-size:.82rem;\
        color:var(--soft)}
        .legend li{display:flex;align-items:center;gap:.4rem}
        .legend i,.swatch{display:inline-block;width:.85rem;height:.85rem;border-radius:3px;border:1px solid var(--edge)}
        details{margin-top:.8rem;background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:.7rem 1rem}
        summary{cursor:pointer;font-weight:600}
        pre,.wide{overflow-x:auto;font-size:.82rem;line-height:1.45}
        pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace}
        details .curves,.wide{margin-top:.8rem}
        table{border-collapse:collapse}
        th,td{padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid var(--rule);text-align:left;font-weight:400;\
        font-variant-numeric:tabular-nums;white-space:nowrap}
        th{color:var(--soft)}

        """

    /// The parts that answer to a pointer.
    static let parts = """
        .toolbar{display:flex;flex-wrap:wrap;align-items:end;justify-content:space-between;gap:.8rem 2rem;margin-bottom:1rem}
        .scenes{display:flex;flex-wrap:wrap;gap:.5rem}
        button,select,input[type=number]{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--rule);\
        border-radius:6px}
        button{cursor:pointer}
        select,input[type=number]{padding:.15rem .4rem}
        input[type=number]{width:5.5rem}
        input[type=range]{accent-color:var(--mark)}
        :focus-visible{outline:2px solid var(--mark);outline-offset:2px}
        .scenes button{padding:2px;border-width:2px;line-height:0}
        .scenes button[aria-pressed=true]{border-color:var(--mark)}
        .scenes img{width:92px;border-radius:3px}
        .controls{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .7rem;font-size:.84rem;color:var(--soft)}
        .controls label{display:flex;align-items:center;gap:.4rem;margin-left:.8rem}
        .choice{display:flex}
        .choice button{padding:.2rem .7rem;border-radius:0}
        .choice button:first-child{border-radius:6px 0 0 6px}
        .choice button:last-child{border-radius:0 6px 6px 0;border-left:0}
        .choice button[aria-pressed=true]{background:var(--ink);border-color:var(--ink);color:var(--paper)}
        .bench{display:grid;grid-template-columns:minmax(0,1fr) 312px;gap:1.4rem;align-items:start}
        .rows{display:grid;gap:1.3rem}
        .pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.35rem 1rem;align-items:start}
        .pair h3{grid-column:1/-1}
        .pair h3 .name{margin-right:.4rem;font-size:1rem}
        .explorer .pair img,.explorer .pair canvas{display:block;width:100%;aspect-ratio:var(--ratio);border-radius:5px}
        .blocks{image-rendering:pixelated}
        .split div,.map div{position:relative}
        .split .output,.map canvas{position:absolute;inset:0}
        .split .output{clip-path:inset(0 0 0 var(--split,50%))}
        .split div::after{content:"";position:absolute;inset:0 auto 0 calc(var(--split,50%) - 1px);width:2px;\
        background:#fff;box-shadow:0 0 0 1px #0008;pointer-events:none}
        .split input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize}
        .split div:focus-within{outline:2px solid var(--mark);outline-offset:2px;border-radius:5px}
        .map canvas,.wall canvas{cursor:crosshair}
        .inspector{position:sticky;top:1rem;min-height:14rem;padding:1rem 1.1rem;font-size:.84rem;line-height:1.4}
        .inspector h3{display:flex;align-items:center;gap:.45rem;font-size:1.05rem;color:var(--ink)}
        .inspector h3 .name{margin-left:auto;font-size:.9rem}
        .inspector p{margin:.35rem 0 0;color:var(--soft)}
        .inspector p span,.inspector p b{color:var(--ink);font-variant-numeric:tabular-nums}
        .inspector .meaning b{font-size:1.15rem}
        .inspector .right{color:var(--right)}
        .inspector .wrong{color:var(--bad)}
        :root{--right:#1a7f37}
        @media(prefers-color-scheme:dark){:root{--right:#56d364}}
        .inspector .bars{margin-top:.7rem;font-size:.8rem}
        .patches{display:grid;grid-template-columns:repeat(4,1fr);gap:.35rem;margin-top:.4rem}
        .patch{width:100%;border-radius:4px}
        .near{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.35rem}
        .near button{display:flex;align-items:center;gap:.3rem;padding:.05rem .45rem;font-size:.8rem;\
        font-variant-numeric:tabular-nums}
        .scatter svg{width:100%;height:auto;background:var(--paper);border:1px solid var(--rule);border-radius:8px}
        .scatter circle:hover,.scatter .chosen{stroke:var(--ink);stroke-width:3;paint-order:stroke}
        .wall canvas{display:block;width:100%;border-radius:4px}
        .strip{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:.5rem;margin:.2rem 0 .7rem}
        .strip img{display:block;width:100%;border-radius:4px}
        @media(max-width:900px){.bench{grid-template-columns:minmax(0,1fr)}.inspector{position:static}}
        @media(max-width:560px){.pair{grid-template-columns:minmax(0,1fr)}.strip{grid-template-columns:repeat(3,minmax(0,1fr))}}

        """
}
