package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// file is what reached the cabinet in one upload.
type file struct {
	metadata *intakev1.UploadMetadata
	content  []byte
	key      []string
	// err is how the stream ended; nil when it was sent to its end.
	err error
}

// cabinet stands in for the service of attachments.
type cabinet struct {
	intakev1.UnimplementedAttachmentServiceServer

	mu    sync.Mutex
	files []file
	// refuse is asked with each part of an upload.
	refuse func(m *intakev1.UploadMetadata, received int) error
	// sends is what downloads are made of; then comes fails.
	sends []*intakev1.DownloadAttachmentResponse
	fails error
}

// set changes what the cabinet does.
func (c *cabinet) set(change func(c *cabinet)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// seen returns the uploads whose streams have ended, and forgets them.
func (c *cabinet) seen() []file {
	c.mu.Lock()
	defer c.mu.Unlock()
	files := c.files
	c.files = nil
	return files
}

func (c *cabinet) UploadAttachment(stream grpc.ClientStreamingServer[intakev1.UploadAttachmentRequest, intakev1.Attachment]) error {
	f := file{key: metadata.ValueFromIncomingContext(stream.Context(), "idempotency-key")}
	f.err = c.take(stream, &f)
	c.set(func(c *cabinet) { c.files = append(c.files, f) })
	if f.err != nil {
		return f.err
	}
	return stream.SendAndClose(&intakev1.Attachment{Name: name + "/attachments/1", FileName: f.metadata.GetFileName(), SizeBytes: int64(len(f.content))})
}

func (c *cabinet) take(stream grpc.ClientStreamingServer[intakev1.UploadAttachmentRequest, intakev1.Attachment], f *file) error {
	c.mu.Lock()
	refuse := c.refuse
	c.mu.Unlock()
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		first := f.metadata == nil
		if first {
			f.metadata = part.GetMetadata()
		}
		f.content = append(f.content, part.GetChunk()...)
		if refuse != nil {
			if err := refuse(f.metadata, len(f.content)); err != nil {
				return err
			}
		}
		if first {
			if err := stream.SendHeader(nil); err != nil {
				return err
			}
		}
	}
}

func (c *cabinet) DownloadAttachment(_ *intakev1.DownloadAttachmentRequest, stream grpc.ServerStreamingServer[intakev1.DownloadAttachmentResponse]) error {
	c.mu.Lock()
	sends, fails := c.sends, c.fails
	c.mu.Unlock()
	for _, part := range sends {
		if err := stream.Send(part); err != nil {
			return err
		}
	}
	return fails
}

func (c *cabinet) GetAttachment(_ context.Context, request *intakev1.GetAttachmentRequest) (*intakev1.Attachment, error) {
	return &intakev1.Attachment{Name: request.GetName()}, nil
}

func (c *cabinet) ListAttachments(context.Context, *intakev1.ListAttachmentsRequest) (*intakev1.ListAttachmentsResponse, error) {
	return &intakev1.ListAttachmentsResponse{}, nil
}

const attachments = "/v1/" + name + "/attachments"

