package attachment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/attachment"
)

// later is a scanner that is configured in the middle of a test: a service with it over the same store and bucket.
func (f *fixture) later(s attachment.Scanner) *attachment.Service {
	f.t.Helper()
	deps := f.deps
	deps.Scanner = s
	service, err := attachment.New(attachment.Config{}, deps)
	require.NoError(f.t, err)
	return service
}

// eicarFinder is a scanner that fails as long as told to.
type eicarFinder struct {
	failing atomic.Bool
	scans   atomic.Int32
}

func (s *eicarFinder) Scan(_ context.Context, content io.Reader) (attachment.Verdict, error) {
	s.scans.Add(1)
	if s.failing.Load() {
		return attachment.Verdict{}, errors.New("no")
	}
	text, err := io.ReadAll(content)
	if err == nil && strings.Contains(string(text), eicar()) {
		return attachment.Verdict{Finding: "Eicar-Test-Signature"}, nil
	}
	return attachment.Verdict{}, err
}

// What came while there was no scanner is scanned once there is one, and only then.
func TestFilesAreScannedLater(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	c, gone := f.file(), f.fileOf("137 1234 5678")
	good := f.add(c.GetName(), "good.txt", bytes.Repeat([]byte("good "), 50_000))
	bad := f.add(c.GetName(), "bad.txt", []byte(strings.Repeat("x", 200_000)+eicar()))
	f.add(gone.GetName(), "of one who was erased.txt", []byte("x"))
	f.erase(gone.GetCustomer())
	require.Equal(t, intakev1.Attachment_UNSCANNED, good.GetState())
	_, _, err := download(t.Context(), f.agent, bad.GetName())
	require.NoError(t, err)
	n, err := f.service.Rescan(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "there is no scanner")

	scanner := &eicarFinder{}
	scanner.failing.Store(true)
	service := f.later(scanner)
	n, err = service.Rescan(t.Context())
	require.Error(t, err)
	require.Zero(t, n)
	require.Equal(t, intakev1.Attachment_UNSCANNED, f.read(good.GetName()).GetState(), "without a verdict nothing changes")
	scanner.failing.Store(false)
	for _, want := range []int{2, 0} {
		n, err = service.Rescan(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	require.Equal(t, intakev1.Attachment_STORED, f.read(good.GetName()).GetState())
	found := f.read(bad.GetName())
	require.Equal(t, intakev1.Attachment_QUARANTINED, found.GetState())
	require.Equal(t, "Eicar-Test-Signature", found.GetFinding())
	require.Equal(t, "bad.txt", found.GetFileName())
	_, _, err = download(t.Context(), f.agent, bad.GetName())
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ATTACHMENT_QUARANTINED)
	require.Equal(t, []string{"complaint_received", "attachment_added", "attachment_added", "attachment_scanned", "attachment_scanned"}, f.types(c.GetName()))
}

// A pass that ends is gone on with; one file that cannot be scanned does not keep the others from it, and a scanner that is away
// is not asked about every file.
func TestRescanGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for i := range 30 {
		f.add(c.GetName(), "a.txt", fmt.Appendf(nil, "content %d", i))
	}
	scanner := &eicarFinder{}
	service := f.later(scanner)
	scanner.failing.Store(true)
	_, err := service.Rescan(t.Context())
	require.Error(t, err)
	require.EqualValues(t, 10, scanner.scans.Load())
	scanner.failing.Store(false)
	require.NoError(t, os.Remove(f.objects()[7]))
	ctx, stop := context.WithCancel(t.Context())
	service = f.later(stopper{scanner, stop, 11})
	first, err := service.Rescan(ctx)
	require.Error(t, err)
	require.Less(t, first, 29)
	second, err := f.later(scanner).Rescan(t.Context())
	require.ErrorContains(t, err, "missing")
	require.Equal(t, 29, first+second)
}

// stopper ends the process at some scan.
type stopper struct {
	*eicarFinder

	stop context.CancelFunc
	at   int32
}

func (s stopper) Scan(ctx context.Context, content io.Reader) (attachment.Verdict, error) {
	v, err := s.eicarFinder.Scan(ctx, content)
	if s.scans.Load() == 10+s.at {
		s.stop()
		return v, ctx.Err()
	}
	return v, err
}

