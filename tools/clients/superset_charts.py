"""Asks the SQL door with Apache Superset's own code: its engine spec for
PostgreSQL lists what there is, and its datasets write and run the statements of
charts. Nothing of Superset is served; its metadata are a SQLite file.

Called by tools/clients/run with the address in LODESTAR_SQL (HOST:PORT), the
user in LODESTAR_USER, the password in LODESTAR_PASSWORD, and a folder for
Superset's own files in LODESTAR_WORK.
"""

import logging
import os
import sys
import tempfile
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
work = os.environ.get("LODESTAR_WORK") or tempfile.mkdtemp()
with open(os.path.join(work, "superset_config.py"), "w") as f:
    f.write(f"SECRET_KEY = {'not a secret, nothing is served ' * 2!r}\n"
            f"SQLALCHEMY_DATABASE_URI = {'sqlite:///' + os.path.join(work, 'superset.db')!r}\n"
            f"DATA_DIR = {work!r}\n"
            "FILTER_STATE_CACHE_CONFIG = EXPLORE_FORM_DATA_CACHE_CONFIG = {'CACHE_TYPE': 'SimpleCache'}\n")
sys.path.insert(0, work)

from superset.app import create_app  # noqa: E402

logging.disable(logging.WARNING)
app = create_app()

host, port = os.environ["LODESTAR_SQL"].rsplit(":", 1)
user, password = os.environ["LODESTAR_USER"], os.environ["LODESTAR_PASSWORD"]
checks, wrong = 0, []


def same(what, got, want):
    global checks
    checks += 1
    if got != want:
        wrong.append(f"{what}\n  got  {got!r}\n  want {want!r}")


def database():
    import superset.connectors.sqla.models  # noqa: F401, its tables
    from flask_appbuilder import Model
    from superset.extensions import db
    from superset.models.core import Database

    Model.metadata.create_all(db.engine)
    uri = f"postgresql+psycopg2://{user}:{urllib.parse.quote(password)}@{host}:{port}/lodestar?sslmode=require"
    out = Database(database_name="lodestar", expose_in_sqllab=True)
    out.set_sqlalchemy_uri(uri)
    db.session.add(out)
    db.session.commit()
    return out


def catalogue(database):
    """What the page for connecting and SQL Lab's tree ask."""
    from superset.sql.parse import Table

    same("engine spec", database.db_engine_spec.__name__, "PostgresEngineSpec")
    with database.get_sqla_engine() as engine:
        same("test of the connection", database.db_engine_spec.get_cancel_query_id is not None, True)
        with engine.connect() as c:
            same("ping", engine.dialect.do_ping(c.connection), True)
    same("schemas", set(database.get_all_schema_names(catalog=None)) >= {"public", "sales", "traffic"}, True)
    tables = {t[0] for t in database.get_all_table_names_in_schema(catalog=None, schema="sales")}
    same("tables", tables, {"metrics", "orders"})
    same("views", database.get_all_view_names_in_schema(catalog=None, schema="sales"), set())
    table = Table("orders", "sales")
    columns = {c["column_name"]: str(c["type"]) for c in database.get_columns(table)}
    same("columns", {n: columns[n] for n in ("metric_time", "store__region", "revenue", "order_count")},
         {"metric_time": "TIMESTAMP", "store__region": "TEXT", "revenue": "NUMERIC", "order_count": "BIGINT"})
    same("primary key", database.get_pk_constraint(table).get("constrained_columns") or [], [])
    database.get_indexes(table), database.get_foreign_keys(table), database.get_table_comment(table)
    star = database.select_star(table, limit=10, show_cols=True, latest_partition=False, cols=[c for c in database.get_columns(table) if c["column_name"] in ("channel", "revenue")])
    same("preview", sorted(r[0] for r in database.get_df(star, schema="sales").itertuples(index=False)), ["app", "it's", "web"])
    return star


def dataset(database, name, sql=None):
    from superset.connectors.sqla.models import SqlaTable, SqlMetric
    from superset.extensions import db

    out = SqlaTable(table_name=name, schema="sales", database=database, sql=sql)
    db.session.add(out)
    db.session.flush()
    out.fetch_metadata()
    if sql is None:
        out.main_dttm_col = "metric_time"
        out.metrics = [SqlMetric(metric_name=m, expression=f"MEASURE({m})") for m in ("revenue", "order_count", "aov")]
    db.session.commit()
    return out


