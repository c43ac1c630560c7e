package attachment_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func requireSame(t *testing.T, want, got proto.Message) {
	t.Helper()
	require.True(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
}

// A file is added and read back, whatever its size, with what is known of it.
func TestUploadAndDownload(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	for _, size := range []int{1, 1000, 64 << 10, 64<<10 + 1, 128 << 10, 1 << 20, 3_000_001} {
		c := f.file()
		content := bytes.Repeat([]byte("收据"), size/6+1)[:max(size-size%6, 1)]
		if size == 1 {
			content = []byte("x")
		}
		a := f.add(c.GetName(), "收据.txt", content)
		digest := sha256.Sum256(content)
		requireSame(t, &intakev1.Attachment{
			Name: a.GetName(), FileName: "收据.txt", MediaType: "text/plain", SizeBytes: int64(len(content)), Sha256: hex.EncodeToString(digest[:]),
			State: intakev1.Attachment_UNSCANNED, Cycle: 1, Actor: "agents/lin", CreateTime: timestamppb.New(f.now()),
		}, a)
		require.Regexp(t, "^"+c.GetName()+"/attachments/[0-9a-z]{26}$", a.GetName())
		known, got, err := download(t.Context(), f.agent, a.GetName())
		require.NoError(t, err)
		requireSame(t, a, known)
		require.True(t, bytes.Equal(content, got), size)
		again, err := f.agent.GetAttachment(t.Context(), &intakev1.GetAttachmentRequest{Name: a.GetName()})
		require.NoError(t, err)
		requireSame(t, a, again)
		require.Equal(t, []string{"complaint_received", "attachment_added"}, f.types(c.GetName()))
	}
}

// What the event tells can be checked on the object, and holds nothing personal.
func TestEventOfAnAttachment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	m, err := f.complaints.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
		Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "看照片"},
	})
	require.NoError(t, err)
	a, err := upload(t.Context(), f.public, &intakev1.UploadMetadata{
		Parent: c.GetName(), FileName: "x.png", MediaType: "image/png", Message: m.GetName(), SizeBytes: 20,
	}, png("abcd"))
	require.NoError(t, err)
	require.Equal(t, m.GetName(), a.GetMessage())
	require.Equal(t, "image/png", a.GetDeclaredMediaType())
	require.Len(t, f.objects(), 1)
	object, err := os.ReadFile(f.objects()[0])
	require.NoError(t, err)
	digest := sha256.Sum256(object)
	told := f.told(c.GetName())
	require.Equal(t, a.GetName(), told.GetAttachment())
	require.Equal(t, m.GetName(), told.GetMessage())
	require.Equal(t, "image/png", told.GetMediaType())
	require.EqualValues(t, 20, told.GetSizeBytes())
	require.Equal(t, digest[:], told.GetStoredSha256())
	require.False(t, told.GetQuarantined())
}

// Neither contents nor names are written in plain, anywhere.
func TestNothingPersonalIsWrittenInPlain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.file()
	content := []byte(strings.Repeat("marker-content ", 20_000))
	a := f.add(c.GetName(), "marker-name.txt", content)
	digest := sha256.Sum256(content)
	_, _, err := download(t.Context(), f.agent, a.GetName())
	require.NoError(t, err)
	_, err = upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "marker-refused", MediaType: "marker/type"}, content)
	refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED)
	everything := map[string]string{"the log": f.logged.String()}
	require.NoError(t, filepath.WalkDir(f.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			everything["names"] += path + "\n"
			return err
		}
		text, err := os.ReadFile(path)
		everything["names"] += path + "\n"
		everything[path] = string(text)
		return err
	}))
	require.Contains(t, everything["the log"], "UploadAttachment", "the test looks where the log is")
	require.GreaterOrEqual(t, len(everything), 4)
	for place, text := range everything {
		for _, marker := range []string{"marker-", string(digest[:]), hex.EncodeToString(digest[:])} {
			require.NotContains(t, text, marker, place)
		}
	}
}

