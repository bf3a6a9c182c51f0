"""A report as one HTML file: values in, geometry, then a template. No script and no network.

Charts are SVG whose lengths across are percentages, so that one file serves a phone, a screen and
paper; each has its figures as a table below it. Nothing in the page runs: its content security
policy allows only its own style sheet.
"""
