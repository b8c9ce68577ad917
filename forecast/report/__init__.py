"""Charts as SVG, the self-contained HTML page, forecasts as PNG, and small charts in text.

matplotlib is imported only when something is drawn, and its pyplot state is never touched.
"""
