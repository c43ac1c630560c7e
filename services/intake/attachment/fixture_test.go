package attachment_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/intake/risk"
	"github.com/redress-dev/redress/services/intake/sqlstore"
	"github.com/redress-dev/redress/services/intake/suggest"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/internal/wording"
)

// nobody is an id of the right form that is never given out.
const nobody = "complaints/00000000000000000000000000"

// begin is when the tests begin.
func begin() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// png is the beginning of a picture.
func png(more string) []byte { return append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), more...) }

// fixture is intake with its attachments on SQLite, behind a real connection.
type fixture struct {
	t       *testing.T
	harness *rpctest.Harness
	db      *sqldb.DB
	folder  string
	bucket  *attachment.Bucket
	service *attachment.Service
	logged  *logtest.Buffer
	deps    attachment.Deps

	// The callers.
	agent, public, auditor intakev1.AttachmentServiceClient
	complaints             intakev1.IntakeServiceClient
	worker                 intakev1.IntakeServiceClient
	boss                   intakev1.MatterServiceClient
	events                 intakev1.EventLogServiceClient

	mu    sync.Mutex
	clock time.Time
}

// option changes what the service is made with.
type option func(*attachment.Deps)

// rules lays a policy's section over the default.
func rules(t *testing.T, text string) option {
	t.Helper()
	p, err := policy.Parse([]byte(text), "policy.yaml")
	require.NoError(t, err)
	return func(deps *attachment.Deps) { deps.Policy = p }
}

// small is a policy with small limits.
func small(t *testing.T) option {
	t.Helper()
	return rules(t, `attachments: {max_bytes: 300000, max_per_complaint: 2, media_types: [image/png, image/jpeg, text/plain], abandoned_after: 24h, sweep_every: 1h}`)
}

func scannedBy(scanner attachment.Scanner) option {
	return func(deps *attachment.Deps) { deps.Scanner = scanner }
}

// migrated are databases with the tables of intake.
var migrated = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

// reading are those parts of intake that read texts, made once: their tables take a moment.
var reading = sync.OnceValues(func() (intake.Deps, error) {
	p, err := policy.Default()
	if err != nil {
		return intake.Deps{}, err
	}
	analyser, unread := risk.New(p.Proto().GetRisk())
	checker, unchecked := wording.New(p.Proto().GetWording())
	splitter, unsplit := words.New()
	if err := errors.Join(unread, unchecked, unsplit); err != nil {
		return intake.Deps{}, err
	}
	book, err := playbook.New(p.Proto().GetPlaybooks(), checker)
	return intake.Deps{Words: splitter, Analyser: analyser, Checker: checker, Playbooks: book}, err
})

func newFixture(t *testing.T, options ...option) *fixture {
	t.Helper()
	f := &fixture{t: t, folder: t.TempDir(), logged: &logtest.Buffer{}, clock: begin()}
	logger := slog.New(slog.NewJSONHandler(f.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	f.db = migrated.SQLiteAt(t, filepath.Join(f.folder, "intake.db"))
	require.NoError(t, eventlog.Migrate(t.Context(), f.db))
	require.NoError(t, sqlstore.Migrate(t.Context(), f.db))
	standard, err := policy.Default()
	require.NoError(t, err)
	keyring, err := vault.LoadOrCreateKeyring(filepath.Join(f.folder, "keyring.json"))
	require.NoError(t, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	log, err := eventlog.New(eventlog.Config{Source: "intake"}, eventlog.Deps{
		DB: f.db, Now: f.now, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, 32)), PageKey: make([]byte, 32), Logger: logger,
	})
	require.NoError(t, err)
	source := ids.New(f.now, rand.Reader)
	store := sqlstore.New(f.db, log)
	made, err := reading()
	require.NoError(t, err)
	made.Suggester, err = suggest.New(standard.Proto().GetAssessment().GetSuggestions(), intake.Departments(standard.Department))
	require.NoError(t, err)
	made.Store, made.Records, made.Imports, made.References, made.Directory = store, store, store, store, store
	made.Matters, made.Texts, made.Sketches = store, store, store
	made.Policy, made.Keyring, made.Log, made.Now, made.IDs, made.Pages, made.Logger = standard, keyring, log, f.now, source, pages, logger
	complaints, err := intake.New(intake.Config{}, made)
	require.NoError(t, err)
	f.bucket, err = attachment.OpenBucket(t.Context(), f.files())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.bucket.Close()) })
	deps := attachment.Deps{
		Store: sqlstore.NewAttachments(f.db, log), Policy: standard, Keyring: keyring, Bucket: f.bucket, Now: f.now, IDs: source,
		Pages: pages, Logger: logger,
	}
	for _, change := range options {
		change(&deps)
	}
	f.deps = deps
	f.service, err = attachment.New(attachment.Config{}, deps)
	require.NoError(t, err)
	f.harness = rpctest.ServeWith(t, rpc.Deps{Logger: logger}, func(server grpc.ServiceRegistrar) {
		complaints.Register(server)
		f.service.Register(server)
	})
	agent := f.harness.Conn("agents/lin", authv1.Role_AGENT)
	service := f.harness.Conn("services/worker", authv1.Role_SERVICE)
	f.boss = intakev1.NewMatterServiceClient(f.harness.Conn("agents/zhao", authv1.Role_SUPERVISOR))
	f.agent, f.complaints = intakev1.NewAttachmentServiceClient(agent), intakev1.NewIntakeServiceClient(agent)
	f.public = intakev1.NewAttachmentServiceClient(f.harness.Conn("frontends/web", authv1.Role_PUBLIC))
	f.auditor = intakev1.NewAttachmentServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	f.worker, f.events = intakev1.NewIntakeServiceClient(service), intakev1.NewEventLogServiceClient(service)
	return f
}

