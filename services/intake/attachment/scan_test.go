package attachment_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// eicar is the harmless text that all scanners take for malware, in two halves so that none takes this file for it.
func eicar() string {
	return `X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`
}

// daemon speaks ClamAV's INSTREAM at a listener, until the test ends. It takes streams of up to limit bytes.
func daemon(t *testing.T, network, address string, limit int) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.WriteString(conn, reply(conn, limit)+"\x00")
			}()
		}
	}()
	return listener
}

// reply reads one command and answers it as clamd does.
func reply(conn io.Reader, limit int) string {
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, command); err != nil || string(command) != "zINSTREAM\x00" {
		return "UNKNOWN COMMAND"
	}
	var content bytes.Buffer
	for {
		var size uint32
		if err := binary.Read(conn, binary.BigEndian, &size); err != nil {
			return "stream: broken ERROR"
		}
		if size == 0 {
			break
		}
		if content.Len()+int(size) > limit {
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&content, conn, int64(size)); err != nil {
			return "stream: broken ERROR"
		}
	}
	if strings.Contains(content.String(), eicar()) {
		return "stream: Eicar-Test-Signature FOUND"
	}
	return "stream: OK"
}

func clamd(t *testing.T, address string) *attachment.Clamd {
	t.Helper()
	scanner, err := attachment.NewClamd(address)
	require.NoError(t, err)
	return scanner
}

// A file with malware is kept and not handed out; others pass.
func TestMalwareIsQuarantined(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	for name, address := range map[string][2]string{
		"tcp":  {"tcp", "127.0.0.1:0"},
		"unix": {"unix", filepath.Join(t.TempDir(), "clamd.ctl")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := daemon(t, address[0], address[1], 1<<30)
			f := newFixture(t, scannedBy(clamd(t, address[0]+"://"+listener.Addr().String())))
			c := f.file()
			good := f.add(c.GetName(), "good.txt", bytes.Repeat([]byte("good "), 50_000))
			require.Equal(t, intakev1.Attachment_STORED, good.GetState())
			_, _, err := download(t.Context(), f.agent, good.GetName())
			require.NoError(t, err)
			for i, content := range []string{eicar(), strings.Repeat("x", 200_000) + eicar(), eicar() + strings.Repeat("x", 3_000_000)} {
				bad := f.add(c.GetName(), "bad.txt", []byte(content))
				require.Equal(t, intakev1.Attachment_QUARANTINED, bad.GetState())
				require.Equal(t, "Eicar-Test-Signature", bad.GetFinding())
				require.True(t, f.told(c.GetName()).GetQuarantined())
				require.Len(t, f.objects(), i+2, "it is kept")
				_, content, err := download(t.Context(), f.agent, bad.GetName())
				refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ATTACHMENT_QUARANTINED)
				require.Empty(t, content)
			}
		})
	}
}

// scanner is a function as one.
type scanner func(ctx context.Context, content io.Reader) (attachment.Verdict, error)

func (s scanner) Scan(ctx context.Context, content io.Reader) (attachment.Verdict, error) {
	return s(ctx, content)
}

// While the scanner cannot tell, uploads are refused for now, and nothing of them is left.
func TestScannerThatFails(t *testing.T) {
	t.Parallel()
	gone := daemon(t, "tcp", "127.0.0.1:0", 0)
	require.NoError(t, gone.Close())
	mute, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		for {
			conn, err := mute.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = mute.Close() })
	for name, s := range map[string]attachment.Scanner{
		"nobody listens":  clamd(t, "tcp://"+gone.Addr().String()),
		"no such socket":  clamd(t, "unix://"+filepath.Join(t.TempDir(), "none")),
		"it hangs up":     clamd(t, "tcp://"+mute.Addr().String()),
		"too long for it": clamd(t, "tcp://"+daemon(t, "tcp", "127.0.0.1:0", 100_000).Addr().String()),
		"it fails at once": scanner(func(context.Context, io.Reader) (attachment.Verdict, error) {
			return attachment.Verdict{}, errors.New("no")
		}),
		"it fails at the end": scanner(failAtEnd),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, scannedBy(s))
			c := f.file()
			_, err := upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName()}, bytes.Repeat([]byte("x"), 2_000_000))
			rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
			f.nothingKept(c.GetName())
		})
	}
}

func failAtEnd(_ context.Context, content io.Reader) (attachment.Verdict, error) {
	_, err := io.Copy(io.Discard, content)
	return attachment.Verdict{}, errors.Join(errors.New("no"), err)
}

// A caller who gives up ends the scan, too.
func TestScanEndsWithItsUpload(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan struct{})
	f := newFixture(t, scannedBy(scanner(func(ctx context.Context, content io.Reader) (attachment.Verdict, error) {
		defer close(ended)
		close(began)
		<-ctx.Done()
		_, err := io.Copy(io.Discard, content)
		return attachment.Verdict{}, fmt.Errorf("%w: %w", ctx.Err(), err)
	})))
	c := f.file()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	_, err := upload(ctx, f.agent, &intakev1.UploadMetadata{Parent: c.GetName()}, bytes.Repeat([]byte("x"), 2_000_000))
	require.Error(t, err)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		require.Fail(t, "the scan goes on")
	}
	f.nothingKept(c.GetName())
}

// Clamd speaks the protocol whatever the size, and ends with its context.
func TestClamd(t *testing.T) {
	t.Parallel()
	s := clamd(t, "tcp://"+daemon(t, "tcp", "127.0.0.1:0", 1<<30).Addr().String())
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20} {
		verdict, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", size)))
		require.NoError(t, err)
		require.Empty(t, verdict.Finding)
		verdict, err = s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", size)+eicar()))
		require.NoError(t, err)
		require.Equal(t, "Eicar-Test-Signature", verdict.Finding)
	}
	broken := errors.New("broken")
	_, err := s.Scan(t.Context(), io.MultiReader(strings.NewReader("x"), reader(func([]byte) (int, error) { return 0, broken })))
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Scan(ctx, reader(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	require.Error(t, err)
	small := clamd(t, "tcp://"+daemon(t, "tcp", "127.0.0.1:0", 10).Addr().String())
	_, err = small.Scan(t.Context(), strings.NewReader("more than ten bytes"))
	require.ErrorContains(t, err, "size limit exceeded")
}

// reader is a function as one.
type reader func(p []byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func TestAddressesOfScanners(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "clamd", "tcp://", "tcp://host", "tcp://host:1/x", "unix://", "unix://host/path", "http://host:1", "tcp://host:port", "\x00"} {
		_, err := attachment.NewClamd(address)
		require.Error(t, err, "%q", address)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
