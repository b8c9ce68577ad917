"""The style sheet of the page: one column, light or dark as the reader's system is, printable."""

from __future__ import annotations

from forecast.report.palette import css_variables

STYLE = f"""
:root {{ color-scheme: light dark; --paper: #ffffff; --panel: #f5f7f9;
  {css_variables(dark=False)} }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #14181d; --panel: #1c2228; {css_variables(dark=True)} }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
h1 {{ font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.15rem; margin: 2.6rem 0 .5rem; }}
h3 {{ font-size: .9rem; margin: 1rem 0 .2rem; color: var(--muted); font-weight: 600; }}
ul {{ margin: 0; padding-left: 1.2rem; }}
p, li {{ overflow-wrap: anywhere; max-width: 48rem; }}
dl {{ display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: 0; color: var(--muted); }}
dl div {{ display: flex; gap: .45rem; }}
dd {{ margin: 0; color: var(--ink); overflow-wrap: anywhere; }}
.verdict {{ margin: 1.6rem 0 0; padding: .9rem 1.1rem; background: var(--panel);
  border-left: 5px solid var(--muted); border-radius: 4px; }}
.verdict p {{ margin: 0; font-size: 1.15rem; font-weight: 600; }}
.verdict p + p {{ margin-top: .5rem; font-size: .95rem; font-weight: 400; }}
.verdict.better {{ border-color: var(--blue); }}
.verdict.worse {{ border-color: var(--vermillion); }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .42rem .75rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--grid); font-weight: 400; }}
thead th {{ color: var(--muted); font-size: .85rem; border-bottom-color: var(--muted); }}
th.name {{ text-align: left; }}
tr.main {{ background: var(--panel); }}
tr.main th.name {{ font-weight: 600; box-shadow: inset 4px 0 var(--blue); }}
td strong {{ font-weight: 700; }}
figure {{ margin: 0; }}
figcaption, .small {{ color: var(--muted); font-size: .9rem; max-width: 48rem;
  margin: .2rem 0 .8rem; }}
svg {{ display: block; width: 100%; height: auto; }}
code, pre {{ font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }}
pre {{ background: var(--panel); padding: .9rem 1.1rem; border-radius: 4px; overflow-x: auto; }}
summary {{ cursor: pointer; }}
@media (max-width: 40rem) {{ body {{ padding: 1.2rem .9rem 3rem; }}
  figure {{ overflow-x: auto; }} svg {{ min-width: 36rem; }}
  table {{ font-size: .9rem; }} th, td {{ padding: .35rem .5rem; }} }}
@media print {{ body {{ max-width: none; padding: 0; }} figure, table {{ break-inside: avoid; }} }}
"""
