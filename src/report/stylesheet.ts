const light = `
color-scheme:light;
--paper:#fdfcfa;--shade:rgb(28 32 37/.16);--wash:rgb(120 90 30/.07);--raised:#f5f2ec;--ink:#1c2025;--muted:#575e68;--rule:#dfdad1;--link:#0b5a96;
--series-1:#6b7280;--series-2:#0b66a8;--series-3:#c2500a;--series-4:#0a7d62;--series-5:#98417e;
--code-keyword:#8a2f74;--code-string:#0a6b54;--code-comment:#666c76;--code-number:#a34408;--code-called:#0b5a96;
`;

const dark = `
color-scheme:dark;
--paper:#15181c;--shade:rgb(0 0 0/.6);--wash:rgb(220 225 235/.06);--raised:#1e2227;--ink:#e8e5df;--muted:#a6adb7;--rule:#343a42;--link:#7fbdf2;
--series-1:#8d96a3;--series-2:#5aa9e6;--series-3:#f08a4b;--series-4:#45c29e;--series-5:#d68fc0;
--code-keyword:#d99bc8;--code-string:#6fcfae;--code-comment:#98a0ab;--code-number:#f2a06e;--code-called:#8cc4f5;
`;

const series = [1, 2, 3, 4, 5]
  .map((n) => `.fill-${n}{fill:var(--series-${n})}.stroke-${n}{stroke:var(--series-${n})}`)
  .join('\n');

