"""The few kinds of panel that lanwarden's dashboards use, all with the same looks."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

DATASOURCE = looks.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"

Steps = Sequence[tuple[float | None, str]]


def stat_panel(
    title: str, description: str, expr: str, *, steps: Steps = ((None, BLUE),), unit: str = "short"
) -> stat.Panel:
    """One figure; `steps` colour it from each value upwards (`None`: from the beginning)."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .thresholds(_thresholds(steps))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .color_mode(looks.BigValueColorMode.VALUE)
        .graph_mode(looks.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(expr, "A", instant=True))
        .height(4)
        .span(4)
    )


def bars(
    title: str,
    description: str,
    queries: Sequence[tuple[str, str]],
    *,
    span: int,
    empty: str = "",
) -> bargauge.Panel:
    """One bar per series, at this moment; `queries` as for `lines`, `empty` as for `rows`."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .min(0)
        .thresholds(_thresholds([(None, BLUE)]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .orientation(looks.VizOrientation.HORIZONTAL)
        .display_mode(looks.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .height(8)
        .span(span)
    )
    for number, (expr, legend) in enumerate(queries):
        panel.with_target(_query(expr, chr(ord("A") + number), instant=True, legend=legend))
    if empty:
        panel.no_value(empty)
    return panel


def lines(
    title: str,
    description: str,
    queries: Sequence[tuple[str, str]],
    *,
    span: int,
    unit: str = "short",
    stacked: bool = False,
    top: float | None = None,
) -> timeseries.Panel:
    """Series over time; `queries` are pairs of expression and legend."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .min(0)
        .line_width(1)
        .fill_opacity(30 if stacked else 5)
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI))
        .height(8)
        .span(span)
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if top is not None:
        panel.max(top)
    for number, (expr, legend) in enumerate(queries):
        panel.with_target(_query(expr, chr(ord("A") + number), legend=legend))
    return panel


def rows(
    title: str,
    description: str,
    queries: Sequence[str],
    *,
    columns: dict[str, str],
    span: int,
    sort: str = "",
    units: dict[str, str] | None = None,
    widths: dict[str, int] | None = None,
    empty: str = "",
) -> table.Panel:
    """One row per series; `columns` names labels (and `Value #A`, …) to show, in order.

    `units` and `widths` (in pixels) go by the columns' shown names. `empty` is what the panel says
    without rows; a panel that has it may well be empty.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(span)
        # Before the merge: rows that differ in a column that nobody shows are not merged.
        .with_transformation(
            model.DataTransformerConfig(
                id_val="filterFieldsByName", options={"include": {"names": list(columns)}}
            )
        )
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={
                    "indexByName": {name: place for place, name in enumerate(columns)},
                    "renameByName": columns,
                },
            )
        )
    )
    for number, expr in enumerate(queries):
        panel.with_target(_query(expr, chr(ord("A") + number), instant=True, as_table=True))
    for column, unit in (units or {}).items():
        panel.override_by_name(column, [model.DynamicConfigValue(id_val="unit", value=unit)])
    for column, width in (widths or {}).items():
        panel.override_by_name(column, [_width(width)])
    if sort:
        panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    if empty:
        panel.no_value(empty)
    return panel


def matrix(
    title: str,
    description: str,
    expr: str,
    *,
    row: str,
    column: str,
    order: Sequence[str],
    span: int,
) -> table.Panel:
    """One row per value of label `row`, one column per value of label `column`, in `order`."""
    corner = f"{row}\\{column}"
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(span)
        .with_target(_query(expr, "A", instant=True, as_table=True))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="groupingToMatrix",
                options={
                    "rowField": row,
                    "columnField": column,
                    "valueField": "Value",
                    "emptyValue": "zero",
                },
            )
        )
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={
                    "indexByName": {name: place for place, name in enumerate([corner, *order])},
                    "renameByName": {corner: row},
                },
            )
        )
        .override_by_name(row, [_width(280)])
    )


def words(title: str, content: str, *, span: int) -> text.Panel:
    """A panel of Markdown."""
    return text.Panel().title(title).mode(TextMode.MARKDOWN).content(content).height(8).span(span)


def _width(pixels: int) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val="custom.width", value=pixels)


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in steps])
    )


def _query(
    expr: str, ref_id: str, *, legend: str = "", instant: bool = False, as_table: bool = False
) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expr).ref_id(ref_id).datasource(DATASOURCE)
    if instant:
        query.instant()
    else:
        query.range()
    if as_table:
        query.format(PromQueryFormat.TABLE)
    elif legend:
        query.legend_format(legend)
    return query
