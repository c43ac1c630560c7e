package attachment_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "gocloud.dev/blob/memblob" // A driver, as programs may be built with.
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// After the customer's key was destroyed, the files cannot be read, by anybody, and nothing of them can be told but that there
// were some.
func TestErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.file()
	a := f.add(c.GetName(), "name.txt", []byte("content"))
	f.erase(c.GetCustomer())
	_, _, err := download(t.Context(), f.agent, a.GetName())
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
	known, err := f.agent.GetAttachment(t.Context(), &intakev1.GetAttachmentRequest{Name: a.GetName()})
	require.NoError(t, err)
	want := &intakev1.Attachment{
		Name: a.GetName(), MediaType: "text/plain", SizeBytes: 7, State: intakev1.Attachment_UNSCANNED, Cycle: 1, Actor: "agents/lin",
		CreateTime: a.GetCreateTime(),
	}
	requireSame(t, want, known)
	list, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetAttachments(), 1)
	requireSame(t, want, list.GetAttachments()[0])
	_, err = upload(t.Context(), f.agent, &intakev1.UploadMetadata{Parent: c.GetName()}, []byte("more"))
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}

// What was altered in its place, exchanged or lost is not handed out.
func TestDamagedContent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	one := f.add(c.GetName(), "1", []byte("content of one"))
	object := f.objects()[0]
	whole, err := os.ReadFile(object)
	require.NoError(t, err)
	f.add(c.GetName(), "2", []byte("content of two"))
	var other []byte
	for _, path := range f.objects() {
		if path != object {
			other, err = os.ReadFile(path)
			require.NoError(t, err)
		}
	}
	altered := append([]byte(nil), whole...)
	altered[len(altered)-20] ^= 1
	for what, content := range map[string][]byte{"altered": altered, "cut off": whole[:len(whole)-1], "another's": other, "empty": {}} {
		require.NoError(t, os.WriteFile(object, content, 0o600))
		_, got, err := download(t.Context(), f.agent, one.GetName())
		rpctest.RequireReason(t, err, codes.Internal, errorv1.Reason_INTERNAL.String())
		require.Empty(t, got, what)
	}
	require.NoError(t, os.Remove(object))
	_, _, err = download(t.Context(), f.agent, one.GetName())
	rpctest.RequireReason(t, err, codes.Internal, errorv1.Reason_INTERNAL.String())
	require.Contains(t, f.logged.String(), "the content is missing")
	require.NoError(t, os.WriteFile(object, whole, 0o600))
	_, got, err := download(t.Context(), f.agent, one.GetName())
	require.NoError(t, err)
	require.Equal(t, "content of one", string(got))
}

func TestListAttachments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c, other := f.file(), f.file()
	var want []string
	for i := range 5 {
		f.pass(time.Second)
		want = append(want, f.add(c.GetName(), fmt.Sprint(i), fmt.Append(nil, i)).GetFileName())
		f.add(other.GetName(), "elsewhere", fmt.Append(nil, i))
	}
	for _, size := range []int32{0, 1, 2, 5} {
		var got []string
		for token := ""; ; {
			page, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: c.GetName(), PageSize: size, PageToken: token})
			require.NoError(t, err)
			for _, a := range page.GetAttachments() {
				got = append(got, a.GetFileName())
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		require.Equal(t, want, got, size)
	}
	page, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: c.GetName(), PageSize: 1})
	require.NoError(t, err)
	_, err = f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: other.GetName(), PageToken: page.GetNextPageToken()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	_, err = f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: nobody})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
}

func TestNoSuchAttachment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for _, parent := range []string{c.GetName(), nobody} {
		name := parent + "/attachments/00000000000000000000000000"
		_, err := f.agent.GetAttachment(t.Context(), &intakev1.GetAttachmentRequest{Name: name})
		rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
		_, _, err = download(t.Context(), f.agent, name)
		rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	}
	_, err := f.agent.GetAttachment(t.Context(), &intakev1.GetAttachmentRequest{Name: c.GetName()})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
}

// What a process that died has left is removed once it is old; what belongs to an attachment, or to another installation, is not.
func TestSweep(t *testing.T) {
	t.Parallel()
	f := newFixture(t, small(t))
	c := f.file()
	a := f.add(c.GetName(), "a.txt", []byte("content"))
	object := f.objects()[0]
	left := []string{object[:len(object)-4] + "aaaa", object + ".18b.tmp"}
	for _, path := range left {
		require.NoError(t, os.WriteFile(path, []byte("left"), 0o600))
	}
	foreign := f.files() + "/0123456789abcdef/aa"
	require.NoError(t, os.MkdirAll(foreign, 0o700))
	require.NoError(t, os.WriteFile(foreign+"/aa00", []byte("another's"), 0o600))
	sweep := func(want int) {
		removed, err := f.service.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, removed)
	}
	f.pass(time.Since(begin())) // Files have the time of the machine.
	sweep(0)
	f.pass(25 * time.Hour)
	sweep(2)
	sweep(0)
	require.Len(t, f.objects(), 2)
	_, _, err := download(t.Context(), f.agent, a.GetName())
	require.NoError(t, err)
}

// A bucket of any driver that the program was built with does as well as a folder.
func TestBucketOfADriver(t *testing.T) {
	t.Parallel()
	bucket, err := attachment.OpenBucket(t.Context(), "mem://")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	f := newFixture(t, func(deps *attachment.Deps) { deps.Bucket = bucket })
	c := f.file()
	a := f.add(c.GetName(), "a.txt", []byte("content"))
	require.Empty(t, f.objects(), "it lies elsewhere")
	_, got, err := download(t.Context(), f.agent, a.GetName())
	require.NoError(t, err)
	require.Equal(t, "content", string(got))
	f.pass(time.Since(begin()) + 1000*time.Hour)
	removed, err := f.service.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, removed)
	_, err = attachment.OpenBucket(t.Context(), "unknown://bucket")
	require.ErrorContains(t, err, "unknown")
}

