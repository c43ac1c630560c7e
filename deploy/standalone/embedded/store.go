package embedded

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/resolver"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// store is the data file of the server.
type store struct {
	path string
	sql  *config.SQL
}

// openStore finds or makes the data file in the directory and makes sure that
// it has a schema and the namespace. The file is named after the minor version
// of the server, because the server cannot migrate SQLite files from one minor
// version to the next.
func openStore(cfg Config, logs log.Logger) (*store, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the Temporal data directory: %w", err)
	}
	path := filepath.Join(dir, fileName(headers.ServerVersion))
	s := &store{path: path, sql: &config.SQL{
		PluginName: sqlite.PluginName,
		// The plugin pastes the name into a URI.
		DatabaseName: (&url.URL{Path: path}).EscapedPath(),
		// Keys that are not URI parameters become pragmas, and they do so only
		// without a leading underscore.
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"busy_timeout": "10000",
			"journal_mode": "wal",
			"synchronous":  cfg.Synchronous,
		},
		// A second connection brings SQLITE_BUSY and no speed.
		MaxConns:     1,
		MaxIdleConns: 1,
	}}
	if err := s.ensureSchema(logs); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	if err := s.ensureNamespace(cfg); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	return s, nil
}

// fileName returns the data file's name for a server version: "temporal-1.32.db"
// for 1.32.1.
func fileName(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return "temporal-" + strings.Join(parts[:min(2, len(parts))], ".") + ".db"
}

// ensureSchema makes the tables in one transaction, so that a process killed
// meanwhile leaves an empty file and not half a schema.
func (s *store) ensureSchema(logs log.Logger) error {
	// SQLite gives its side files the mode of the data file, so that is made here.
	file, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, err := sql.NewSQLAdminDB(sqlplugin.DbKindUnknown, s.sql, resolver.NewNoopResolver(), logs, metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	tables, err := db.ListTables(s.sql.DatabaseName)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if len(tables) > 0 {
		return nil
	}
	// There is one connection, so these statements share it.
	if err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := sqliteschema.SetupSchemaOnDB(db); err != nil {
		_ = db.Exec("ROLLBACK")
		return err
	}
	return db.Exec("COMMIT")
}

// ensureNamespace makes the namespace with its search attributes before the
// server reads them. One that exists is left to reconcile.
func (s *store) ensureNamespace(cfg Config) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, cfg.Namespace, false, cfg.SearchAttributes)
	if err != nil {
		return err
	}
	ns.Detail.Config.Retention = durationpb.New(cfg.Retention)
	return sqliteschema.CreateNamespaces(s.sql, ns)
}

// earlier lists the data files of other server versions beside this one.
func (s *store) earlier() []string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(s.path), "temporal-*.db"))
	var others []string
	for _, path := range found {
		if path != s.path {
			others = append(others, filepath.Base(path))
		}
	}
	return others
}
