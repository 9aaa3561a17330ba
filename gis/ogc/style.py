"""The one style sheet of the HTML pages, served from the same place; nothing comes from outside."""

CSS = """\
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5b6670; --page: #f7f8f9; --card: #ffffff;
  --line: #dde2e6; --mark: #0b5fa5; --fill: #0b5fa522; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3adb6; --page: #16191d; --card: #1f242a;
  --line: #343b43; --mark: #7db8ea; --fill: #7db8ea22; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 "Be Vietnam Pro", system-ui, "Noto Sans", sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; justify-content: space-between; }
nav ol { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem .6rem; margin: 0; padding: 0; }
nav li + li::before { content: "/"; color: var(--soft); margin-right: .6rem; }
h1 { font-size: 1.6rem; line-height: 1.4; margin: .2rem 0 .4rem; }
a { color: var(--mark); text-underline-offset: .15em; }
a:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; border-radius: 2px; }
p.notice { text-align: center; font-weight: 700; margin: 0 auto; max-width: 20rem;
  padding: .3rem 1rem; border: 2px solid; }
p.lead { color: var(--soft); margin: 0 0 1.2rem; max-width: 46rem; }
ul.cards { list-style: none; padding: 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
ul.cards > li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; }
ul.cards p { margin: .3rem 0 0; color: var(--soft); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .5rem .8rem; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
svg.map { display: block; width: 100%; max-height: 26rem; margin: 0 0 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; }
svg.map path, svg.map circle { fill: var(--fill); stroke: var(--mark); stroke-width: 1.5;
  vector-effect: non-scaling-stroke; }
svg.map circle { fill: var(--mark); }
.pager { display: flex; gap: 1.5rem; margin: 1rem 0; }
.none { padding: 1.5rem; color: var(--soft); }
footer { color: var(--soft); font-size: .9rem; }
"""
