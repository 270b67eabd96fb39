#!/usr/bin/env python3
"""Writes Grafana's dashboard, or checks that it is up to date and shows only metrics that there are.

Usage: dashboard.py            writes deploy/grafana/dashboards/lmdeploy.json
       dashboard.py --check [URL]  compares it, and with a server's URL its metrics with what the server has
"""

import json
import pathlib
import re
import sys
import urllib.request

TARGET = pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana/dashboards/lmdeploy.json"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Every query is about the chosen models and servers.
CHOSEN = 'model_name=~"$model", instance=~"$instance"'


def metric(name, more=""):
    return f"lmdeploy:{name}{{{CHOSEN}{more}}}"


def rate(name, more=""):
    return f"sum(rate({metric(name, more)}[$__rate_interval]))"


def quantile(share, name):
    return f"histogram_quantile({share}, sum by (le) (rate({metric(name + '_bucket')}[$__rate_interval])))"


def target(expression, legend, **more):
    return {"datasource": SOURCE, "expr": expression, "legendFormat": legend, **more}


def letters(targets):
    return [{**found, "refId": chr(ord("A") + index)} for index, found in enumerate(targets)]


def stat(title, expression, unit, description, decimals=None):
    defaults = {"unit": unit, "color": {"mode": "fixed", "fixedColor": "text"}}
    if decimals is not None:
        defaults["decimals"] = decimals
    return {
        "type": "stat", "title": title, "description": description, "datasource": SOURCE, "size": (4, 4),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"graphMode": "area", "colorMode": "value", "reduceOptions": {"calcs": ["lastNotNull"]}},
        "targets": letters([target(expression, title)]),
    }


def graph(title, unit, description, targets, stacked=False, most=None, width=12):
    custom = {"lineWidth": 2, "fillOpacity": 20 if stacked else 8, "showPoints": "never"}
    if stacked:
        custom["stacking"] = {"mode": "normal"}
    defaults = {"unit": unit, "min": 0, "custom": custom}
    if most is not None:
        defaults["max"] = most
    return {
        "type": "timeseries", "title": title, "description": description, "datasource": SOURCE, "size": (width, 8),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": letters(targets),
    }


def quantiles(title, name, description):
    shares = [("0.5", "half within"), ("0.9", "90 % within"), ("0.99", "99 % within")]
    return graph(title, "s", description, [target(quantile(share, name), legend) for share, legend in shares])


def heatmap(title, name, description):
    expression = f"sum by (le) (increase({metric(name + '_bucket')}[$__rate_interval]))"
    return {
        "type": "heatmap", "title": title, "description": description, "datasource": SOURCE, "size": (12, 8),
        "options": {
            "calculate": False, "color": {"mode": "scheme", "scheme": "Greens", "steps": 32},
            "yAxis": {"unit": "short"}, "cellGap": 1, "legend": {"show": True}, "tooltip": {"mode": "single"},
        },
        "targets": letters([target(expression, "{{le}}", format="heatmap")]),
    }