// Files whose content was lost never get a verdict; however many they are, they keep no other file from its own, and the log names
// each of them.
func TestLostFilesKeepNoOtherFromBeingScanned(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	c := f.file()
	var lost []*intakev1.Attachment
	for i := range 12 {
		lost = append(lost, f.add(c.GetName(), "a.txt", fmt.Appendf(nil, "content %d", i)))
	}
	for i, object := range f.objects() {
		if i%2 == 0 {
			require.NoError(t, os.Remove(object))
			continue
		}
		require.NoError(t, os.WriteFile(object, []byte("damaged"), 0o600))
	}
	good := f.add(c.GetName(), "b.txt", []byte("good"))
	n, err := f.later(&eicarFinder{}).Rescan(t.Context())
	require.Error(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, intakev1.Attachment_STORED, f.read(good.GetName()).GetState())
	for _, a := range lost {
		require.Equal(t, intakev1.Attachment_UNSCANNED, f.read(a.GetName()).GetState())
		require.Contains(t, f.logged.String(), a.GetName())
	}
}

// Files that the scanner refuses look like a scanner that is away: the pass ends, but the next one begins behind them.
func TestFilesThatAScannerRefusesDoNotStopTheRest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for i := range 12 {
		f.add(c.GetName(), "a.txt", fmt.Appendf(nil, "too large %d", i))
	}
	good := f.add(c.GetName(), "b.txt", []byte("good"))
	service := f.later(picky{})
	for range 2 {
		_, err := service.Rescan(t.Context())
		require.Error(t, err)
	}
	require.Equal(t, intakev1.Attachment_STORED, f.read(good.GetName()).GetState())
}

// picky is a scanner that answers what it is not made for with an error.
type picky struct{}

func (picky) Scan(_ context.Context, content io.Reader) (attachment.Verdict, error) {
	text, err := io.ReadAll(content)
	if err == nil && strings.HasPrefix(string(text), "too large") {
		err = errors.New("INSTREAM size limit exceeded. ERROR")
	}
	return attachment.Verdict{}, err
}

// What uploads left behind is removed in time also while a scan takes long.
func TestSweepDoesNotWaitForScans(t *testing.T) {
	t.Parallel()
	f := newFixture(t, rules(t, `attachments: {max_bytes: 300000, max_per_complaint: 2, media_types: [text/plain], abandoned_after: 24h, sweep_every: 1s}`))
	f.add(f.file().GetName(), "a.txt", []byte("content"))
	scanner := &waiter{began: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	service := f.later(scanner)
	go func() {
		defer close(ended)
		service.Run(ctx)
	}()
	<-scanner.began
	left := f.objects()[0] + "aaaa"
	require.NoError(t, os.WriteFile(left, []byte("left"), 0o600))
	f.pass(time.Since(begin()) + 25*time.Hour)
	require.Eventually(t, func() bool { return len(f.objects()) == 1 }, time.Minute, 5*time.Millisecond)
	stop()
	<-ended
}

// waiter is a scanner whose scan lasts until it is not wanted any more.
type waiter struct{ began chan struct{} }

func (s *waiter) Scan(ctx context.Context, _ io.Reader) (attachment.Verdict, error) {
	close(s.began)
	<-ctx.Done()
	return attachment.Verdict{}, ctx.Err()
}

// Files are looked after while the process runs, not only when it starts.
func TestFilesAreLookedAfter(t *testing.T) {
	t.Parallel()
	f := newFixture(t, rules(t, `attachments: {max_bytes: 300000, max_per_complaint: 2, media_types: [text/plain], abandoned_after: 24h, sweep_every: 1s}`))
	c := f.file()
	a := f.add(c.GetName(), "a.txt", []byte("content"))
	service := f.later(&eicarFinder{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		service.Run(ctx)
	}()
	state := func() intakev1.Attachment_State { return f.read(a.GetName()).GetState() }
	require.Eventually(t, func() bool { return state() == intakev1.Attachment_STORED }, time.Minute, 5*time.Millisecond)
	left := f.objects()[0] + "aaaa"
	require.NoError(t, os.WriteFile(left, []byte("left"), 0o600))
	f.pass(time.Since(begin()) + 25*time.Hour)
	require.Eventually(t, func() bool { return len(f.objects()) == 1 }, time.Minute, 5*time.Millisecond)
	stop()
	<-ended
}
