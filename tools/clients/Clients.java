import java.sql.*;
import java.util.*;

/** Asks the SQL door with JDBC; called by tools/clients/run. */
public class Clients {
    static int checks;

    static void same(String what, Object got, Object want) {
        checks++;
        if (!Objects.equals(got, want)) {
            System.err.println(what + "\n  got  " + got + "\n  want " + want);
            System.exit(1);
        }
    }

    static List<String> names(ResultSet rs, String column) throws SQLException {
        List<String> out = new ArrayList<>();
        while (rs.next()) out.add(rs.getString(column));
        return out;
    }

    public static void main(String[] args) throws Exception {
        Properties p = new Properties();
        p.setProperty("user", System.getenv("LODESTAR_USER"));
        p.setProperty("password", System.getenv("LODESTAR_PASSWORD"));
        p.setProperty("sslmode", "require");
        p.setProperty("prepareThreshold", "-1"); // binary and server-side from the first call
        String url = "jdbc:postgresql://" + System.getenv("LODESTAR_SQL") + "/lodestar";
        try (Connection c = DriverManager.getConnection(url, p)) {
            DatabaseMetaData m = c.getMetaData();
            same("schemas", names(m.getSchemas(), "TABLE_SCHEM").containsAll(List.of("public", "sales", "traffic")), true);
            same("tables", names(m.getTables(null, "sales", "%", new String[] {"TABLE"}), "TABLE_NAME"), List.of("metrics", "orders"));
            same("tables of the catalog", names(m.getTables(c.getCatalog(), "sales", "ord%", null), "TABLE_NAME"), List.of("orders"));
            List<String> columns = new ArrayList<>();
            try (ResultSet rs = m.getColumns(null, "sales", "metrics", "%")) {
                while (rs.next()) columns.add(rs.getString("COLUMN_NAME") + " " + rs.getString("TYPE_NAME") + " " + rs.getInt("DATA_TYPE"));
            }
            same("columns", columns.containsAll(List.of("metric_time timestamp " + Types.TIMESTAMP, "revenue numeric " + Types.NUMERIC, "order_count int8 " + Types.BIGINT, "aov float8 " + Types.DOUBLE)), true);
            m.getPrimaryKeys(null, "sales", "orders").close();
            m.getImportedKeys(null, "sales", "orders").close();
            m.getIndexInfo(null, "sales", "orders", false, true).close();
            m.getTypeInfo().close();
            m.getTableTypes().close();
            m.getCatalogs().close();
            m.getFunctions(null, null, "%").close();
            m.getProcedures(null, null, "%").close();
            m.getTablePrivileges(null, "sales", "%").close();
            same("read only", c.isReadOnly(), false);

            try (PreparedStatement s = c.prepareStatement("select channel, measure(revenue) as r, measure(order_count) as n from sales.orders where metric_time >= ? and metric_time < ? and channel <> ? group by 1 order by 2 desc limit ?")) {
                for (int i = 0; i < 3; i++) {
                    s.setTimestamp(1, Timestamp.valueOf("2026-01-01 00:00:00"));
                    s.setDate(2, java.sql.Date.valueOf("2026-03-01"));
                    s.setString(3, "app");
                    s.setInt(4, 5);
                    try (ResultSet rs = s.executeQuery()) {
                        same("row", rs.next(), true);
                        same("channel", rs.getString(1), "web");
                        same("revenue", rs.getBigDecimal("r").stripTrailingZeros().toPlainString(), "300.5");
                        same("orders", rs.getLong("n"), 2L);
                        same("row", rs.next(), true);
                        same("channel", rs.getString(1), "it's");
                        same("end", rs.next(), false);
                    }
                }
            }
            c.setAutoCommit(false);
            try (Statement s = c.createStatement()) {
                s.setFetchSize(2); // portals with a row limit
                int n = 0;
                try (ResultSet rs = s.executeQuery("select metric_time, store_id, revenue from orders group by 1, 2 order by 1")) {
                    Timestamp first = null;
                    while (rs.next()) {
                        n++;
                        if (first == null) first = rs.getTimestamp(1);
                    }
                    same("time", first, Timestamp.valueOf("2026-01-05 00:00:00"));
                }
                same("rows", n, 5);
            }
            c.commit();
            try (Statement s = c.createStatement()) {
                s.executeQuery("select nope from sales.metrics");
                same("unknown column", "answered", "refused");
            } catch (SQLException e) {
                same("state", e.getSQLState(), "42703");
            }
            c.rollback();
            try (Statement s = c.createStatement()) {
                s.executeUpdate("delete from sales.orders");
                same("delete", "done", "refused");
            } catch (SQLException e) {
                same("state", e.getSQLState(), "0A000");
            }
            c.rollback();
            System.out.println("ok " + m.getDriverName() + " " + m.getDriverVersion() + ": " + checks + " checks");
        }
        try {
            p.setProperty("password", "wrong wrong wrong");
            DriverManager.getConnection(url, p).close();
            same("wrong password", "let in", "refused");
        } catch (SQLException e) {
            same("wrong password", e.getSQLState(), "28P01");
        }
    }
}
