import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;

/** Asks through the JDBC driver of Postgres; prints a check a line: its name, a tab, and why it failed or nothing. */
public class Check {
    interface Body {
        void run(Connection connection) throws Exception;
    }

    static String url;
    static final String PASSWORD = System.getenv("PASSWORD");

    public static void main(String[] given) {
        url = given[0];
        check("schemas", Check::schemas);
        check("tables", Check::tables);
        check("views", Check::views);
        check("columns", Check::columns);
        check("columns of a view", c -> holds(names(c.getMetaData().getColumns(null, "metrics", "change_lead_time", null), 4).contains("window_start"), "missing"));
        check("primary keys", c -> c.getMetaData().getPrimaryKeys(null, "public", "deployments").next());
        check("indexes", c -> c.getMetaData().getIndexInfo(null, "public", "deployments", false, true).next());
        check("foreign keys", c -> c.getMetaData().getImportedKeys(null, "public", "deployments").next());
        check("kinds of tables", c -> holds(names(c.getMetaData().getTableTypes(), 1).contains("VIEW"), "no views"));
        check("types", c -> holds(names(c.getMetaData().getTypeInfo(), 1).contains("timestamptz"), "no timestamptz"));
        check("catalogs", c -> holds(names(c.getMetaData().getCatalogs(), 1).contains("milepost"), "no milepost"));
        check("functions", c -> c.getMetaData().getFunctions(null, "public", "%").next());
        check("types of a result", Check::typesOfAResult);
        check("a prepared statement, also by the server", Check::prepared);
        check("a prepared statement in binary", Check::binary);
        check("rows by the hundred", Check::byTheHundred);
        check("read only", Check::readOnly);
        check("a failed transaction", Check::failedTransaction);
        check("back to a savepoint", Check::savepoint);
        check("a limit of time", Check::limited);
        check("isValid", c -> holds(c.isValid(5), "it is not"));
        check("setSchema", Check::ownSchema);
        check("an insert", Check::insert);
    }

    static void check(String name, Body body) {
        String why = "";
        try (Connection connection = connect(Map.of())) {
            body.run(connection);
        } catch (SQLException failure) {
            why = failure.getSQLState() + " " + failure.getMessage();
        } catch (Exception failure) {
            why = failure.toString();
        }
        System.out.println(name + "\t" + why.replaceAll("\\s+", " "));
    }

    static Connection connect(Map<String, String> more) throws SQLException {
        Properties login = new Properties();
        login.put("user", System.getenv("LOGIN"));
        login.put("password", PASSWORD);
        login.putAll(more);
        return DriverManager.getConnection(url, login);
    }

    static void holds(boolean is, String otherwise) {
        if (!is) {
            throw new IllegalStateException(otherwise);
        }
    }

    static List<String> names(ResultSet rows, int column) throws SQLException {
        List<String> names = new ArrayList<>();
        while (rows.next()) {
            names.add(rows.getString(column));
        }
        return names;
    }