/** The page's style sheet. Nothing in it may need escaping in XML: no `&`, no `<`. */
export const stylesheet = `
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;text-rendering:optimizeLegibility}
header,section,nav,.example{display:grid;grid-template-columns:minmax(1.25rem,1fr) minmax(0,42.5rem) minmax(1.25rem,1fr)}
header>*,section>*,nav>*,.example>*{grid-column:2;min-width:0}
.example{grid-column:1/-1}
.broad,.sides{grid-column:1/-1;justify-self:center;width:min(100% - 2.5rem,66rem)}
header{padding-top:clamp(2rem,6vw,4.5rem)}
h1,h2,h3{line-height:1.2;text-wrap:balance;overflow-wrap:anywhere;margin:0}
h1{font-size:clamp(1.9rem,1.3rem + 2.6vw,2.9rem);font-weight:700;letter-spacing:-0.022em}
h2{font-size:1.55rem;font-weight:680;letter-spacing:-0.014em;margin:0 0 .9rem;padding-top:1.5rem;border-top:1px solid var(--rule)}
h3{font-size:1.08rem;font-weight:650;margin:2rem 0 .6rem}
section{margin:0 0 4rem}
p{margin:0 0 1rem;text-wrap:pretty;overflow-wrap:anywhere;max-width:42.5rem}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:.06em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.4rem .8rem}
.kicker{margin:0 0 .5rem;color:var(--muted);font-size:.95rem}
header .quiet{margin:.7rem 0 0}
.quiet,.small{color:var(--muted);font-size:.92rem}
.lead{font-size:1.2rem;line-height:1.5}
.note-box{background:var(--raised);border-radius:.4rem;padding:.7rem 1rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
#summary{margin:2.2rem 0 2.5rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.4rem,1fr));gap:1.1rem 1.6rem;margin:0 0 2.2rem;padding:1.3rem 0;border-block:1px solid var(--rule)}
.tiles dt{color:var(--muted);font-size:.92rem;line-height:1.35}
.tiles dd{margin:0}
.big{display:block;font-size:2rem;line-height:1.2;font-weight:680;letter-spacing:-0.02em;font-variant-numeric:tabular-nums lining-nums}
.small{display:block;line-height:1.35;overflow-wrap:anywhere}
nav{margin:0 0 4rem}
nav ol{list-style:none;padding:0;margin:0;columns:15rem;column-gap:2rem}
nav li{break-inside:avoid;padding:.16rem 0}
figure{margin:.6rem 0 1.4rem}
figcaption{color:var(--muted);font-size:.92rem;line-height:1.45;margin-top:.6rem;max-width:42.5rem}
svg.figure{display:block;max-width:100%;height:auto;overflow:visible}
svg.figure text{font-variant-numeric:tabular-nums}
svg .muted{fill:var(--muted);fill-opacity:1}
svg .grid{stroke:var(--rule);stroke-opacity:1}
svg .suspects{fill:var(--series-3)}
svg .halo,svg .halo-text{stroke:var(--paper)}
svg .halo-text{fill:var(--ink)}
${series}
.narrow{display:none}
@media (max-width:44rem){.wide{display:none}.narrow{display:block}.narrow svg.figure,.panels svg.figure{width:100%}}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1.5rem 2rem}
.panels h3{margin-top:.4rem}
.panels svg.figure{width:100%}
.method{margin:1.2rem 0 .6rem}
h4{font-size:1rem;font-weight:600;line-height:1.2;margin:.2rem 0 .6rem}
.skip-map:focus{position:static}
#map-pairs:focus{outline:none}
.maps .quiet{margin:.4rem 0 0}
.pair{cursor:pointer;outline:none;transition:opacity .12s}
.maps:has(.pair:hover) .pair,.maps:has(.pair:focus) .pair{opacity:.16}
.pair:focus-visible .query,.pair:focus-visible .code{stroke:var(--ink);stroke-width:2}
.pair-notes{display:grid;margin-top:1rem;border:1px solid var(--rule);padding:.8rem 1rem;background:var(--raised);border-radius:.4rem;line-height:1.45}
.pair-notes p{grid-area:1/1;margin:0;max-width:none}
.note>*{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.note{visibility:hidden}
.hint{color:var(--muted)}
.on-paper{display:none}
.maps:has(.pair:hover) .pair-notes,.maps:has(.pair:focus) .pair-notes{position:sticky;bottom:0}
.maps:has(.pair:hover) .hint,.maps:has(.pair:focus) .hint{visibility:hidden}
.table{margin:1.2rem 0 1.6rem}
.table.broad{margin:1.2rem auto 1.6rem}
.caption{color:var(--muted);font-size:.92rem;line-height:1.4;margin:0 0 .45rem}
.scroll{position:relative;overflow-x:auto;background:linear-gradient(90deg,var(--paper) 30%,transparent) left/2.4rem 100% no-repeat local,linear-gradient(270deg,var(--paper) 30%,transparent) right/2.4rem 100% no-repeat local,linear-gradient(90deg,var(--shade),transparent) left/.8rem 100% no-repeat scroll,linear-gradient(270deg,var(--shade),transparent) right/.8rem 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:.95rem;line-height:1.4}
th,td{text-align:left;vertical-align:baseline;padding:.42rem 1.1rem .42rem 0;border-top:1px solid var(--rule);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);border-top:0;vertical-align:bottom;font-size:.88rem;line-height:1.3}
tbody th{overflow-wrap:anywhere;min-width:7.5rem}
.number{text-align:right;font-variant-numeric:tabular-nums lining-nums;white-space:nowrap}
thead .number{white-space:normal}
tbody th.number{min-width:0}
tr:last-child>*{border-bottom:1px solid var(--rule)}
.emphasized th{font-weight:650}
.emphasized>*{background:var(--wash)}
.interval,.spread{color:var(--muted);font-size:.86rem}
.interval{display:block}
.significance{color:var(--muted);font-size:.85em;margin-left:.1em}
.significance.none::before{content:'▾';visibility:hidden}
.spread{padding-left:.45rem}
strong{font-weight:680}
details{margin:0 0 1.2rem}
summary{cursor:pointer;color:var(--link);padding:.35rem 0}
.example,.search{margin:0 0 2.6rem}
@media (max-width:44rem){th,td{padding-right:.8rem}table{font-size:.9rem}tbody th{min-width:5.4rem}.phrases tbody th{min-width:7.2rem}.pair-notes{font-size:.92rem;padding:.6rem .8rem}.lead{font-size:1.125rem}section,nav{margin-bottom:3rem}}
.query{font-size:1.12rem;line-height:1.45;font-weight:600;margin:0 0 .5rem;white-space:pre-line}
.facts{list-style:none;margin:0 0 .7rem;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-size:.95rem;font-variant-numeric:tabular-nums}
.verdict{font-weight:650}
.verdict.raised{color:var(--series-3)}
.verdict.left{color:var(--muted)}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem}
@media (max-width:52rem){.sides{grid-template-columns:minmax(0,1fr)}}
.code{background:var(--raised);border-radius:.4rem;min-width:0;margin:0 0 .8rem}
.sides .code{margin:0}
.code-head{padding:.65rem 1rem 0;font-size:.92rem;line-height:1.4;overflow-wrap:anywhere}
.role{display:block;color:var(--muted)}
.place{color:var(--muted);overflow-wrap:anywhere}
.score{font-variant-numeric:tabular-nums;color:var(--muted);margin-right:.7rem}
.hits{margin:0;padding-left:1.6rem;font-size:.95rem}
.hits li{margin:.2rem 0;overflow-wrap:anywhere}
pre{margin:0;border-radius:0 0 .4rem .4rem;padding:.7rem 1rem .9rem;overflow-x:auto;background:linear-gradient(90deg,var(--raised) 30%,transparent) left/2.4rem 100% no-repeat local,linear-gradient(270deg,var(--raised) 30%,transparent) right/2.4rem 100% no-repeat local,linear-gradient(90deg,var(--shade),transparent) left/.8rem 100% no-repeat scroll,linear-gradient(270deg,var(--shade),transparent) right/.8rem 100% no-repeat scroll;font:.84rem/1.55 ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;tab-size:2}
.more{margin:0;padding:0 1rem .7rem;color:var(--muted);font-size:.9rem}
.keyword{color:var(--code-keyword)}.string{color:var(--code-string)}.comment{color:var(--code-comment)}
pre .number{color:var(--code-number);white-space:pre}.called{color:var(--code-called)}
.options{margin:0;font-size:.95rem}
.options div{display:grid;grid-template-columns:minmax(9rem,1fr) 2fr;gap:1rem;padding:.3rem 0;border-top:1px solid var(--rule)}
.options dt{color:var(--muted);overflow-wrap:anywhere}
.options dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
@media print{
:root{${light}--paper:#fff}
@page{margin:16mm 15mm}
html{font-size:8.6pt}
body{line-height:1.45}
.table{margin:.6rem 0 1rem}
th,td{padding-top:.24rem;padding-bottom:.24rem}
nav,.skip,.pair-notes{display:none}
.on-paper{display:block}
header{padding-top:0}
section{margin-bottom:1.6rem}
header,section,.example{display:block}
.broad,.sides{width:100%}
p,figcaption{max-width:none}
.wide{display:block;max-width:132mm}.narrow{display:none}
section p{break-inside:avoid}
section>p{break-after:avoid-page}
.table:not(:has(tr:nth-child(14))){break-inside:avoid}
h2,h3{break-after:avoid}
figure,tr,.tiles,.facts,.query,.code-head,.panels{break-inside:avoid}
.caption,.code-head,.query,.facts,.example>.quiet{break-after:avoid}
pre{orphans:6;widows:3}
thead{display:table-header-group}
.scroll,pre{overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:7.2pt}
.sides{grid-template-columns:repeat(2,minmax(0,1fr))}
.panels{grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}
details::details-content{content-visibility:visible;display:block}
summary{list-style:none;color:var(--muted)}
a{color:inherit;text-decoration:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
