package embedded

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The library answers a port that is taken between our look and its own with
// Logger.Fatal. The process must live and say why.
func TestFatalOfLibraryIsAnError(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	cfg, err := Config{Dir: t.TempDir()}.resolve()
	require.NoError(t, err)
	s := &Server{logs: newLogger(slog.New(slog.NewTextHandler(t.Output(), nil)), slog.LevelWarn)}
	s.frontend = other.Addr().(*net.TCPAddr)
	data, err := openStore(cfg, s.logs)
	require.NoError(t, err)
	placed, err := placeServices(s.frontend)
	require.NoError(t, err)

	began := time.Now()
	err = s.run(t.Context(), serverOptions(placed, data, s.logs))
	require.ErrorContains(t, err, "address already in use")
	require.Less(t, time.Since(began), 10*time.Second)
	require.NoError(t, s.Close())
}

func TestFileNameCarriesMinorVersion(t *testing.T) {
	t.Parallel()
	require.Equal(t, "temporal-1.32.db", fileName("1.32.1"))
	require.Equal(t, "temporal-1.32.db", fileName("1.32"))
}