// formWith makes a form: parts are "name=value", or "name@file name=content" for a file.
func formWith(t *testing.T, parts ...string) (body, contentType string) {
	t.Helper()
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	for _, part := range parts {
		field, value, _ := strings.Cut(part, "=")
		field, fileName, isFile := strings.Cut(field, "@")
		if !isFile {
			require.NoError(t, w.WriteField(field, value))
			continue
		}
		out, err := w.CreateFormFile(field, fileName)
		require.NoError(t, err)
		_, err = io.WriteString(out, value)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return text.String(), "Content-Type: " + w.FormDataContentType()
}

func TestUpload(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	w := start(t)
	message := name + "/messages/0123456789abcdefghjkmnpqrs"
	long := strings.Repeat("0123456789", 50_000)
	form, formType := formWith(t, "message="+message, "file@清单.txt="+long)
	named, namedType := formWith(t, "fileName=other.txt", "file@a.txt=x")
	for what, test := range map[string]struct {
		query, body string
		headers     []string
		want        *intakev1.UploadMetadata
		content     string
	}{
		"a body": {"", long, []string{"Content-Type: text/plain; charset=utf-8", "Idempotency-Key: k"},
			&intakev1.UploadMetadata{MediaType: "text/plain; charset=utf-8", SizeBytes: 500_000}, long},
		"a body with a name": {"?message=" + message, "x", []string{"Content-Disposition: attachment; filename*=UTF-8''%E6%B8%85%E5%8D%95.txt"},
			&intakev1.UploadMetadata{FileName: "清单.txt", SizeBytes: 1, Message: message}, "x"},
		"a name in plain UTF-8": {"", "x", []string{`Content-Disposition: inline; filename="清单.txt"`},
			&intakev1.UploadMetadata{FileName: "清单.txt", SizeBytes: 1}, "x"},
		"an empty body": {"", "", nil, &intakev1.UploadMetadata{}, ""},
		"a form":        {"", form, []string{formType, "Idempotency-Key: k"}, &intakev1.UploadMetadata{FileName: "清单.txt", MediaType: "application/octet-stream", Message: message}, long},
		"a form with a name of its own": {"", named, []string{namedType},
			&intakev1.UploadMetadata{FileName: "other.txt", MediaType: "application/octet-stream"}, "x"},
	} {
		a := w.call(t, http.MethodPost, attachments+test.query, test.body, test.headers...)
		require.Equal(t, http.StatusOK, a.status, "%s: %s", what, a.text)
		require.Equal(t, test.want.GetFileName(), a.body["fileName"], what)
		require.Equal(t, "STATE_UNSPECIFIED", a.body["state"], "all fields are answered")
		seen := w.files.seen()
		require.Len(t, seen, 1, what)
		test.want.Parent = name
		require.Equal(t, test.want.String(), seen[0].metadata.String(), what)
		require.Equal(t, test.content, string(seen[0].content), what)
		require.NoError(t, seen[0].err)
		require.Equal(t, strings.Contains(strings.Join(test.headers, ""), "Idempotency-Key"), len(seen[0].key) == 1, what)
	}
}

// What is wrong with the form is told, and intake never takes what it has got for the whole.
func TestUploadsThatAreNoForms(t *testing.T) {
	t.Parallel()
	w := start(t)
	type headers []string
	raw := func(headers ...string) string { return strings.Join(headers, "\r\n") + "\r\n\r\n" }
	part := func(header, content string) string { return "--b\r\n" + header + "\r\n\r\n" + content + "\r\n" }
	const file, end = `Content-Disposition: form-data; name="file"; filename="a"`, "--b--\r\n"
	field := func(name string) string { return fmt.Sprintf(`Content-Disposition: form-data; name="%s"`, name) }
	multi := headers{"Content-Type: multipart/form-data; boundary=b"}
	for what, test := range map[string]struct {
		query, body string
		headers     headers
		reason      errorv1.Reason
	}{
		"no media type":          {"", "x", headers{"Content-Type: ;;"}, errorv1.Reason_INVALID_FIELD},
		"a type not in UTF-8":    {"", "x", headers{"Content-Type: a/b; x=\"\xff\""}, errorv1.Reason_INVALID_UTF8},
		"a malformed name":       {"", "x", headers{"Content-Disposition: ="}, errorv1.Reason_INVALID_FIELD},
		"a name not in UTF-8":    {"", "x", headers{"Content-Disposition: attachment; filename=\"\xff\""}, errorv1.Reason_INVALID_UTF8},
		"an unknown parameter":   {"?name=a", "x", nil, errorv1.Reason_UNKNOWN_PARAMETER},
		"no boundary":            {"", "x", headers{"Content-Type: multipart/form-data"}, errorv1.Reason_MALFORMED_BODY},
		"no form":                {"", "x", multi, errorv1.Reason_MALFORMED_BODY},
		"nothing":                {"", "", multi, errorv1.Reason_MALFORMED_BODY},
		"no parts":               {"", end, multi, errorv1.Reason_INVALID_FIELD},
		"no file":                {"", part(field("message"), "x") + end, multi, errorv1.Reason_INVALID_FIELD},
		"an unknown field":       {"", part(field("name"), "x") + part(file, "x") + end, multi, errorv1.Reason_UNKNOWN_FIELD},
		"a field without a name": {"", part("X: y", "x") + part(file, "x") + end, multi, errorv1.Reason_UNKNOWN_FIELD},
		"a field not in UTF-8":   {"", part(field("\xff"), "x") + part(file, "x") + end, multi, errorv1.Reason_INVALID_UTF8},
		"text not in UTF-8":      {"", part(field("fileName"), "\xff") + part(file, "x") + end, multi, errorv1.Reason_INVALID_UTF8},
		"a field too long":       {"", part(field("fileName"), strings.Repeat("x", 5000)) + part(file, "x") + end, multi, errorv1.Reason_INVALID_FIELD},
		"a field twice":          {"", part(field("fileName"), "a") + part(field("fileName"), "a") + part(file, "x") + end, multi, errorv1.Reason_INVALID_FIELD},
		"the message twice":      {"?message=a", part(field("message"), "a") + part(file, "x") + end, multi, errorv1.Reason_INVALID_FIELD},
		"a field cut off":        {"", "--b\r\n" + field("message") + "\r\n\r\nx", multi, errorv1.Reason_MALFORMED_BODY},
		"the file cut off":       {"", "--b\r\n" + file + "\r\n\r\nx", multi, errorv1.Reason_MALFORMED_BODY},
		"two files":              {"", part(file, "x") + part(file, "y") + end, multi, errorv1.Reason_INVALID_FIELD},
		"a field after the file": {"", part(file, "x") + part(field("message"), "a") + end, multi, errorv1.Reason_INVALID_FIELD},
		"more after the file":    {"", part(file, "x") + part(field("more"), "a") + end, multi, errorv1.Reason_UNKNOWN_FIELD},
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		require.NoError(t, err)
		// By hand: Go's client sends no headers that are not ASCII.
		_, err = io.WriteString(conn, "POST "+attachments+test.query+" HTTP/1.1\r\n"+raw(append(test.headers, "Host: x", "Connection: close",
			"Authorization: Bearer "+w.token, fmt.Sprintf("Content-Length: %d", len(test.body)))...)+test.body)
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, what)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, errors.Join(response.Body.Close(), conn.Close()))
		require.Equal(t, http.StatusBadRequest, response.StatusCode, "%s: %s", what, text)
		require.Contains(t, string(text), `"`+test.reason.String()+`"`, what)
	}
	require.Never(t, func() bool {
		for _, f := range w.files.seen() {
			if f.err == nil {
				return true
			}
		}
		return false
	}, 50*time.Millisecond, 10*time.Millisecond, "nothing was taken for a whole file")
}

