package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/logtest"
)

// outcome is what a command line did.
type outcome struct {
	code        int
	out, errors string
}

// call runs a command line, with an environment of "NAME=value" pairs.
func call(t *testing.T, args []string, env ...string) outcome {
	t.Helper()
	var out, errors logtest.Buffer
	code := run(t.Context(), args, env, strings.NewReader(""), &out, &errors)
	return outcome{code, out.String(), errors.String()}
}

// begin runs a command line until stop is called, which returns its exit code.
func begin(t *testing.T, args []string, env ...string) (out, errors *logtest.Buffer, stop func() int) {
	t.Helper()
	out, errors = &logtest.Buffer{}, &logtest.Buffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, env, strings.NewReader(""), out, errors) }()
	stop = sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	t.Cleanup(func() { stop() })
	return out, errors, stop
}

// write makes a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// closedAddress is one that nobody listens on.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}
