package importer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/importer"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// desk files rows in memory, and breaks off now and then.
type desk struct {
	mu     sync.Mutex
	filed  map[string]int
	breaks int
	taken  int
	// sick has the server fail on some rows.
	sick bool
}

// shift is a server that files at a desk until the program ends. Streams may outlive that for a moment; they file nothing then.
type shift struct {
	intakev1.UnimplementedImportServiceServer

	desk *desk
	over bool
}

func (s *shift) end() {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	s.over = true
}

// ImportComplaints answers in order; after every breaks rows it goes away with the answer of the last one.
func (s *shift) ImportComplaints(stream intakev1.ImportService_ImportComplaintsServer) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	for number := int32(1); ; number++ {
		next, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer, gone := s.take(number, next.GetRow().GetExternalId())
		if gone {
			return errs.Unavailable("UNAVAILABLE", "The database is away.")
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

func (s *shift) take(number int32, id string) (answer *intakev1.ImportComplaintsResponse, gone bool) {
	d := s.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.over {
		return nil, true
	}
	answer = &intakev1.ImportComplaintsResponse{Row: number, ExternalId: id}
	if strings.HasPrefix(id, "bad") {
		answer.Problem = &errorv1.Problem{Code: "INVALID_ARGUMENT", Reason: "PHONE_INVALID", Message: "no"}
		return answer, false
	}
	if d.sick && len(id) == 2 {
		answer.Problem = &errorv1.Problem{Code: "INTERNAL", Reason: "INTERNAL", Message: "Internal error."}
		return answer, false
	}
	n, already := d.filed[id]
	if !already {
		n = len(d.filed) + 1
		d.filed[id] = n
	}
	answer.Complaint, answer.Already, answer.Conflict = fmt.Sprintf("complaints/%d", n), already, already && strings.HasPrefix(id, "other")
	d.taken++
	return answer, d.breaks > 0 && d.taken%d.breaks == 0
}

// try is one start of the program, which ends after so many outcomes when that is not 0.
func try(t *testing.T, d *desk, path, text string, until int) (importer.Summary, error) {
	t.Helper()
	now := &shift{desk: d}
	defer now.end()
	h := rpctest.Serve(t, func(server grpc.ServiceRegistrar) { intakev1.RegisterImportServiceServer(server, now) })
	journal, err := importer.OpenJournal(path, importer.Run{Digest: "d"}, time.Now)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	outcomes := 0
	err = importer.Import(ctx, importer.Config{Options: &intakev1.ImportOptions{Source: "crm"}, Concurrency: 7, Patience: time.Minute}, importer.Deps{
		Client: intakev1.NewImportServiceClient(h.Conn("agents/zhao", authv1.Role_SUPERVISOR)), Rows: importer.NewJSONLines(strings.NewReader(text)),
		Journal: journal, Retrying: func(error) {}, Waiting: func() {}, Now: time.Now,
		Progress: func(importer.Summary) {
			if outcomes++; outcomes == until {
				stop()
			}
		},
	})
	require.NoError(t, journal.Close())
	return journal.Summary(), err
}

func lines(n int) string {
	var text strings.Builder
	for i := range n {
		switch i % 10 {
		case 3:
			fmt.Fprintf(&text, "{\"externalId\":\"bad-%d\"}\n", i)
		case 7:
			text.WriteString("nonsense\n")
		default:
			fmt.Fprintf(&text, "{\"externalId\":\"%d\"}\n", i)
		}
	}
	return text.String()
}

// Interrupted as often as one likes, by this program or by the server, each row has one outcome and is filed once.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	d := &desk{filed: map[string]int{}, breaks: 97}
	path, text := filepath.Join(t.TempDir(), "outcomes"), lines(500)
	for _, until := range []int{60, 1, 100} {
		_, err := try(t, d, path, text, until)
		require.ErrorIs(t, err, context.Canceled)
		// What a process that is killed leaves behind: the last outcome is not whole.
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = file.WriteString(`{"row":1000,"lin`)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
	s, err := try(t, d, path, text, 0)
	require.NoError(t, err)
	require.Equal(t, 500, s.Rows)
	require.Equal(t, 100, s.Refused)
	require.Equal(t, map[string]int{"PHONE_INVALID": 50, "MALFORMED_BODY": 50}, s.Reasons)
	require.Len(t, d.filed, 400)
	require.Equal(t, 400, s.Filed+s.Already)
	require.Positive(t, s.Already, "the answer of a row got lost, and it was sent again")
	s, err = try(t, d, path, text, 0)
	require.NoError(t, err)
	require.Equal(t, 500, s.Rows, "there is nothing left to do")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 500, strings.Count(string(content), "\n"))
}

// A fault of the server is not the row's outcome: the next start sends such rows again, and no others.
func TestImportSendsAgainWhatTheServerFailedOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	d := &desk{filed: map[string]int{}, sick: true}
	path, text := filepath.Join(t.TempDir(), "outcomes"), lines(150)
	s, err := try(t, d, path, text, 120)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 72, s.Failed, "of 10 to 99, but bad ones and nonsense")
	taken := d.taken
	d.sick = false
	s, err = try(t, d, path, text, 30)
	require.ErrorIs(t, err, context.Canceled)
	require.Positive(t, s.Failed)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"row":1`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	s, err = try(t, d, path, text, 0)
	require.NoError(t, err)
	require.Equal(t, importer.Summary{
		Rows: 150, Filed: s.Filed, Already: s.Already, Refused: 30, Reasons: map[string]int{"PHONE_INVALID": 15, "MALFORMED_BODY": 15},
	}, s)
	require.Equal(t, 120, s.Filed+s.Already)
	require.Len(t, d.filed, 120)
	require.Less(t, d.taken-taken, 120, "those with an outcome are not sent again")
	again, err := try(t, d, path, text, 0)
	require.NoError(t, err)
	require.Equal(t, s, again, "there is nothing left to do")

	d.sick = true
	s, err = try(t, &desk{filed: map[string]int{}, sick: true}, path+"2", lines(20), 0)
	require.NoError(t, err)
	require.Equal(t, 8, s.Failed)
	s, err = try(t, &desk{filed: map[string]int{}, sick: true}, path+"2", lines(20), 0)
	require.NoError(t, err)
	require.Equal(t, 8, s.Failed, "a fault that stays is counted once")
	require.Equal(t, 20, s.Rows)
	_, err = try(t, d, path+"2", lines(5), 0)
	require.ErrorContains(t, err, "fewer rows")
}

func TestImportStopsWhereRepeatingIsNoUse(t *testing.T) {
	t.Parallel()
	h := rpctest.Serve(t, func(server grpc.ServiceRegistrar) {
		intakev1.RegisterImportServiceServer(server, &shift{desk: &desk{}})
	})
	journal, err := importer.OpenJournal(filepath.Join(t.TempDir(), "outcomes"), importer.Run{}, time.Now)
	require.NoError(t, err)
	err = importer.Import(t.Context(), importer.Config{Options: &intakev1.ImportOptions{Source: "crm"}, Concurrency: 1, Patience: time.Minute}, importer.Deps{
		Client: intakev1.NewImportServiceClient(h.Anonymous()), Rows: importer.NewJSONLines(strings.NewReader(lines(3))),
		Journal: journal, Retrying: func(error) { t.Error("a token does not become valid by waiting") }, Waiting: func() {}, Now: time.Now,
		Progress: func(importer.Summary) {},
	})
	require.Equal(t, "UNAUTHENTICATED", errs.Reason(err))
	require.NoError(t, journal.Close())
}

func TestJournalOfAnotherRun(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "outcomes")
	journal, err := importer.OpenJournal(path, importer.Run{Digest: "one"}, time.Now)
	require.NoError(t, err)
	require.NoError(t, journal.Add(&importer.Outcome{Row: 1}))
	require.NoError(t, journal.Close())
	_, err = importer.OpenJournal(path, importer.Run{Digest: "two"}, time.Now)
	require.ErrorIs(t, err, importer.ErrOtherRun)
	journal, err = importer.OpenJournal(path, importer.Run{Digest: "one"}, time.Now)
	require.NoError(t, err)
	require.Equal(t, 1, journal.Summary().Rows)
	require.NoError(t, journal.Close())
}

// A row whose id is taken by another one is told apart from one that is there already.
func TestConflictsAreTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	path, text := filepath.Join(t.TempDir(), "outcomes"), `{"externalId":"same"}
{"externalId":"other"}
{"externalId":"other"}
{"externalId":"same"}
`
	for range 2 { // A later start counts what it reads.
		s, err := try(t, &desk{filed: map[string]int{}}, path, text, 0)
		require.NoError(t, err)
		require.Equal(t, importer.Summary{Rows: 4, Filed: 2, Already: 2, Conflicts: 1}, s)
	}
	outcomes, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(outcomes), `{"row":3,"line":3,"externalId":"other","complaint":"complaints/2","already":true,"conflict":true}`)
}
