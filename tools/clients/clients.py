"""Asks the SQL door with psycopg, SQLAlchemy and pandas.

Called by tools/clients/run with the address in LODESTAR_SQL (HOST:PORT), the
user in LODESTAR_USER and the password in LODESTAR_PASSWORD.
"""

import datetime
import decimal
import os
import urllib.parse

import pandas
import psycopg
import sqlalchemy

host, port = os.environ["LODESTAR_SQL"].rsplit(":", 1)
user, password = os.environ["LODESTAR_USER"], os.environ["LODESTAR_PASSWORD"]
checks = 0


def same(what, got, want):
    global checks
    checks += 1
    if got != want:
        raise SystemExit(f"{what}\n  got  {got!r}\n  want {want!r}")


def with_psycopg():
    with psycopg.connect(host=host, port=port, user=user, password=password, dbname="lodestar", sslmode="require") as c:
        sql = "select channel, measure(revenue) as r from sales.orders where channel = %s or channel = any(%s) group by 1 order by 2 desc"
        for binary in (False, True):
            for prepare in (False, True):
                with c.cursor(binary=binary) as cur:
                    cur.execute(sql, ("web", ["app"]), prepare=prepare)
                    same("psycopg", cur.fetchall(), [("web", decimal.Decimal("300.5")), ("app", decimal.Decimal("70.25"))])
                    cur.execute("select date_trunc('month', metric_time), measure(order_count) from sales.metrics where metric_time >= %s group by 1 order by 1",
                                (datetime.date(2026, 2, 1),))
                    same("months", cur.fetchall(), [(datetime.datetime(2026, 2, 1), 2)])
        with c.cursor(name="server_side") as cur:
            cur.execute("select channel, revenue from orders group by 1 order by 1")
            same("cursor", [r[0] for r in cur], ["app", "it's", "web"])
        with c.cursor().copy("COPY (select channel, measure(order_count) from orders group by 1 order by 1) TO STDOUT") as copy:
            same("copy", [r for r in copy.rows()], [("app", "2"), ("it's", "1"), ("web", "2")])
        try:
            c.execute("select measure(revenu) from sales.metrics")
        except psycopg.errors.UndefinedColumn as e:
            same("hint", e.diag.message_hint, "did you mean revenue?")
            same("position", e.diag.statement_position, "16")
        else:
            raise SystemExit("an unknown metric was answered")
        c.rollback()
        with c.transaction():
            with c.transaction():
                same("savepoint", c.execute("select 1").fetchone(), (1,))


def with_sqlalchemy():
    url = f"postgresql+psycopg://{user}:{urllib.parse.quote(password)}@{host}:{port}/lodestar?sslmode=require"
    engine = sqlalchemy.create_engine(url)
    look = sqlalchemy.inspect(engine)
    same("schemas", set(look.get_schema_names()) >= {"public", "sales", "traffic"}, True)
    same("tables", sorted(look.get_table_names("sales")), ["metrics", "orders"])
    same("has_table", (look.has_table("orders", "sales"), look.has_table("nothing", "sales")), (True, False))
    columns = {c["name"]: c["type"] for c in look.get_columns("metrics", "sales")}
    same("types", [type(columns[n]).__name__ for n in ("metric_time", "store__region", "revenue", "order_count", "aov")],
         ["TIMESTAMP", "TEXT", "NUMERIC", "BIGINT", "DOUBLE_PRECISION"])
    for what in (look.get_pk_constraint, look.get_foreign_keys, look.get_indexes, look.get_unique_constraints, look.get_check_constraints):
        what("orders", "sales")
    same("comment", look.get_table_comment("orders", "sales"), {"text": "Orders"})
    same("views", look.get_view_names("sales"), [])

    meta = sqlalchemy.MetaData()
    orders = sqlalchemy.Table("orders", meta, schema="sales", autoload_with=engine)
    query = (sqlalchemy.select(orders.c.channel, sqlalchemy.func.sum(orders.c.revenue).label("r"))
             .where(orders.c.metric_time >= datetime.datetime(2026, 1, 1), orders.c.metric_time < datetime.datetime(2026, 2, 1))
             .group_by(orders.c.channel).order_by(sqlalchemy.desc("r")).limit(10))
    with engine.connect() as c:
        same("select", [(a, float(b)) for a, b in c.execute(query)], [("web", 300.5), ("app", 50.25)])
        inner = sqlalchemy.select(orders.c.channel, sqlalchemy.func.measure(orders.c.aov).label("a")).group_by(orders.c.channel).subquery("virtual_table")
        same("sub-select", len(c.execute(sqlalchemy.select(inner).limit(2)).all()), 2)
    frame = pandas.read_sql("select date_trunc('week', metric_time) as week, store__region, measure(revenue) as revenue "
                            "from sales.metrics where metric_time >= '2026-01-01' group by 1, 2 order by 1, 2", engine)
    same("pandas columns", list(frame.columns), ["week", "store__region", "revenue"])
    same("pandas types", str(frame["week"].dtype).startswith("datetime64"), True)
    same("pandas sum", float(frame["revenue"].sum()), 450.75)
    chunks = list(pandas.read_sql("select channel, order_count from orders group by 1", engine, chunksize=2))
    same("pandas chunks", [len(x) for x in chunks], [2, 1])


with_psycopg()
with_sqlalchemy()
print(f"ok psycopg {psycopg.__version__}, SQLAlchemy {sqlalchemy.__version__}, pandas {pandas.__version__}: {checks} checks")