// What intake refuses for what it knows already is answered before the file is sent; and later, while it is.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	full := errs.Precondition("ATTACHMENT_LIMIT_REACHED", "No more.").With("limit", "1")
	w.files.set(func(c *cabinet) { c.refuse = func(*intakev1.UploadMetadata, int) error { return full } })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", attachments, w.token)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, response.StatusCode, "and not 100 Continue")
	text, err := io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	require.Contains(t, string(text), "ATTACHMENT_LIMIT_REACHED")
	require.Contains(t, string(text), "traceId")

	w.files.set(func(c *cabinet) {
		c.refuse = func(_ *intakev1.UploadMetadata, received int) error {
			if received > 100_000 {
				return errs.Exhausted("BODY_TOO_LARGE", "Too large.").With("limit_bytes", "100000")
			}
			return nil
		}
	})
	requireProblem(t, w.call(t, http.MethodPost, attachments, strings.Repeat("x", 3_000_000)), http.StatusRequestEntityTooLarge,
		"RESOURCE_EXHAUSTED", errorv1.Reason_BODY_TOO_LARGE)
	w.files.set(func(c *cabinet) {
		c.refuse = func(_ *intakev1.UploadMetadata, received int) error {
			if received > 0 {
				return errs.Unavailable("UNAVAILABLE", "Away.").After(2 * time.Second)
			}
			return nil
		}
	})
	a := w.call(t, http.MethodPost, attachments, "x")
	requireProblem(t, a, http.StatusServiceUnavailable, "UNAVAILABLE", errorv1.Reason_UNAVAILABLE)
	require.Equal(t, "2", a.header.Get("Retry-After"))
	w.token = ""
	requireProblem(t, w.call(t, http.MethodPost, attachments, "x"), http.StatusUnauthorized, "UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED)
	requireProblem(t, w.call(t, http.MethodGet, attachments+"/0123456789abcdefghjkmnpqrs:download", ""), http.StatusUnauthorized,
		"UNAUTHENTICATED", errorv1.Reason_UNAUTHENTICATED)
}