// A complaint's state does not matter: what a customer shows is never lost.
func TestUploadToAClosedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-5")
	f := newFixture(t)
	c := f.file()
	_, err := f.complaints.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName()})
	require.NoError(t, err)
	before, err := f.complaints.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: c.GetName()})
	require.NoError(t, err)
	f.pass(time.Minute)
	f.add(c.GetName(), "late.txt", []byte("late"))
	after, err := f.complaints.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: c.GetName()})
	require.NoError(t, err)
	requireSame(t, before, after)
}

// bad is an upload that is refused.
type bad struct {
	metadata *intakev1.UploadMetadata
	content  []byte
	code     codes.Code
	reason   interface{ String() string }
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t, small(t))
	c, other := f.file(), f.file()
	exe := append([]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8\x00\x00\x00"), make([]byte, 500)...)
	with := func(edit func(*intakev1.UploadMetadata)) *intakev1.UploadMetadata {
		m := &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "a"}
		edit(m)
		return m
	}
	plain := with(func(*intakev1.UploadMetadata) {})
	declared := func(name string) *intakev1.UploadMetadata {
		return with(func(m *intakev1.UploadMetadata) { m.MediaType = name })
	}
	const invalid, none = codes.InvalidArgument, codes.NotFound
	for name, test := range map[string]bad{
		"HTML as a picture":       {declared("image/png"), []byte("<!DOCTYPE html><script>alert(1)</script>"), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH},
		"HTML as text":            {declared("text/plain"), []byte("<html><body>x</body></html>"), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH},
		"a program as a picture":  {declared("image/png"), exe, invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH},
		"text as a picture":       {declared("image/png"), []byte("hello"), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH},
		"a picture as text":       {declared("text/plain"), png(""), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_MISMATCH},
		"a program":               {plain, exe, invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"a program of no type":    {declared("application/octet-stream"), exe, invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"a vector drawing":        {plain, []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"a type not taken":        {declared("application/pdf"), []byte("%PDF-1.7"), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"an unknown type":         {declared("a/b"), []byte("hello"), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"no type at all":          {declared("picture"), png(""), invalid, errorv1.Reason_INVALID_FIELD},
		"nothing":                 {plain, nil, invalid, intakev1.ErrorReason_ATTACHMENT_EMPTY},
		"too large":               {plain, bytes.Repeat([]byte("x"), 300_001), codes.ResourceExhausted, errorv1.Reason_BODY_TOO_LARGE},
		"announced as too large":  {with(func(m *intakev1.UploadMetadata) { m.SizeBytes = 300_001 }), []byte("x"), codes.ResourceExhausted, errorv1.Reason_BODY_TOO_LARGE},
		"less than announced":     {with(func(m *intakev1.UploadMetadata) { m.SizeBytes = 7 }), []byte("123456"), invalid, intakev1.ErrorReason_ATTACHMENT_INCOMPLETE},
		"none of what was said":   {with(func(m *intakev1.UploadMetadata) { m.SizeBytes = 7 }), nil, invalid, intakev1.ErrorReason_ATTACHMENT_INCOMPLETE},
		"more than announced":     {with(func(m *intakev1.UploadMetadata) { m.SizeBytes = 200_000 }), make([]byte, 200_001), invalid, intakev1.ErrorReason_ATTACHMENT_TYPE_NOT_ALLOWED},
		"more text than told":     {with(func(m *intakev1.UploadMetadata) { m.SizeBytes = 7 }), []byte("12345678"), invalid, intakev1.ErrorReason_ATTACHMENT_INCOMPLETE},
		"no complaint":            {with(func(m *intakev1.UploadMetadata) { m.Parent = nobody }), []byte("x"), none, errorv1.Reason_COMPLAINT_NOT_FOUND},
		"a malformed name":        {with(func(m *intakev1.UploadMetadata) { m.Parent = "complaints/1" }), []byte("x"), invalid, errorv1.Reason_INVALID_FIELD},
		"another's message":       {with(func(m *intakev1.UploadMetadata) { m.Message = other.GetName() + "/messages/00000000000000000000000000" }), []byte("x"), invalid, errorv1.Reason_INVALID_FIELD},
		"no such message":         {with(func(m *intakev1.UploadMetadata) { m.Message = c.GetName() + "/messages/00000000000000000000000000" }), []byte("x"), none, errorv1.Reason_RESOURCE_NOT_FOUND},
		"a file name beyond size": {with(func(m *intakev1.UploadMetadata) { m.FileName = strings.Repeat("x", 256) }), []byte("x"), invalid, errorv1.Reason_INVALID_FIELD},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := upload(t.Context(), f.agent, test.metadata, test.content)
			rpctest.RequireReason(t, err, test.code, test.reason.String())
		})
	}
	t.Cleanup(func() {
		require.Empty(t, f.objects(), "nothing is left of what was refused")
	})
}

// The metadata comes first, and once.
func TestOrderOfParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	m := metadata(&intakev1.UploadMetadata{Parent: c.GetName()})
	for name, parts := range map[string][]*intakev1.UploadAttachmentRequest{
		"none":                 {},
		"content first":        {piece([]byte("x")), m},
		"metadata twice":       {m, piece([]byte("x")), m},
		"an empty part":        {m, {}},
		"an empty piece":       {m, piece(nil)},
		"a piece beyond limit": {m, piece(make([]byte, 1<<20+1))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream, err := f.agent.UploadAttachment(t.Context())
			require.NoError(t, err)
			for _, part := range parts {
				_ = stream.Send(part) // Its error says only that the answer is there.
			}
			_, err = stream.CloseAndRecv()
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		})
	}
}

