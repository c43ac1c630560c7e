package suite_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/suite"
)

// largest is the largest file of the default policy.
const largest = 20 << 20

// house is a running suite whose attachments are used over REST.
type house struct {
	t          *testing.T
	cfg        suite.Config
	url, token string
	complaint  string
}

// moveIn starts all services and files a complaint. Temporal is away, which complaints do not notice.
func moveIn(t *testing.T, edit func(*suite.Config)) *house {
	t.Helper()
	policy, err := suite.LoadPolicy("")
	require.NoError(t, err)
	return moveInBy(t, policy, edit)
}

// moveInBy does so with a policy of the test's own.
func moveInBy(t *testing.T, policy *suite.Policy, edit func(*suite.Config)) *house {
	t.Helper()
	cfg := anywhere(t.TempDir())
	cfg.Migrate = true
	edit(&cfg)
	listeners, err := suite.Listen(cfg)
	require.NoError(t, err)
	s, err := suite.New(t.Context(), cfg, deps(policy, listeners))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, s.Close())
	})
	require.Eventually(t, func() bool { code, _ := ready(t, s.AdminAddress()); return code == http.StatusOK }, time.Minute, 20*time.Millisecond)
	h := &house{t: t, cfg: cfg, url: "http://" + s.HTTPAddress()}
	h.token, err = suite.DevelopmentToken(cfg.DataDir, "agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour, time.Now)
	require.NoError(t, err)
	a := h.call(http.MethodPost, "/v1/complaints", strings.NewReader(`{"statement":"破了","complainant":{"phone":"+8613812345678"}}`))
	require.Equal(t, http.StatusOK, a.status, a.text)
	h.complaint, _ = a.body["name"].(string)
	return h
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// call makes a call; header lines are "Name: value".
func (h *house) call(method, path string, body io.Reader, headers ...string) reply {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.token)
	for _, line := range headers {
		key, value, _ := strings.Cut(line, ": ")
		request.Header.Set(key, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	a := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body) // Files are no JSON.
	return a
}

func (h *house) attachments() string { return "/v1/" + h.complaint + "/attachments" }

// upload sends a file as the body itself.
func (h *house) upload(content io.Reader, headers ...string) reply {
	h.t.Helper()
	return h.call(http.MethodPost, h.attachments(), content, headers...)
}

// refuses wants a problem with a status and a reason.
func (a reply) refuses(t *testing.T, status int, reason string) {
	t.Helper()
	require.Equal(t, status, a.status, a.text)
	require.Equal(t, reason, a.body["reason"], a.text)
}

// names lists the complaint's attachments.
func (h *house) names() []string {
	h.t.Helper()
	list, _ := h.call(http.MethodGet, h.attachments(), nil).body["attachments"].([]any)
	var names []string
	for _, each := range list {
		a, _ := each.(map[string]any)
		name, _ := a["name"].(string)
		names = append(names, name)
	}
	return names
}

// objects lists what lies in the bucket, finished or not.
func (h *house) objects() []string {
	h.t.Helper()
	var found []string
	require.NoError(h.t, filepath.WalkDir(filepath.Join(h.cfg.DataDir, "attachments"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// text is content of some size, which nobody takes for anything else.
func text(size int) []byte { return bytes.Repeat([]byte("The parcel was open. "), size/21+1)[:size] }

// TestAttachmentsOverREST: a file goes up as a body or as a form, is listed, stands in the timeline and comes back whole.
func TestAttachmentsOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	h := moveIn(t, func(*suite.Config) {})
	content := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), text(300_000)...)
	key := "Idempotency-Key: " + uuid.NewString()
	raw := h.upload(bytes.NewReader(content), "Content-Type: image/png", "Content-Disposition: attachment; filename*=UTF-8''%E5%8C%85%E8%A3%B9.png", key)
	require.Equal(t, http.StatusOK, raw.status, raw.text)
	require.Equal(t, "包裹.png", raw.body["fileName"])
	require.Equal(t, "image/png", raw.body["mediaType"])
	require.Equal(t, fmt.Sprint(len(content)), raw.body["sizeBytes"])
	require.Equal(t, "UNSCANNED", raw.body["state"], "there is no scanner")
	again := h.upload(bytes.NewReader(content), "Content-Type: image/png", "Content-Disposition: attachment; filename*=UTF-8''%E5%8C%85%E8%A3%B9.png", key)
	require.Equal(t, raw.body, again.body)
	h.upload(bytes.NewReader(text(5)), "Content-Type: text/plain", key).refuses(t, http.StatusBadRequest, "IDEMPOTENCY_KEY_REUSED")

	said := h.call(http.MethodPost, "/v1/"+h.complaint+"/messages", strings.NewReader(`{"author":"CUSTOMER","text":"看附件"}`))
	require.Equal(t, http.StatusOK, said.status, said.text)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	require.NoError(t, w.WriteField("message", fmt.Sprint(said.body["name"])))
	part, err := w.CreateFormFile("file", "清单.txt")
	require.NoError(t, err)
	_, err = part.Write(text(5000))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	sent := h.upload(&form, "Content-Type: "+w.FormDataContentType())
	require.Equal(t, http.StatusOK, sent.status, sent.text)
	require.Equal(t, "清单.txt", sent.body["fileName"])
	require.Equal(t, said.body["name"], sent.body["message"])

	name := fmt.Sprint(raw.body["name"])
	require.Equal(t, []string{name, fmt.Sprint(sent.body["name"])}, h.names())
	require.Equal(t, raw.body, h.call(http.MethodGet, "/v1/"+name, nil).body)
	down := h.call(http.MethodGet, "/v1/"+name+":download", nil)
	require.Equal(t, http.StatusOK, down.status)
	require.Equal(t, string(content), down.text)
	for header, want := range map[string]string{
		"Content-Type": "image/png", "Content-Disposition": "attachment; filename*=utf-8''%E5%8C%85%E8%A3%B9.png", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Content-Length": fmt.Sprint(len(content)),
	} {
		require.Equal(t, want, down.header.Get(header))
	}
	timeline := h.call(http.MethodGet, "/v1/"+h.complaint+"/timeline", nil)
	require.Contains(t, timeline.text, "File added: image/png, 300016 bytes.")
	require.NotContains(t, timeline.text, "清单")
}

// TestAttachmentsRefusedOverREST: what is wrong with a file is told with its reason, and nothing of it is kept.
func TestAttachmentsRefusedOverREST(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	h := moveIn(t, func(*suite.Config) {})
	// Without a length, as who sends in chunks.
	chunked := func(content []byte) io.Reader { return io.MultiReader(bytes.NewReader(content)) }
	h.upload(bytes.NewReader(nil)).refuses(t, http.StatusBadRequest, "ATTACHMENT_EMPTY")
	h.upload(chunked(nil)).refuses(t, http.StatusBadRequest, "ATTACHMENT_EMPTY")
	h.upload(strings.NewReader("<html><script>"), "Content-Type: image/png").refuses(t, http.StatusBadRequest, "ATTACHMENT_TYPE_MISMATCH")
	h.upload(strings.NewReader("MZ\x90\x00"+strings.Repeat("\x00", 100))).refuses(t, http.StatusBadRequest, "ATTACHMENT_TYPE_NOT_ALLOWED")
	h.upload(bytes.NewReader(text(largest+1))).refuses(t, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
	h.upload(chunked(text(largest+1))).refuses(t, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
	h.upload(strings.NewReader("x"), "Content-Type: nonsense;;").refuses(t, http.StatusBadRequest, "INVALID_FIELD")
	h.upload(strings.NewReader("x"), "Authorization: Bearer x").refuses(t, http.StatusUnauthorized, "UNAUTHENTICATED")
	h.call(http.MethodPost, "/v1/complaints/00000000000000000000000000/attachments", strings.NewReader("x")).refuses(t, http.StatusNotFound, "COMPLAINT_NOT_FOUND")
	h.call(http.MethodGet, h.attachments()+"/00000000000000000000000000:download", nil).refuses(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
	require.Empty(t, h.names())
	require.Empty(t, h.objects())
	require.Equal(t, http.StatusOK, h.upload(chunked(text(largest))).status, "as large as is allowed")
}

// TestInterruptedUploadOverREST: a client that goes away in the middle leaves nothing.
func TestInterruptedUploadOverREST(t *testing.T) {
	t.Parallel()
	h := moveIn(t, func(*suite.Config) {})
	boundary := "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
	for name, request := range map[string]string{
		"body":   fmt.Sprintf("Content-Length: 9000000\r\n\r\n%s", text(3_000_000)),
		"chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n%s", text(3_000_000)),
		"form":   fmt.Sprintf("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n%s%s", boundary, text(3_000_000)),
		"form in chunks": fmt.Sprintf("Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s%s\r\n0\r\n\r\n",
			len(boundary)+3_000_000, boundary, text(3_000_000)),
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s", h.attachments(), h.token, request)
		require.NoError(t, err, name)
		if name != "form in chunks" { // That one ends, but not where a form ends.
			require.Eventually(t, func() bool { return len(h.objects()) > 0 }, time.Minute, time.Millisecond, "%s: it is being written", name)
		} else {
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusBadRequest, response.StatusCode)
			require.NoError(t, response.Body.Close())
		}
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool { return len(h.objects()) == 0 }, time.Minute, 5*time.Millisecond, name)
		require.Empty(t, h.names(), name)
	}
}

// stop is a place in a stream where it waits.
type stop struct {
	there *sync.WaitGroup
	on    <-chan struct{}
}

func (s stop) Read([]byte) (int, error) {
	s.there.Done()
	<-s.on
	return 0, io.EOF
}

// TestUploadsAtOnceInLittleMemory: eight of the largest files at once, and their downloads, need a fraction of their size: what gRPC
// has on its way. It is measured when all of them have stopped in the middle, and what was on its way has arrived as far as there is
// room for it.
func TestUploadsAtOnceInLittleMemory(t *testing.T) { //nolint:paralleltest // It measures the memory of the process.
	const uploads, bound = 8, 8 * largest / 4
	h := moveIn(t, func(*suite.Config) {})
	half := text(largest/2 - 100)
	held := func() int64 {
		runtime.GC()
		runtime.GC() // What was finalized by the first.
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc)
	}
	before := held()
	var up, down, group sync.WaitGroup
	up.Add(uploads)
	down.Add(uploads)
	upOn, downOn := make(chan struct{}), make(chan struct{})
	for i := range uploads {
		group.Go(func() {
			first := strings.NewReader(fmt.Sprint("File ", i, "\n"))
			a := h.upload(io.MultiReader(first, bytes.NewReader(half), stop{&up, upOn}, bytes.NewReader(half)))
			require.Equal(t, http.StatusOK, a.status, a.text)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/v1/%s:download", h.url, a.body["name"]), nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+h.token)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			n, err := io.Copy(io.Discard, io.MultiReader(io.LimitReader(response.Body, 1<<20), stop{&down, downOn}, response.Body))
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, fmt.Sprint(n), a.body["sizeBytes"])
		})
	}
	grown := func(there *sync.WaitGroup, on chan struct{}) int64 {
		defer close(on)
		there.Wait()
		least := held() - before
		for limit := time.Now().Add(20 * time.Second); least >= bound && time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
			least = min(least, held()-before)
		}
		return least
	}
	uploading, downloading := grown(&up, upOn), grown(&down, downOn)
	group.Wait()
	t.Logf("%d files of %d MiB at once: %d MiB are held by uploads, %d by downloads", uploads, largest>>20, uploading>>20, downloading>>20)
	require.Less(t, max(uploading, downloading), int64(bound))
}

// TestAttachmentsNeedAPlace: on PostgreSQL a place has to be named; a bad one, or a bad scanner, is told at the start.
func TestAttachmentsNeedAPlace(t *testing.T) {
	t.Parallel()
	require.Equal(t, filepath.Join("d", "attachments"), suite.Config{DataDir: "d"}.WithDefaults().Attachments)
	require.Equal(t, "s3://files", suite.Config{DataDir: "d", Attachments: "s3://files"}.WithDefaults().Attachments)
	require.Empty(t, suite.Config{DataDir: "d", Database: "postgres://127.0.0.1/x"}.WithDefaults().Attachments)
	for says, change := range map[string]func(*suite.Config){
		"--attachments": func(c *suite.Config) { c.Attachments = "nothing://x" },
		"--scanner":     func(c *suite.Config) { c.Scanner = "clamd" },
	} {
		cfg := anywhere(t.TempDir())
		cfg.Migrate = true
		change(&cfg)
		listeners, err := suite.Listen(cfg)
		require.NoError(t, err)
		_, err = build(t, cfg, listeners)
		require.ErrorContains(t, err, says)
		require.NoError(t, listeners.Close())
	}
}