// The server's limit for whole requests is none for files that keep coming.
func TestSlowUpload(t *testing.T) {
	t.Parallel()
	w := start(t)
	server := httptest.NewUnstartedServer(w.handler)
	server.Config.ReadTimeout = 500 * time.Millisecond
	server.Start()
	defer server.Close()
	r, body := io.Pipe()
	go func() {
		for range 8 {
			time.Sleep(80 * time.Millisecond)
			_, _ = io.WriteString(body, "piece ")
		}
		_ = body.Close()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+attachments, r)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+w.token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, strings.Repeat("piece ", 8), string(w.files.seen()[0].content))
}

// described is the first part of a download.
func described(a *intakev1.Attachment) *intakev1.DownloadAttachmentResponse {
	return &intakev1.DownloadAttachmentResponse{Part: &intakev1.DownloadAttachmentResponse_Attachment{Attachment: a}}
}

func content(text string) *intakev1.DownloadAttachmentResponse {
	return &intakev1.DownloadAttachmentResponse{Part: &intakev1.DownloadAttachmentResponse_Chunk{Chunk: []byte(text)}}
}

// A browser saves what it gets, under its name, whatever it is.
func TestDownload(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	w := start(t)
	const path = attachments + "/0123456789abcdefghjkmnpqrs:download"
	for fileName, disposition := range map[string]string{
		"photo.png":          `attachment; filename=photo.png`,
		`a "b"; c.png`:       `attachment; filename="a \"b\"; c.png"`,
		"照片.png":             "attachment; filename*=utf-8''%E7%85%A7%E7%89%87.png",
		"a\r\nSet-Cookie: x": "attachment; filename*=utf-8''a%0D%0ASet-Cookie%3A%20x",
		"":                   "attachment; filename=\"\"",
	} {
		w.files.set(func(c *cabinet) {
			c.sends = []*intakev1.DownloadAttachmentResponse{
				described(&intakev1.Attachment{FileName: fileName, MediaType: "text/html", SizeBytes: 9, Sha256: "00ff"}), content("<html>"), content("..."),
			}
		})
		a := w.call(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, "<html>...", a.text)
		require.Equal(t, disposition, a.header.Get("Content-Disposition"))
		require.Equal(t, "text/html", a.header.Get("Content-Type"))
		require.Equal(t, "9", a.header.Get("Content-Length"))
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; sandbox", a.header.Get("Content-Security-Policy"))
		require.Equal(t, "sha-256=:AP8=:", a.header.Get("Repr-Digest"))
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		require.Empty(t, a.header.Get("Set-Cookie"))
	}
	for _, verb := range []string{http.MethodPost, http.MethodPut, http.MethodHead} {
		require.Equal(t, http.StatusMethodNotAllowed, w.call(t, verb, path, "").status, verb)
	}
	require.Equal(t, http.StatusMethodNotAllowed, w.call(t, http.MethodPut, attachments, "").status)
	requireProblem(t, w.call(t, http.MethodGet, path+"?x=1", ""), http.StatusBadRequest, "INVALID_ARGUMENT", errorv1.Reason_UNKNOWN_PARAMETER)
}

// A download that fails says why, and one that fails in the middle is not taken for the whole.
func TestDownloadThatFails(t *testing.T) {
	t.Parallel()
	w := start(t)
	const path = attachments + "/0123456789abcdefghjkmnpqrs:download"
	w.files.set(func(c *cabinet) { c.fails = errs.Precondition("ATTACHMENT_QUARANTINED", "Malware.") })
	a := w.call(t, http.MethodGet, path, "")
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Equal(t, "ATTACHMENT_QUARANTINED", a.body["reason"])
	require.NotEmpty(t, a.body["traceId"])
	require.Empty(t, a.header.Get("Content-Disposition"))
	w.files.set(func(c *cabinet) {
		c.sends = []*intakev1.DownloadAttachmentResponse{described(&intakev1.Attachment{MediaType: "text/plain", SizeBytes: 9}), content("part")}
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+w.token)
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		require.NoError(t, response.Body.Close())
	}
	require.Error(t, err, "the connection was cut")
}