    static long count(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    static void schemas(Connection connection) throws Exception {
        List<String> found = names(connection.getMetaData().getSchemas(), 1);
        holds(found.contains("public") && found.contains("metrics"), "got " + found);
    }

    static void tables(Connection connection) throws Exception {
        ResultSet rows = connection.getMetaData().getTables(null, "public", "deploy%", new String[] {"TABLE"});
        String remarks = null;
        while (rows.next()) {
            if (rows.getString("TABLE_NAME").equals("deployments")) {
                remarks = String.valueOf(rows.getString("REMARKS"));
            }
        }
        holds(remarks != null, "deployments is missing");
        holds(!remarks.equals("null"), "deployments has no comment");
    }

    static void views(Connection connection) throws Exception {
        ResultSet rows = connection.getMetaData().getTables(null, "metrics", "%", new String[] {"VIEW"});
        holds(names(rows, 3).contains("change_lead_time"), "change_lead_time is missing");
    }

    static void columns(Connection connection) throws Exception {
        ResultSet rows = connection.getMetaData().getColumns(null, "public", "deployments", "%");
        TreeSet<String> found = new TreeSet<>();
        while (rows.next()) {
            found.add(rows.getString("COLUMN_NAME") + " " + rows.getString("TYPE_NAME"));
            holds(rows.getString("REMARKS") != null, rows.getString("COLUMN_NAME") + " has no comment");
        }
        List<String> wanted = List.of("finished_at timestamptz", "is_planned bool", "manual_steps_count int8", "approving_team_ids _text");
        holds(found.containsAll(wanted), "got " + found);
    }

    static void typesOfAResult(Connection connection) throws Exception {
        String query = "select finished_at, is_planned, manual_steps_count, approving_team_ids, date '2026-02-03', 1.5::float8 from deployments where approving_team_ids is not null limit 1";
        try (ResultSet rows = connection.createStatement().executeQuery(query)) {
            rows.next();
            holds(rows.getObject(1, OffsetDateTime.class).getOffset().equals(ZoneOffset.UTC), "no UTC");
            holds(rows.getObject(2) instanceof Boolean, "no Boolean");
            holds(rows.getObject(3) instanceof Long, "no Long");
            holds(rows.getArray(4).getArray() instanceof String[], "no text[]");
            holds(rows.getDate(5).toString().equals("2026-02-03"), "another day");
            holds(rows.getDouble(6) == 1.5, "another number");
        }
    }

    /** The driver has the server prepare from the fifth time on. */
    static void prepared(Connection connection) throws Exception {
        String query = "select count(*) from deployments where service_id = ? and finished_at >= ? and finished_at < ?";
        long wanted = count(connection, "select count(*) from deployments where service_id = 'checkout' and finished_at >= '2026-01-01T00:00:00Z' and finished_at < '2026-07-01T00:00:00Z'");
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int time = 1; time <= 8; time++) {
                statement.setString(1, "checkout");
                statement.setTimestamp(2, Timestamp.from(Instant.parse("2026-01-01T00:00:00Z")));
                statement.setObject(3, OffsetDateTime.parse("2026-07-01T00:00:00Z"));
                ResultSet rows = statement.executeQuery();
                rows.next();
                holds(rows.getLong(1) == wanted, "got " + rows.getLong(1) + " the " + time + "th time, not " + wanted);
            }
        }
    }

    static void binary(Connection unused) throws Exception {
        try (Connection connection = connect(Map.of("prepareThreshold", "-1", "binaryTransfer", "true"));
             PreparedStatement statement = connection.prepareStatement("select manual_steps_count, finished_at, is_planned, approving_team_ids from deployments where manual_steps_count >= ? and is_planned = ? and approving_team_ids is not null limit 3")) {
            for (int time = 1; time <= 3; time++) {
                statement.setInt(1, 1);
                statement.setBoolean(2, true);
                ResultSet rows = statement.executeQuery();
                holds(rows.next(), "nothing found");
                holds(rows.getLong(1) >= 1 && rows.getBoolean(3), "another row");
                holds(rows.getTimestamp(2) != null && rows.getArray(4).getArray() instanceof String[], "another type");
            }
        }
    }

    static void byTheHundred(Connection connection) throws Exception {
        long wanted = count(connection, "select count(*) from deployments");
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement("select deployment_id from deployments order by 1")) {
            statement.setFetchSize(100);
            TreeSet<String> found = new TreeSet<>(names(statement.executeQuery(), 1));
            holds(found.size() == wanted, "got " + found.size() + ", not " + wanted);
        }
        connection.commit();
    }

    static void readOnly(Connection connection) throws Exception {
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        holds(count(connection, "select 1") == 1, "another number");
        connection.commit();
        holds(connection.isReadOnly(), "it is not");
        holds(connection.getTransactionIsolation() == Connection.TRANSACTION_REPEATABLE_READ, "another isolation");
    }

    static void failedTransaction(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        code(connection, "select missing from deployments", "42703");
        code(connection, "select 1", "25P02");
        connection.rollback();
        holds(count(connection, "select 1") == 1, "another number");
    }

    static void savepoint(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        var here = connection.setSavepoint("here");
        code(connection, "select missing from deployments", "42703");
        connection.rollback(here);
        holds(count(connection, "select 1") == 1, "another number");
    }

    static void limited(Connection connection) throws Exception {
        // So that it ends where it can't be cancelled.
        connection.createStatement().execute("set statement_timeout = 8000");
        long began = System.nanoTime();
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r");
            holds(false, "it ended by itself");
        } catch (SQLException failure) {
            holds("57014".equals(failure.getSQLState()), failure.getSQLState() + " " + failure.getMessage());
        }
        double took = (System.nanoTime() - began) / 1e9;
        holds(took < 3, "it took " + took + " s, limited to 1 s");
    }

    static void ownSchema(Connection connection) throws Exception {
        connection.setSchema("metrics");
        holds(count(connection, "select count(*) from change_lead_time where window_kind = 'year'") > 0, "nothing found");
    }

    static void insert(Connection connection) throws Exception {
        try (PreparedStatement statement = connection.prepareStatement("insert into deployments (deployment_id) values (?)")) {
            statement.setString(1, "x");
            statement.executeUpdate();
            holds(false, "it was done");
        } catch (SQLException failure) {
            holds("42501".equals(failure.getSQLState()), failure.getSQLState() + " " + failure.getMessage());
        }
    }

    static void code(Connection connection, String query, String wanted) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery(query);
            holds(false, "it was answered");
        } catch (SQLException failure) {
            holds(wanted.equals(failure.getSQLState()), "refused with " + failure.getSQLState() + ", not " + wanted + ": " + failure.getMessage());
        }
    }
}