// Who may not is told so before anything is read.
func TestWhoMayUploadAndDownload(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.file()
	a, err := upload(t.Context(), f.public, &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "mine.txt"}, []byte("x"))
	require.NoError(t, err, "front ends act for customers")
	require.Equal(t, "frontends/web", a.GetActor())
	_, err = upload(t.Context(), f.auditor, &intakev1.UploadMetadata{Parent: c.GetName()}, []byte("y"))
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	for _, client := range []intakev1.AttachmentServiceClient{f.public, f.auditor} {
		_, _, err = download(t.Context(), client, a.GetName())
		rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
		_, err = client.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: c.GetName()})
		rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	}
}

// An upload that breaks off leaves nothing, wherever it does.
func TestInterruptedUpload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, pieces := range []int{0, 1, 2, 20} {
		c := f.file()
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := f.agent.UploadAttachment(ctx)
		require.NoError(t, err)
		require.NoError(t, stream.Send(metadata(&intakev1.UploadMetadata{Parent: c.GetName()})))
		_, err = stream.Header()
		require.NoError(t, err)
		for range pieces {
			require.NoError(t, stream.Send(piece(bytes.Repeat([]byte("x"), 100_000))))
		}
		if pieces > 10 {
			require.Eventually(t, func() bool { return len(f.objects()) > 0 }, time.Minute, time.Millisecond, "it is being written")
		}
		cancel()
		_, err = stream.CloseAndRecv()
		require.Error(t, err)
		f.nothingKept(c.GetName())
	}
}

// The same content on the same complaint is the same attachment; on another it is another one.
func TestSameContent(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	c, other := f.file(), f.file()
	first := f.add(c.GetName(), "a.txt", []byte("same"))
	requireSame(t, first, f.add(c.GetName(), "b.txt", []byte("same")))
	require.Len(t, f.objects(), 1)
	second := f.add(other.GetName(), "a.txt", []byte("same"))
	require.NotEqual(t, first.GetName(), second.GetName())
	require.Len(t, f.objects(), 2)
	require.Equal(t, []string{"complaint_received", "attachment_added"}, f.types(c.GetName()))

	// A front end sees what it sent, and not what an agent called it.
	seen, err := upload(t.Context(), f.public, &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "mine.txt"}, []byte("same"))
	require.NoError(t, err)
	require.Equal(t, first.GetName(), seen.GetName())
	require.Equal(t, "mine.txt", seen.GetFileName())
	require.Equal(t, "frontends/web", seen.GetActor())
}