def chart(table, **asked):
    """Runs what a chart would ask, and gives its rows and its statement."""
    query = {"granularity": None, "from_dttm": None, "to_dttm": None, "groupby": [], "columns": [], "metrics": [], "filter": [],
             "is_timeseries": False, "row_limit": 100, "extras": {}, "orderby": [], **asked}
    result = table.query(query)
    if result.error_message:
        wrong.append(f"{result.error_message}\n{result.query}")
        return [], result.query
    return [tuple(r) for r in result.df.itertuples(index=False)], result.query


def charts(database):
    import datetime

    orders = dataset(database, "orders")
    rows, sql = chart(orders, groupby=["channel"], columns=["channel"], metrics=["revenue", "order_count"], orderby=[["revenue", False]])
    same("by channel", [(c, float(r), n) for c, r, n in rows], [("web", 300.5, 2), ("it's", 80.0, 1), ("app", 70.25, 2)])
    rows, sql = chart(orders, metrics=["aov"], filter=[{"col": "channel", "op": "IN", "val": ["web", "app"]}])
    same("big number", [round(float(r[0]), 4) for r in rows], [92.6875])
    span = {"from_dttm": datetime.datetime(2026, 1, 1), "to_dttm": datetime.datetime(2026, 4, 1), "granularity": "metric_time"}
    for grain, months in (("P1M", None), ("P1D", None), ("P1W", None), ("PT1H", None), ("P3M", None), ("P1Y", None)):
        rows, sql = chart(orders, **span, is_timeseries=True, metrics=["revenue"], extras={"time_grain_sqla": grain})
        same(f"over time {grain}", len(rows) > 0 and "DATE_TRUNC" in sql, True)
        same(f"sum over time {grain}", round(sum(float(r[-1]) for r in rows), 2), 450.75)
    rows, sql = chart(orders, **span, is_timeseries=True, groupby=["channel"], columns=["channel"], metrics=["revenue"],
                      extras={"time_grain_sqla": "P1M", "having": "MEASURE(revenue) > 50", "where": "channel <> 'it''s'"}, orderby=[["revenue", False]])
    same("conditions", len(rows) > 0, True)
    rows, sql = chart(orders, columns=["channel"], groupby=["channel"], metrics=[], orderby=[["channel", True]])
    same("values of a filter", [r[0] for r in rows], ["app", "it's", "web"])
    same("filter box", sorted(orders.values_for_column("channel")), ["app", "it's", "web"])
    adhoc = {"expressionType": "SIMPLE", "column": {"column_name": "revenue", "type": "NUMERIC"}, "aggregate": "SUM", "label": "total"}
    rows, sql = chart(orders, groupby=["channel"], columns=["channel"], metrics=[adhoc], orderby=[[adhoc, False]])
    same("SUM of a sum", [(c, float(v)) for c, v in rows][:1], [("web", 300.5)])
    virtual = dataset(database, "monthly", "SELECT channel, date_trunc('month', metric_time) AS month, MEASURE(revenue) AS revenue FROM sales.orders GROUP BY 1, 2")
    adhoc = {"expressionType": "SIMPLE", "column": {"column_name": "revenue", "type": "NUMERIC"}, "aggregate": "SUM", "label": "total"}
    rows, sql = chart(virtual, groupby=["channel"], columns=["channel"], metrics=[adhoc], orderby=[[adhoc, False]])
    same("virtual dataset", ("virtual_table" in sql, [(c, float(v)) for c, v in rows][:1]), (True, [("web", 300.5)]))
    return sql


with app.app_context():
    from importlib.metadata import version

    there = database()
    for step in (catalogue, charts):
        try:
            step(there)
        except Exception as error:  # what comes after it is still tried
            logging.disable(logging.NOTSET)
            logging.exception("%s", step.__name__)
            wrong.append(f"{step.__name__}: {error}")
    print(f"Superset {version('apache-superset')}: {checks} checks, {len(wrong)} wrong", *wrong, sep="\n")
    sys.exit(1 if wrong else 0)
