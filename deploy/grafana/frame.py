"""What every dashboard of lanwarden has: data source, sites, links, and nobody edits it."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from deploy.grafana.panels import DATASOURCE

DATASOURCE_UID = "lanwarden-prometheus"


def frame(title: str, uid: str, description: str, page: str = "") -> dashboard.Dashboard:
    """An empty dashboard; `page` is the page of the agent that it links to."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["lanwarden"])
        .readonly()
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("1m")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("The agent's own page")
            .type(model.DashboardLinkType.LINK)
            .url(f"http://127.0.0.1:10460/{page}")
            .tooltip("On the agent's machine")
            .target_blank(True)
        )
        .with_variable(
            dashboard.DatasourceVariable("datasource")
            .label("Data source")
            .type("prometheus")
            .current(model.VariableOption(text="Prometheus", value=DATASOURCE_UID))
        )
        .with_variable(
            dashboard.QueryVariable("site")
            .label("Site")
            .datasource(DATASOURCE)
            .query("label_values(lanwarden_build_info, site)")
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(model.VariableOption(text="All", value="$__all"))
        )
    )