// files is the folder of the bucket.
func (f *fixture) files() string { return filepath.Join(f.folder, "files") }

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

// pass lets time go by.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

// file files a complaint.
func (f *fixture) file() *intakev1.Complaint {
	f.t.Helper()
	return f.fileOf("139 1234 5678")
}

// fileOf files a complaint of somebody.
func (f *fixture) fileOf(phone string) *intakev1.Complaint {
	f.t.Helper()
	c, err := f.complaints.CreateComplaint(f.t.Context(), &intakev1.CreateComplaintRequest{
		Statement: "包裹破了", Complainant: &intakev1.Complainant{Phone: phone},
	})
	require.NoError(f.t, err)
	return c
}

// read reads an attachment.
func (f *fixture) read(name string) *intakev1.Attachment {
	f.t.Helper()
	a, err := f.agent.GetAttachment(f.t.Context(), &intakev1.GetAttachmentRequest{Name: name})
	require.NoError(f.t, err)
	return a
}

// erase destroys a customer's key.
func (f *fixture) erase(customer string) {
	f.t.Helper()
	require.NoError(f.t, f.db.Write(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE customers SET wrapped_key = NULL WHERE name = ?", customer)
		return err
	}))
}

// objects lists the files of the bucket, with those that are not finished.
func (f *fixture) objects() []string {
	f.t.Helper()
	var found []string
	require.NoError(f.t, filepath.WalkDir(f.files(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// nothingKept wants no trace of an upload, in the bucket and on record.
func (f *fixture) nothingKept(complaint string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return len(f.objects()) == 0 }, time.Minute, 5*time.Millisecond, "%v", f.objects())
	require.Equal(f.t, []string{"complaint_received"}, f.types(complaint))
}

// types lists the complaint's events.
func (f *fixture) types(complaint string) []string {
	f.t.Helper()
	resp, err := f.events.ListEvents(f.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(f.t, err)
	var types []string
	for _, event := range resp.GetEvents() {
		types = append(types, event.GetType())
	}
	return types
}

// told is the complaint's last event, which tells of an attachment.
func (f *fixture) told(complaint string) *eventv1.AttachmentAdded {
	f.t.Helper()
	resp, err := f.events.ListEvents(f.t.Context(), &eventv1.ListEventsRequest{Subject: complaint})
	require.NoError(f.t, err)
	payload, err := eventlog.Decode(resp.GetEvents()[len(resp.GetEvents())-1])
	require.NoError(f.t, err)
	require.NotNil(f.t, payload.GetAttachmentAdded())
	return payload.GetAttachmentAdded()
}

// metadata is a part with metadata.
func metadata(m *intakev1.UploadMetadata) *intakev1.UploadAttachmentRequest {
	return &intakev1.UploadAttachmentRequest{Part: &intakev1.UploadAttachmentRequest_Metadata{Metadata: m}}
}

// piece is a part with content.
func piece(content []byte) *intakev1.UploadAttachmentRequest {
	return &intakev1.UploadAttachmentRequest{Part: &intakev1.UploadAttachmentRequest_Chunk{Chunk: content}}
}

// upload sends a file in pieces.
func upload(ctx context.Context, client intakev1.AttachmentServiceClient, m *intakev1.UploadMetadata, content []byte) (*intakev1.Attachment, error) {
	stream, err := client.UploadAttachment(ctx)
	if err != nil {
		return nil, err
	}
	// The error of Send says only that the answer is there.
	for err := stream.Send(metadata(m)); err == nil && len(content) > 0; {
		size := min(len(content), 50_000)
		err = stream.Send(piece(content[:size]))
		content = content[size:]
	}
	return stream.CloseAndRecv()
}

// add uploads a file that is taken.
func (f *fixture) add(complaint, fileName string, content []byte) *intakev1.Attachment {
	f.t.Helper()
	a, err := upload(f.t.Context(), f.agent, &intakev1.UploadMetadata{Parent: complaint, FileName: fileName}, content)
	require.NoError(f.t, err)
	return a
}

// download reads a file.
func download(ctx context.Context, client intakev1.AttachmentServiceClient, name string) (*intakev1.Attachment, []byte, error) {
	stream, err := client.DownloadAttachment(ctx, &intakev1.DownloadAttachmentRequest{Name: name})
	if err != nil {
		return nil, nil, err
	}
	var content bytes.Buffer
	var a *intakev1.Attachment
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return a, content.Bytes(), nil
		}
		if err != nil {
			return a, content.Bytes(), err
		}
		if part.GetAttachment() != nil {
			a = part.GetAttachment()
		}
		content.Write(part.GetChunk())
	}
}

// refused wants one of intake's own reasons.
func refused(t *testing.T, err error, code codes.Code, reason intakev1.ErrorReason) {
	t.Helper()
	rpctest.RequireReason(t, err, code, reason.String())
}
