"""What a PromQL expression asks for: metrics, labels, rates; and whether the catalogue has them."""

from collections.abc import Iterator, Mapping

import promql_parser as promql

# What Prometheus itself adds to every series of a scrape, and its own series.
TARGET_LABELS = frozenset({"job", "instance", "site"})
PROMETHEUS_OWN = {
    "up": frozenset[str](),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
}


def complaints(expr: str, catalogue: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Everything in `expr` that the catalogue (metric name to its labels) cannot serve."""
    known = dict(catalogue) | PROMETHEUS_OWN
    tree = promql.parse(expr)
    selectors: list[promql.VectorSelector] = []
    labels_used: set[str] = set()
    for node in _nodes(tree):
        match node:
            case promql.VectorSelector():
                selectors.append(node)
            case promql.Call(func=function, args=[promql.MatrixSelector() as window, *_]):
                name = window.vector_selector.name or ""
                if function.name in {"rate", "increase"} and not name.endswith("_total"):
                    yield f"{function.name} of {name}, which is no counter"
            case promql.AggregateExpr(modifier=promql.AggModifier() as modifier):
                labels_used.update(modifier.labels)
            case promql.BinaryExpr(modifier=promql.BinModifier() as modifier):
                if modifier.matching is not None:
                    labels_used.update(modifier.matching.labels)
                labels_used.update(modifier.group_labels or ())
            case _:
                pass
    available = set(TARGET_LABELS)
    for selector in selectors:
        name = selector.name or ""
        if name not in known:
            yield f"no metric {name}"
            continue
        own = known[name] | TARGET_LABELS
        available |= own
        for matcher in selector.matchers.matchers:
            if matcher.name not in own:
                yield f"no label {matcher.name} on {name}"
    yield from (f"no metric here has a label {label}" for label in sorted(labels_used - available))


def _nodes(tree: promql.Expr) -> list[promql.Expr]:
    found: list[promql.Expr] = []
    promql.walk(tree, found.append)
    return found