// A file that comes again with a message belongs to that one, and one that has a message to no other: whose it is decides when it is
// erased.
func TestSameContentWithAMessage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "API-4")
	f := newFixture(t)
	c := f.file()
	said := func() string {
		m, err := intakev1.NewIntakeServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT)).CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
			Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "请看附件"},
		})
		require.NoError(t, err)
		return m.GetName()
	}
	with := func(message string) (*intakev1.Attachment, error) {
		return upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "b.txt", Message: message}, []byte("same"))
	}
	one, other := said(), said()
	first := f.add(c.GetName(), "a.txt", []byte("same"))
	require.Empty(t, first.GetMessage())
	for range 2 {
		again, err := with(one)
		require.NoError(t, err)
		require.Equal(t, first.GetName(), again.GetName())
		require.Equal(t, one, again.GetMessage())
		require.Equal(t, "a.txt", again.GetFileName(), "it keeps its name")
	}
	again, err := with("")
	require.NoError(t, err)
	require.Equal(t, one, again.GetMessage())
	_, err = with(other)
	rpctest.RequireField(t, err, "message")
	types := f.types(c.GetName())
	require.Equal(t, []string{"attachment_added", "record_changed"}, types[len(types)-2:])
	kept, err := f.agent.GetAttachment(t.Context(), &intakev1.GetAttachmentRequest{Name: first.GetName()})
	require.NoError(t, err)
	requireSame(t, again, kept)
	require.Len(t, f.objects(), 1)
}

// With an idempotency key an upload is carried out once, and the key belongs to all that was sent.
func TestUploadIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	c := f.file()
	m := &intakev1.UploadMetadata{Parent: c.GetName(), FileName: "a.txt"}
	ctx := rpctest.WithKey(t.Context(), "key-1")
	first, err := upload(ctx, f.public, m, []byte("content"))
	require.NoError(t, err)
	again, err := upload(ctx, f.public, m, []byte("content"))
	require.NoError(t, err)
	requireSame(t, first, again)
	for _, other := range []struct {
		metadata *intakev1.UploadMetadata
		content  string
	}{
		{m, "other content"},
		{&intakev1.UploadMetadata{Parent: c.GetName(), FileName: "b.txt"}, "content"},
		{&intakev1.UploadMetadata{Parent: f.file().GetName(), FileName: "a.txt"}, "content"},
	} {
		_, err = upload(ctx, f.public, other.metadata, []byte(other.content))
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())
	}
	require.Len(t, f.objects(), 1)
	require.Equal(t, []string{"complaint_received", "attachment_added"}, f.types(c.GetName()))
	_, err = upload(rpctest.WithKey(t.Context(), strings.Repeat("k", 129)), f.public, m, []byte("content"))
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_INVALID.String())
}

func TestAsManyAsAreAllowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, small(t))
	c := f.file()
	f.add(c.GetName(), "1", []byte("1"))
	second := f.add(c.GetName(), "2", []byte("2"))
	_, err := upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName()}, []byte("3"))
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ATTACHMENT_LIMIT_REACHED)
	requireSame(t, second, f.add(c.GetName(), "2", []byte("2")))
	require.Len(t, f.objects(), 2)
}

// Uploads at once do not get in each other's way, and of the same content one is kept.
func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	var group sync.WaitGroup
	var names [6]string
	var failures [6]error
	for i := range names {
		group.Go(func() {
			content := bytes.Repeat(fmt.Appendf(nil, "%d ", i%3), 200_000)
			a, err := upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName(), FileName: fmt.Sprint(i)}, content)
			names[i], failures[i] = a.GetName(), err
		})
	}
	group.Wait()
	for i := range names {
		require.NoError(t, failures[i])
		require.Equal(t, names[i%3], names[i])
		_, content, err := download(t.Context(), f.agent, names[i])
		require.NoError(t, err)
		require.Equal(t, string(bytes.Repeat(fmt.Appendf(nil, "%d ", i%3), 200_000)), string(content))
	}
	require.Len(t, f.objects(), 3)
}

// Without a place for content, nothing is taken, and the reason says so.
func TestNoPlaceForAttachments(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(deps *attachment.Deps) { deps.Bucket = nil })
	c := f.file()
	_, err := upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName()}, []byte("x"))
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ATTACHMENTS_NOT_CONFIGURED)
	_, _, err = download(t.Context(), f.agent, c.GetName()+"/attachments/00000000000000000000000000")
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ATTACHMENTS_NOT_CONFIGURED)
	list, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Empty(t, list.GetAttachments())
}
