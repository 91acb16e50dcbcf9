"""artefacts: what observability/ holds, read as text: expressions, the names in them, the dashboard's form."""
import json
import re

import vlpt

FOLDER = vlpt.ROOT / "observability"

# What Grafana puts in place of its variables.
VARIABLES = {"$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h", "$job": ".*", "$instance": ".*"}

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
NAME = re.compile(r"\b(?:varta|process)_\w+")
HISTOGRAM = re.compile(r"(_seconds)_(bucket|sum|count)$")  # samples of a histogram, all of which measure seconds
RECORDED = re.compile(r"\bvarta:[\w:]+")
SELECTOR = re.compile(r"(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")

# Panels that the original's dashboard has; its users look for them.
ORIGINAL_PANELS = [title for line in """
Observer uptime|Agents tracked|Beats / sec|Tracker utilisation|Beats / sec (total)|Beat-path latency|Decode errors by kind
Iteration latency p50/p99/p999|Per-stage p99 latency|Iteration budget overruns|Scrape budget overruns
Recovery outcomes by outcome label|Recovery duration (mean)|Recovery refusals by reason
Audit fsync p99 + ring watermark events|Tracker utilisation over time|Probe exhaustion|Rate-limit drops by reason
Cross-namespace conflicts|Bearer-token auth failures / s|Frame auth failures / s|Frame decrypt failures / s
Secure-UDP AEAD attempts ratio|Status mix""".strip().splitlines() for title in line.split("|")]


def dashboard():
    return json.loads((FOLDER / "dashboard.json").read_text())


def everywhere(node, key):
    """All values of one key, at any depth."""
    found = []
    if isinstance(node, dict):
        found += [node[key]] if key in node else []
        node = list(node.values())
    if isinstance(node, list):
        found += [v for child in node for v in everywhere(child, key)]
    return found


def dashboard_exprs():
    """Every expression of the dashboard as Prometheus gets it."""
    exprs = []
    for expr in everywhere(dashboard(), "expr"):
        for name in sorted(VARIABLES, key=len, reverse=True):
            expr = expr.replace(name, VARIABLES[name])
        exprs.append(expr)
    return exprs


def names(text):
    """Families that expressions or sentences speak of; what is quoted is no metric."""
    return {HISTOGRAM.sub(r"\1", n) for n in NAME.findall(QUOTED.sub("", text))}


def wanted_labels(expr):
    """(metric, label, value) for each value that an expression insists on or excludes."""
    for metric, inside in SELECTOR.findall(expr):
        for label, values in MATCHER.findall(inside):
            if metric.startswith("varta_") and values not in ("", ".*"):
                yield from ((metric, label, v) for v in values.split("|"))


def page_types(page):
    """Name and type of all families of a metrics page."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))


def may_be_empty(expr):
    """An expression that leaves samples out may leave out all."""
    return bool(re.search(r"(?:[<>]=?|==|!=)(?! bool)", QUOTED.sub("", expr)))


def fences(text):
    """Blocks of a Markdown page in their order: (words after the ticks, lines)."""
    return re.findall(r"^```(\S.*)\n((?:.*\n)*?)```$", text, re.M)


def unit_tests():
    """The groups of alerts_test.yml: alert -> (text, labels of the samples expected to fire)."""
    groups = {}
    for block in re.split(r"^  - name: ", (FOLDER / "alerts_test.yml").read_text(), flags=re.M)[1:]:
        fired = re.findall(r"labels: 'ALERTS\{(.*?)\}'", block)
        groups[block.split("\n", 1)[0]] = (block, {label for sample in fired for label, _ in MATCHER.findall(sample)})
    return groups


# ---- judgements

def check_dashboard(report):
    """Its identity, its form, and that nothing lies over anything else."""
    board = dashboard()
    titles = [p["title"] for p in board["panels"]]
    report.check("dashboard: uid, title and schema", (board["uid"], board["title"], board["schemaVersion"] >= 38) ==
                 ("varta-health", "Varta — observer health", True))
    missing = [t for t in ORIGINAL_PANELS if t not in titles]
    report.check("dashboard: every panel of the original", not missing, missing or f"{len(titles)} panels and rows")
    ids = [p["id"] for p in board["panels"]]
    report.check("dashboard: each panel has an id of its own", len(set(ids)) == len(ids))
    places, wrong = set(), []
    for p in board["panels"]:
        g = p["gridPos"]
        mine = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        if g["x"] + g["w"] > 24 or mine & places:
            wrong.append(p["title"])
        places |= mine
    report.check("dashboard: no panel lies over another", not wrong, wrong or "")
    bad = [p["title"] for p in board["panels"] if p["type"] != "row" and not (
        p["targets"] and p["description"] and len({t["refId"] for t in p["targets"]}) == len(p["targets"]) and
        all(d["uid"] == "${datasource}" for d in everywhere(p, "datasource")))]
    report.check("dashboard: each has queries, a description and the chosen data source", not bad, bad or "")
    unknown = {v for e in everywhere(board, "expr") for v in re.findall(r"\$\w+", e)} - set(VARIABLES)
    report.check("dashboard: no variable that nobody sets", not unknown, unknown or "")


def check_alerts(report, rules):
    """Form of the alerts, as Prometheus itself read them, and that each has unit tests."""
    tests = unit_tests()
    alerts = [r for r in rules if r["type"] == "alerting"]
    names_ = {r["name"] for r in alerts}
    report.check("alerts: each has tests, and each test an alert", names_ == set(tests), names_ ^ set(tests) or len(alerts))
    lax = [n for n, (text, labels) in tests.items() if not labels or "exp_samples: []" not in text]
    report.check("alerts: each is tested to fire and not to", not lax, lax or "")
    bad = [r["name"] for r in alerts if r["labels"].get("severity") not in ("critical", "warning", "info") or
           r["labels"].get("service") != "varta-watch" or set(r["annotations"]) != {"summary", "description"}]
    report.check("alerts: severity, service, summary and description", not bad, bad or "")
    blank = [(r["name"], label) for r in alerts for label in re.findall(r"\$labels\.(\w+)", str(r["annotations"]))
             if label not in tests[r["name"]][1] | {"agent", "source", "pid"}]
    report.check("alerts: annotations use labels that the alert has", not blank, blank or "")