// The files of a merged complaint are listed with the survivor and can be read there, as long as their own customer's key is there;
// further ones are sent to the survivor.
func TestAttachmentsOfAMergedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "REC-1")
	f := newFixture(t)
	a, err := f.complaints.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
		Statement: "包裹破了", Complainant: &intakev1.Complainant{Phone: "139 0000 0001"},
	})
	require.NoError(t, err)
	b := f.file()
	key := rpctest.WithKey(t.Context(), "upload-1")
	one, err := upload(key, f.agent, &intakev1.UploadMetadata{Parent: a.GetName(), FileName: "one"}, []byte("first"))
	require.NoError(t, err)
	f.pass(time.Second)
	two := f.add(b.GetName(), "two", []byte("second"))
	_, err = f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: a.GetName(), Into: b.GetName(), Reason: "a couple"})
	require.NoError(t, err)
	page, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: b.GetName()})
	require.NoError(t, err)
	require.Len(t, page.GetAttachments(), 2)
	require.Equal(t, []string{one.GetName(), two.GetName()}, []string{page.GetAttachments()[0].GetName(), page.GetAttachments()[1].GetName()})
	require.Equal(t, one.GetFileName(), page.GetAttachments()[0].GetFileName())
	for _, name := range []string{one.GetName(), strings.Replace(one.GetName(), a.GetName(), b.GetName(), 1)} {
		got, content, err := download(t.Context(), f.agent, name)
		require.NoError(t, err, name)
		require.Equal(t, "first", string(content))
		require.Equal(t, one.GetName(), got.GetName(), "its own name")
	}
	for name, ctx := range map[string]context.Context{"no key": t.Context(), "a new key": rpctest.WithKey(t.Context(), "upload-2")} {
		_, err = upload(ctx, f.agent, &intakev1.UploadMetadata{Parent: a.GetName(), FileName: "three"}, []byte("third"))
		rpctest.RequireReason(t, err, codes.FailedPrecondition, intakev1.ErrorReason_MERGED_ALREADY.String())
		rpctest.RequireMetadata(t, err, "survivor", b.GetName())
		rpctest.RequireMetadata(t, err, "complaint", a.GetName())
		require.Len(t, f.objects(), 2, name)
	}
	again, err := upload(key, f.agent, &intakev1.UploadMetadata{Parent: a.GetName(), FileName: "one"}, []byte("first"))
	require.NoError(t, err, "the same upload once more")
	require.Equal(t, one.GetName(), again.GetName())

	f.erase(a.GetCustomer())
	page, err = f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: b.GetName()})
	require.NoError(t, err)
	require.Empty(t, page.GetAttachments()[0].GetFileName())
	require.Equal(t, two.GetFileName(), page.GetAttachments()[1].GetFileName())
	_, _, err = download(t.Context(), f.agent, one.GetName())
	rpctest.RequireReason(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
}

// A file that comes with a message is its speaker's, on whosever complaint: it is gone with the speaker's key, and stays when the
// other customer's is. Messages of before the merger get files at the survivor.
func TestFileOfAnothersMessage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6", "API-4")
	f := newFixture(t)
	a, b := f.fileOf("139 0000 0001"), f.file()
	say := func() *intakev1.Message {
		m, err := f.complaints.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
			Parent: a.GetName(), Message: &intakev1.Message{Text: "这是我的照片", Author: intakev1.Message_CUSTOMER},
		})
		require.NoError(t, err)
		return m
	}
	before := say()
	attach := func(m *intakev1.Message, key string) (*intakev1.Attachment, error) {
		return upload(rpctest.WithKey(t.Context(), key), f.agent, &intakev1.UploadMetadata{
			Parent: b.GetName(), Message: m.GetName(), FileName: "A's " + key,
		}, []byte(key))
	}
	_, err := attach(before, "early")
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	_, err = f.boss.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: a.GetName(), Into: b.GetName(), Reason: "a couple"})
	require.NoError(t, err)
	own := f.add(b.GetName(), "B's", []byte("first"))
	files := map[string]*intakev1.Message{"first": before, "second": say()}
	for key, m := range files {
		for range 2 {
			file, err := attach(m, key)
			require.NoError(t, err)
			require.Equal(t, "A's "+key, file.GetFileName())
			require.Equal(t, m.GetName(), file.GetMessage())
			require.NotEqual(t, own.GetName(), file.GetName(), "the same content is each one's own")
			require.Equal(t, file.GetMessage(), f.read(file.GetName()).GetMessage())
		}
	}
	scanned, err := f.later(&eicarFinder{}).Rescan(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, scanned)
	readable := func() (names []string) {
		page, err := f.agent.ListAttachments(t.Context(), &intakev1.ListAttachmentsRequest{Parent: b.GetName()})
		require.NoError(t, err)
		require.Len(t, page.GetAttachments(), 3)
		for _, file := range page.GetAttachments() {
			_, _, err := download(t.Context(), f.agent, file.GetName())
			require.Equal(t, file.GetFileName() == "", err != nil)
			if err == nil {
				names = append(names, file.GetFileName())
			}
		}
		return names
	}
	require.ElementsMatch(t, []string{"B's", "A's first", "A's second"}, readable())
	f.erase(b.GetCustomer())
	require.ElementsMatch(t, []string{"A's first", "A's second"}, readable())
	f.erase(a.GetCustomer())
	require.Empty(t, readable())
	_, err = attach(before, "third")
	rpctest.RequireReason(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
}