def panels():
    share = "sum(rate({}[5m])) / sum(rate({}[5m]))"
    reused = share.format(metric("cached_tokens_total"), metric("prompt_tokens_total"))
    return [
        ("Now", [
            stat("Running", f"sum({metric('num_requests_running')})", "short", "Replies that are being generated."),
            stat("Waiting", f"sum({metric('num_requests_waiting')})", "short", "Requests that wait for a slot."),
            stat("Replies", rate("request_success_total"), "reqps", "Replies that ended, each second.", 2),
            stat("Tokens", rate("generation_tokens_total"), "short", "Tokens generated each second.", 1),
            stat("First token", quantile("0.9", "time_to_first_token_seconds"), "s",
                 "90 % of the first tokens came within this time."),
            stat("KV cache", f"max({metric('gpu_cache_usage_perc')})", "percentunit",
                 "Share of the cache's blocks that replies use.", 0),
        ]),
        ("Traffic", [
            graph("Requests", "short", "In the server, by what happens to them.", [
                target(f"sum({metric('num_requests_running')})", "running"),
                target(f"sum({metric('num_requests_waiting')})", "waiting for a slot"),
            ], stacked=True),
            graph("Replies by how they ended", "reqps", "Each second; refused and failed requests beside them.", [
                target(f"sum by (finished_reason) (rate({metric('request_success_total')}[$__rate_interval]))",
                       "{{finished_reason}}"),
                target(rate("num_requests_failed"), "refused or failed"),
            ]),
            graph("Tokens each second", "short", "Prompts, what of them was in the cache already, and replies.", [
                target(rate("prompt_tokens_total"), "prompts"),
                target(rate("cached_tokens_total"), "of these cached"),
                target(rate("generation_tokens_total"), "replies"),
            ]),
            graph("Cache", "percentunit", "How full the KV cache is, and how much of the prompts it had.", [
                target(f"max({metric('gpu_cache_usage_perc')})", "blocks in use"),
                target(reused, "prompt tokens found (5 minutes)"),
            ], most=1),
        ]),
        ("How long it takes", [
            quantiles("First token", "time_to_first_token_seconds", "From a request to the first text of its reply."),
            quantiles("Each token after it", "time_per_output_token_seconds", "The pace of a reply."),
            quantiles("Whole request", "e2e_request_latency_seconds", "From a request to the end of its reply."),
            quantiles("Generation", "request_decode_time_seconds", "From the first text of a reply to its end."),
        ]),
        ("What is asked", [
            heatmap("Length of prompts", "request_prompt_tokens", "Tokens of each prompt."),
            heatmap("Length of replies", "request_generation_tokens", "Tokens of each reply."),
        ]),
    ]


def laid_out(rows):
    """Panels with places on Grafana's grid of 24 columns."""
    made = []
    top = 0
    for title, members in rows:
        made.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}})
        top += 1
        left = height = 0
        for panel in members:
            width, height = panel.pop("size")
            if left + width > 24:
                left = 0
                top += height
            panel["gridPos"] = {"x": left, "y": top, "w": width, "h": height}
            made.append(panel)
            left += width
        top += height
    return [{"id": index + 1, **panel} for index, panel in enumerate(made)]


def variable(name, label, query):
    return {
        "type": "query", "name": name, "label": label, "datasource": SOURCE, "query": query, "refresh": 2,
        "multi": True, "includeAll": True, "allValue": ".*", "sort": 1,
        "current": {"selected": True, "text": "All", "value": "$__all"},
    }


def dashboard():
    running = "lmdeploy:num_requests_running"
    datasource = {"type": "datasource", "name": "datasource", "label": "Source", "query": "prometheus"}
    return {
        "uid": "lmdeploy", "title": "lmdeploy", "tags": ["lmdeploy"], "schemaVersion": 41, "version": 1,
        "editable": True, "refresh": "10s", "time": {"from": "now-30m", "to": "now"}, "timezone": "browser",
        "templating": {"list": [
            datasource,
            variable("model", "Model", f"label_values({running}, model_name)"),
            variable("instance", "Server", f'label_values({running}{{model_name=~"$model"}}, instance)'),
        ]},
        "panels": laid_out(panels()),
    }


def missing_metrics(url):
    """Names in the dashboard that a server does not have."""
    with urllib.request.urlopen(url.rstrip("/") + "/metrics", timeout=10) as response:
        text = response.read().decode()
    there = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    there |= {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    shown = set(re.findall(r"lmdeploy:[a-z0-9_]+", json.dumps(dashboard())))
    return sorted(name for name in shown if name not in there and name.removesuffix("_bucket") not in there)


def main():
    text = json.dumps(dashboard(), indent=2) + "\n"
    if sys.argv[1:2] != ["--check"]:
        TARGET.write_text(text)
        return 0
    if TARGET.read_text() != text:
        print(f"{TARGET.name} is not what tools/deploy/dashboard.py writes: run it", file=sys.stderr)
        return 1
    missing = missing_metrics(sys.argv[2]) if len(sys.argv) > 2 else []
    if missing:
        print(f"the dashboard shows metrics that the server does not have: {missing}", file=sys.stderr)
        return 1
    print("the dashboard is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
